// Computes digests of blobs outside the page's thread. `{ id, blob }` is answered by `{ id, crc64 }` or `{ id, error }`.

import { Crc64 } from './crc64.js';

/** Bytes that are in memory at a time for one blob. */
const PIECE_BYTES = 2 << 20;

async function digest(blob) {
  const crc = new Crc64();
  for (let at = 0; at < blob.size; at += PIECE_BYTES) {
    crc.update(new Uint8Array(await blob.slice(at, at + PIECE_BYTES).arrayBuffer()));
  }
  return crc.value;
}

self.onmessage = async ({ data: { id, blob } }) => {
  try {
    self.postMessage({ id, crc64: await digest(blob) });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
};
