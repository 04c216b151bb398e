// Which upload in parts belongs to which file, so that an upload continues after the page was closed or reloaded: one record for each in the
// storage of this browser, without bytes of the file and without a secret. The server says what it has of an upload, and that counts only
// after it was compared with the file.
//
// A page holds a lock for each upload that it sends, so that another page of this browser does not send it as well. Where the browser has no
// locks (plain HTTP to another machine), two pages may send the same parts, which are compared all the same.

import { signal } from '../../../html.js';
import { multipart } from '../../../oss_multipart.js';

/** Records that are kept; a further one removes the oldest. */
const MAX_RECORDS = 100;
/** Age at which a record is removed. */
const MAX_AGE_MS = 30 * 86_400_000;
/** Parts of one page, and pages that are read: together as many parts as an upload can have. */
const PAGE_PARTS = 1000;
const MAX_PAGES = 10;

const PREFIX = 'coho.upload.';
const LOCK = 'coho.upload.';

/** Changes when a record or its lock has changed. */
export const recordsRevision = signal(0);
/** By upload id: ends the lock that this page holds. */
const held = new Map();

const changed = () => (recordsRevision.value += 1);

/** The record of a stored text, or null if it is none. */
function parse(uploadId, stored) {
  try {
    const { bucket, key, name, size, modified, begun } = JSON.parse(stored);
    const fits = [bucket, key, name].every((one) => typeof one === 'string') && [size, modified, begun].every(Number.isFinite);
    return fits ? { uploadId, bucket, key, name, size, modified, begun } : null;
  } catch {
    return null;
  }
}

const isOld = ({ begun }) => Math.abs(Date.now() - begun) > MAX_AGE_MS;

/** All records, the newest first; old and damaged ones are removed. */
function records() {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    const found = [];
    for (const name of names) {
      const record = parse(name.slice(PREFIX.length), localStorage.getItem(name));
      if (record && !isOld(record)) found.push(record);
      else localStorage.removeItem(name);
    }
    return found.sort((a, b) => b.begun - a.begun);
  } catch {
    return [];
  }
}

function removeRecord(uploadId) {
  try {
    localStorage.removeItem(PREFIX + uploadId);
  } catch {
    // A refused storage has no records.
  }
}

/** Whether the file is the one of the record, as far as its name, size and time of change can say. */
export const fitsFile = (record, file) => record.name === file.name && record.size === file.size && record.modified === file.lastModified;

/** Takes the lock of an upload; false: another page of this browser has it. */
function claim(uploadId) {
  if (held.has(uploadId)) return Promise.resolve(true);
  if (!navigator.locks) {
    held.set(uploadId, () => {});
    return Promise.resolve(true);
  }
  return new Promise((resolve, reject) => {
    const hold = (lock) => {
      if (!lock) {
        resolve(false);
        return undefined;
      }
      return new Promise((end) => {
        held.set(uploadId, () => end(undefined));
        resolve(true);
      });
    };
    navigator.locks.request(LOCK + uploadId, { ifAvailable: true }, hold).catch(reject);
  });
}

/** Ends the lock of an upload that this page does not send any more. */
export function release(uploadId) {
  held.get(uploadId)?.();
  if (held.delete(uploadId)) changed();
}

/** Keeps which file an upload belongs to. Without storage the upload ends with the page. */
export async function remember({ bucket, key, file, uploadId }) {
  await claim(uploadId);
  const record = { bucket, key, name: file.name, size: file.size, modified: file.lastModified, begun: Date.now() };
  try {
    for (const old of records().slice(MAX_RECORDS - 1)) removeRecord(old.uploadId);
    localStorage.setItem(PREFIX + uploadId, JSON.stringify(record));
  } catch {
    // See above.
  }
  changed();
}

/** The upload is complete, aborted or gone. */
export function forget(uploadId) {
  removeRecord(uploadId);
  release(uploadId);
  changed();
}

/** The parts that the server has of an upload, or null if it has no such upload. */
async function storedParts({ bucket, key, uploadId }, signal) {
  const parts = [];
  let marker;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    let read;
    try {
      read = await multipart.listParts(bucket, key, uploadId, { marker, maxParts: PAGE_PARTS }, { signal });
    } catch (error) {
      if (error.code === 'NoSuchUpload' || error.code === 'NoSuchBucket') return null;
      throw error;
    }
    parts.push(...read.parts);
    if (!read.truncated) break;
    marker = read.nextMarker;
  }
  return parts;
}

/** The upload of an earlier page for the same file and key: `{ uploadId, parts }`, with the lock taken; null if there is none. */
export async function earlierUpload({ bucket, key, file }, signal) {
  const fitting = records().filter((record) => record.bucket === bucket && record.key === key && fitsFile(record, file));
  for (const record of fitting) {
    if (!(await claim(record.uploadId))) continue;
    let parts = null;
    try {
      parts = await storedParts(record, signal);
    } catch (error) {
      release(record.uploadId);
      throw error;
    }
    if (!parts) {
      forget(record.uploadId);
      continue;
    }
    changed();
    return { uploadId: record.uploadId, parts };
  }
  return null;
}

/**
 * The uploads of a bucket that wait for their file, the newest first: `{ total, uploads }`. Each of the first `most` has `stored`, the bytes
 * that the server has, or null where it does not say.
 */
export async function waitingUploads(bucket, most, signal) {
  const locks = (await navigator.locks?.query())?.held ?? [];
  const sent = new Set([...locks.map(({ name }) => name.slice(LOCK.length)), ...held.keys()]);
  const idle = records().filter((record) => record.bucket === bucket && !sent.has(record.uploadId));
  const uploads = [];
  for (const record of idle.slice(0, most)) {
    const parts = await storedParts(record, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (parts === null) removeRecord(record.uploadId);
    else uploads.push({ ...record, stored: parts ? parts.reduce((sum, part) => sum + part.size, 0) : null });
  }
  return { total: uploads.length + Math.max(0, idle.length - most), uploads };
}

window.addEventListener('storage', (event) => {
  if (event.key === null || event.key.startsWith(PREFIX)) changed();
});
