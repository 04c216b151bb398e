// CRC-64 as OSS computes it (ECMA-182, reflected, inverted at both ends), in halves of 32 bits: a BigInt for each byte would be a
// hundred times slower. Eight bytes go through eight tables at a time. Words are read as the machine orders them: every browser's is
// little-endian.

/** The reflected polynomial. */
const [POLY_HIGH, POLY_LOW] = [0xc96c5795, 0xd7870f42];
const SLICES = 8;

/** `LOW[slice * 256 + byte]` and `HIGH[…]`: what a byte contributes that is followed by `slice` bytes. */
const [LOW, HIGH] = makeTables();

function makeTables() {
  const low = new Int32Array(SLICES * 256);
  const high = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let [l, h] = [byte, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = l & 1;
      l = ((l >>> 1) | (h << 31)) >>> 0;
      h >>>= 1;
      if (carry) [l, h] = [(l ^ POLY_LOW) >>> 0, (h ^ POLY_HIGH) >>> 0];
    }
    [low[byte], high[byte]] = [l, h];
  }
  for (let at = 256; at < SLICES * 256; at += 1) {
    const [l, h] = [low[at - 256], high[at - 256]];
    const byte = l & 255;
    low[at] = ((l >>> 8) | (h << 24)) ^ low[byte];
    high[at] = (h >>> 8) ^ high[byte];
  }
  return [low, high];
}

/** A digest that grows. */
export class Crc64 {
  low = 0xffffffff;
  high = 0xffffffff;

  /** Adds bytes. */
  update(bytes) {
    const whole = bytes.length - (bytes.length % SLICES);
    const words = bytes.byteOffset % 4 === 0 ? new Int32Array(bytes.buffer, bytes.byteOffset, whole / 4) : new Int32Array(bytes.slice(0, whole).buffer);
    let l = this.low | 0;
    let h = this.high | 0;
    for (let at = 0; at < words.length; at += 2) {
      l ^= words[at];
      h ^= words[at + 1];
      const a = 1792 | (l & 255), b = 1536 | ((l >>> 8) & 255), c = 1280 | ((l >>> 16) & 255), d = 1024 | (l >>> 24);
      const e = 768 | (h & 255), f = 512 | ((h >>> 8) & 255), g = 256 | ((h >>> 16) & 255), i = h >>> 24;
      l = LOW[a] ^ LOW[b] ^ LOW[c] ^ LOW[d] ^ LOW[e] ^ LOW[f] ^ LOW[g] ^ LOW[i];
      h = HIGH[a] ^ HIGH[b] ^ HIGH[c] ^ HIGH[d] ^ HIGH[e] ^ HIGH[f] ^ HIGH[g] ^ HIGH[i];
    }
    for (let at = whole; at < bytes.length; at += 1) {
      const byte = (l ^ bytes[at]) & 255;
      l = ((l >>> 8) | (h << 24)) ^ LOW[byte];
      h = (h >>> 8) ^ HIGH[byte];
    }
    [this.low, this.high] = [l, h];
  }

  /** The digest as a number of 64 bits. */
  get value() {
    return (BigInt(~this.high >>> 0) << 32n) | BigInt(~this.low >>> 0);
  }
}

const POLY = (BigInt(POLY_HIGH) << 32n) | BigInt(POLY_LOW);
const BITS = 64;

/** A matrix over GF(2), as its columns, times a vector. */
function times(matrix, vector) {
  let sum = 0n;
  for (let at = 0; vector !== 0n; at += 1, vector >>= 1n) if (vector & 1n) sum ^= matrix[at];
  return sum;
}

const square = (matrix) => matrix.map((column) => times(matrix, column));

/** The matrix that appends one zero byte. */
function zeroByte() {
  const zeroBit = Array.from({ length: BITS }, (_, at) => (at === 0 ? POLY : 1n << BigInt(at - 1)));
  return square(square(square(zeroBit)));
}

/** The matrix that appends `length` zero bytes. */
function zeroBytes(length) {
  let [power, matrix] = [zeroByte(), null];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) matrix = matrix ? power.map((_, at) => times(power, matrix[at])) : power;
    power = square(power);
  }
  return matrix;
}

/** The digest of parts `[{ crc64, size }]` in a row. Most have one size, whose matrix is made once. */
export function combineParts(parts) {
  const matrices = new Map();
  let value = 0n;
  for (const { crc64, size } of parts) {
    if (size === 0) continue;
    if (!matrices.has(size)) matrices.set(size, zeroBytes(size));
    value = times(matrices.get(size), value) ^ crc64;
  }
  return value;
}
