// The digest of a blob, computed by a worker that is started when it is first needed.

import { ApiError } from '../../../api.js';

const waiting = new Map();
let worker = null;
let lastId = 0;

function start() {
  const started = new Worker(new URL('./crc64_worker.js', import.meta.url), { type: 'module' });
  started.onmessage = ({ data: { id, crc64, error } }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error === undefined) resolve?.(crc64);
    else reject?.(new ApiError({ status: 0, code: 'FileNotReadable', detail: error }));
  };
  started.onerror = (event) => {
    worker = null;
    for (const { reject } of waiting.values()) reject(new ApiError({ status: 0, code: 'ConsoleFailure', detail: event.message ?? '' }));
    waiting.clear();
  };
  return started;
}

/** CRC-64 of a blob, as a BigInt. */
export function crc64Of(blob) {
  worker ??= start();
  return new Promise((resolve, reject) => {
    const id = (lastId += 1);
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, blob });
  });
}
