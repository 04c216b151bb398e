// How a file is cut into parts.

/** Larger files are sent in parts. */
export const SINGLE_BYTES = 16 << 20;
/** Size of a part, unless the file needs larger ones. */
const PART_BYTES = 16 << 20;
/** Most parts of an upload. */
const MAX_PARTS = 10_000;
/** Largest part. */
const MAX_PART_BYTES = 5 * 2 ** 30;
/** A part size is a multiple of this. */
const UNIT_BYTES = 1 << 20;

/** Largest file. */
export const MAX_FILE_BYTES = MAX_PARTS * MAX_PART_BYTES;

/** The size of the parts of a file. */
export function partSize(size) {
  return Math.max(PART_BYTES, Math.ceil(Math.ceil(size / MAX_PARTS) / UNIT_BYTES) * UNIT_BYTES);
}

/** `[{ partNumber, start, size }]`; `stored` is a part of an earlier page that is not compared yet. */
export function planParts(size) {
  const step = partSize(size);
  return Array.from({ length: Math.ceil(size / step) }, (_, at) => ({
    partNumber: at + 1, start: at * step, size: Math.min(step, size - at * step), etag: '', crc64: null, sent: 0, stored: null,
  }));
}
