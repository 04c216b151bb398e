// Sends one file: in one request or in parts. Every answer's digest is compared with that of the bytes that were read from the file. So are
// parts that an earlier page has sent; one that differs is sent again.

import { ApiError } from '../../../api.js';
import { oss } from '../../../oss.js';
import { multipart } from '../../../oss_multipart.js';
import { crc64Of } from './digest.js';
import { combineParts } from './crc64.js';
import { planParts, SINGLE_BYTES } from './plan.js';
import { earlierUpload, forget, remember } from './records.js';
import { withSlot, SLOTS } from './slots.js';

/** Neither replaces what someone else has stored meanwhile. */
const overwrite = (upload) => (upload.overwrite ? {} : { 'x-oss-forbid-overwrite': 'true' });

const typeOf = (file) => (file.type ? { 'content-type': file.type } : {});

function compare(upload, sent, answered) {
  if (answered !== '' && BigInt(answered) !== sent) {
    throw new ApiError({ status: 0, code: 'ChecksumDiffers', detail: `crc64 ${sent} was sent, ${answered} was stored`, elements: { Key: upload.key } });
  }
}

/** Sends the file; resolves when it is stored. What was sent in parts stays with `upload` for another call. `moved()`: progress. */
export async function transfer(upload, signal, moved) {
  if (upload.file.size > SINGLE_BYTES || upload.uploadId) await inParts(upload, signal, moved);
  else await withSlot(signal, () => atOnce(upload, signal, moved));
}

async function atOnce(upload, signal, moved) {
  const { bucket, key, file } = upload;
  upload.sent = 0;
  const crc64 = await crc64Of(file);
  const onProgress = (sent) => {
    upload.sent = sent;
    moved();
  };
  const options = { headers: { ...overwrite(upload), ...typeOf(file) }, signal, onProgress };
  const stored = await oss.putObject(bucket, key, file, options).catch(async (error) => {
    // The object may be that of an earlier attempt whose answer was lost.
    const mine = error.code === 'FileAlreadyExists' && upload.interruptions > 0 && (await isStored(upload, crc64, signal));
    if (mine) return mine;
    throw error;
  });
  compare(upload, crc64, stored.crc64);
  upload.sent = file.size;
}

/** The headers of the object if it is the file, else null. */
async function isStored({ bucket, key, file }, crc64, signal) {
  const found = await oss.headObject(bucket, key, { signal }).catch(() => null);
  return found && BigInt(found.crc64 || 0) === crc64 && found.size === file.size ? found : null;
}

async function inParts(upload, signal, moved) {
  upload.parts ??= planParts(upload.file.size);
  if (!upload.uploadId) await withSlot(signal, () => begin(upload, signal));
  await sendParts(upload, signal, moved);
  upload.completing = true;
  moved();
  const stored = await completed(upload, signal);
  compare(upload, combineParts(upload.parts), stored.crc64);
  forget(upload.uploadId);
  upload.uploadId = '';
}

/** Continues the upload that an earlier page has begun with this file, else begins one. */
async function begin(upload, signal) {
  const earlier = await earlierUpload(upload, signal);
  for (const stored of earlier?.parts ?? []) {
    const part = upload.parts[stored.partNumber - 1];
    if (part?.size === stored.size && stored.crc64 !== '') part.stored = stored;
  }
  upload.uploadId = earlier ? earlier.uploadId : await multipart.initiate(upload.bucket, upload.key, { headers: typeOf(upload.file), signal });
  if (!earlier) await remember(upload);
}

/** As many parts at a time as there are slots; the first failure ends the others. */
async function sendParts(upload, signal, moved) {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const rest = upload.parts.filter((part) => !part.etag);
  const line = async () => {
    for (let part = rest.shift(); part; part = rest.shift()) await withSlot(either, () => sendPart(upload, part, either, moved));
  };
  let first = null;
  await Promise.all(Array.from({ length: SLOTS }, () => line().catch((error) => {
    first ??= error;
    failed.abort();
  })));
  if (first) throw first;
}

async function sendPart(upload, part, signal, moved) {
  const { bucket, key, file, uploadId } = upload;
  const body = file.slice(part.start, part.start + part.size);
  const tell = (sent) => {
    upload.sent += sent - part.sent;
    part.sent = sent;
    moved();
  };
  try {
    part.crc64 = await crc64Of(body);
    signal.throwIfAborted();
    if (part.stored && BigInt(part.stored.crc64) !== part.crc64) part.stored = null;
    // The rate is that of this page: parts of an earlier one do not count.
    if (part.stored) upload.counted += part.size;
    const stored = part.stored ?? (await multipart.uploadPart(bucket, key, uploadId, part.partNumber, body, { signal, onProgress: tell }));
    compare(upload, part.crc64, stored.crc64);
    part.etag = stored.etag;
    upload.interruptions = 0;
    tell(part.size);
  } catch (error) {
    tell(0);
    throw error;
  }
}

/** Ends the upload. If the answer to an earlier attempt was lost, the upload is gone and the object is there. */
async function completed(upload, signal) {
  const { bucket, key, uploadId, parts } = upload;
  try {
    return await multipart.complete(bucket, key, uploadId, parts, { headers: overwrite(upload), signal });
  } catch (error) {
    if (error.code !== 'NoSuchUpload') throw error;
    const found = await isStored(upload, combineParts(parts), signal);
    if (found) return found;
    throw error;
  }
}
