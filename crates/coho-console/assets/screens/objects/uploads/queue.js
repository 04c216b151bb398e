// The uploads of the page. They go on while other screens are shown, and end with the page, which warns before that; those in parts continue
// in a later page (`records.js`).
//
// States: waiting → running → done; asking (the key is taken), paused (by the reader), interrupted (no answer from the server: goes on by
// itself), failed (the reader may retry), skipped, cancelled.

import { signal } from '../../../html.js';
import { ApiError, isAbort, toApiError } from '../../../api_error.js';
import { loadSession, signedInAgain } from '../../../session.js';
import { multipart } from '../../../oss_multipart.js';
import { keyFault } from '../keys.js';
import { MAX_FILE_BYTES } from './plan.js';
import { forget, release } from './records.js';
import { settleKey } from './clash.js';
import { transfer } from './transfer.js';

/** Files that are sent at a time. */
const MAX_RUNNING = 4;
/** Interruptions of one file without a part that succeeded, until it has failed. */
const MAX_INTERRUPTIONS = 6;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** Progress is shown at most this often. */
const SHOW_EVERY_MS = 250;
/** The rate is that of about this time. */
const RATE_SPAN_MS = 3000;

const UNFINISHED = new Set(['waiting', 'running', 'asking', 'paused', 'interrupted']);
const ACTIVE = new Set(['running', 'asking', 'interrupted']);

/** Changes with each state and, a few times a second, with the progress. The uploads are read by `allUploads`. */
export const revision = signal(0);
/** Calls of `(bucket, key)` after an object was stored. */
export const storedListeners = new Set();

let items = [];
/** Uploads in the order in which they start; those that do not wait any more are passed over. */
const line = [];
let running = 0;
let lastId = 0;
let show = 0;
let sample = { at: 0, bytes: 0, rate: 0 };
let movedBytes = 0;

export const allUploads = () => items;
export const isUnfinished = (upload) => UNFINISHED.has(upload.state);
export const isActive = (upload) => ACTIVE.has(upload.state);

function changed() {
  clearTimeout(show);
  show = 0;
  revision.value += 1;
}

function moved(upload) {
  movedBytes += Math.max(0, upload.sent - upload.counted);
  upload.counted = upload.sent;
  show ||= setTimeout(changed, SHOW_EVERY_MS);
}

/** Bytes per second at present, or null while it is not known. */
export function rate() {
  const now = performance.now();
  if (!items.some((upload) => upload.state === 'running')) sample = { at: 0, bytes: movedBytes, rate: null };
  else if (sample.at === 0) sample = { at: now, bytes: movedBytes, rate: null };
  else if (now - sample.at >= RATE_SPAN_MS) sample = { at: now, bytes: movedBytes, rate: ((movedBytes - sample.bytes) * 1000) / (now - sample.at) };
  return sample.rate;
}

function fault(key, file) {
  const reason = keyFault(key);
  if (reason) return new ApiError({ status: 0, code: 'InvalidObjectName', detail: key, elements: { reason } });
  return file.size > MAX_FILE_BYTES ? new ApiError({ status: 0, code: 'EntityTooLarge', detail: key }) : null;
}

/** Adds files `[{ key, file }]`. `batch` is one object for all files that the reader added together: `{ choice: null }`. */
export function addUploads(bucket, files, batch) {
  const added = files.map(({ key, file }) => {
    const error = fault(key, file);
    lastId += 1;
    return {
      id: lastId, bucket, key, file, batch, error, state: error ? 'failed' : 'waiting', retriable: !error,
      sent: 0, counted: 0, parts: null, uploadId: '', overwrite: false, settled: false, completing: false, interruptions: 0, controller: null, run: null,
    };
  });
  items = [...items, ...added];
  line.push(...added);
  changed();
  pump();
}

function pump() {
  while (running < MAX_RUNNING && line.length > 0) {
    const upload = line.shift();
    if (upload.state !== 'waiting') continue;
    running += 1;
    upload.run = run(upload, upload.run).finally(() => {
      running -= 1;
      pump();
    });
  }
}

function setState(upload, state, error = null) {
  Object.assign(upload, { state, error, completing: false });
  changed();
}

/** `before` is an earlier run of the same upload, which was stopped and may still be ending. */
async function run(upload, before) {
  await before;
  if (upload.state !== 'waiting') return;
  upload.controller = new AbortController();
  const abort = upload.controller.signal;
  setState(upload, 'running');
  try {
    for (;;) {
      if (await attempt(upload, abort)) break;
      setState(upload, 'interrupted', upload.error);
      await answersAgain(abort);
      setState(upload, 'running');
    }
  } catch (error) {
    if (!abort.aborted) isAbort(error) ? setState(upload, 'paused') : setState(upload, 'failed', toApiError(error));
  }
}

const isPassing = (error) => error.status === 0 ? ['Unreachable', 'RequestTimeout'].includes(error.code) : error.status === 429 || (error.status >= 500 && error.status !== 507);

/** True: the upload has ended; false: it was interrupted. */
async function attempt(upload, abort) {
  const asking = (yes) => setState(upload, yes ? 'asking' : 'running');
  try {
    if (!upload.settled && !upload.overwrite && !(await settleKey(upload, abort, { asking }))) return end(upload, 'skipped');
    upload.settled = true;
    await transfer(upload, abort, () => moved(upload));
  } catch (thrown) {
    if (abort.aborted || isAbort(thrown)) throw thrown;
    const error = toApiError(thrown);
    if (error.code === 'FileAlreadyExists') return taken(upload, abort, asking);
    upload.error = error;
    upload.interruptions += 1;
    if (isPassing(error) && upload.interruptions < MAX_INTERRUPTIONS) return false;
    forgetLostParts(upload, error);
    throw error;
  }
  end(upload, 'done');
  for (const listener of storedListeners) listener(upload.bucket, upload.key);
  return true;
}

/** Someone else has stored the key since it was looked at. */
async function taken(upload, abort, asking) {
  const goOn = await settleKey(upload, abort, { sure: true, fixed: upload.uploadId !== '', asking });
  if (goOn) return attempt(upload, abort);
  await abortParts(upload);
  return end(upload, 'skipped');
}

function end(upload, state) {
  upload.file = { size: upload.file.size };
  upload.parts = null;
  setState(upload, state);
  return true;
}

/** After these, another attempt begins anew. An object with another digest is this upload's own, and may be replaced. */
function forgetLostParts(upload, error) {
  const stored = error.code === 'ChecksumDiffers' && (upload.completing || upload.uploadId === '');
  if (stored) upload.overwrite = true;
  if (!stored && !['NoSuchUpload', 'InvalidPart'].includes(error.code)) return;
  forget(upload.uploadId);
  Object.assign(upload, { uploadId: '', parts: null, sent: 0, counted: 0 });
}

/** @returns {Promise<void>} */
const pause = (ms, abort) => new Promise((resolve, reject) => {
  const timer = setTimeout(done, ms);
  function done() {
    abort.removeEventListener('abort', gone);
    resolve();
  }
  function gone() {
    clearTimeout(timer);
    reject(abort.reason);
  }
  abort.addEventListener('abort', gone, { once: true });
  if (abort.aborted) gone();
});

/**
 * Waits until the server answers, and the reader is signed in: a request whose session has expired may lose its connection before the
 * browser has read the refusal. It ends with the upload's own signal; a hidden page waits as well.
 */
async function answersAgain(abort) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    await pause(wait, abort);
    try {
      if (!(await loadSession())) await signedInAgain(abort);
      return;
    } catch (error) {
      if (isAbort(error)) throw error;
    }
  }
}

function stop(upload, state) {
  setState(upload, state);
  upload.controller?.abort();
}

/** Stops sending; what is stored of it stays. */
export function pauseUpload(upload) {
  if (isActive(upload) || upload.state === 'waiting') stop(upload, 'paused');
}

/** Goes on with a paused or failed upload. */
export function resumeUpload(upload) {
  if (upload.state !== 'paused' && !(upload.state === 'failed' && upload.retriable)) return;
  upload.interruptions = 0;
  setState(upload, 'waiting');
  line.push(upload);
  pump();
}

/** Ends an upload, and removes what is stored of it. */
export async function cancelUpload(upload) {
  if (!isUnfinished(upload) && upload.state !== 'failed') return;
  stop(upload, 'cancelled');
  await upload.run;
  await abortParts(upload);
}

async function abortParts(upload) {
  if (upload.uploadId === '') return;
  try {
    await multipart.abort(upload.bucket, upload.key, upload.uploadId);
  } catch (error) {
    if (error.code !== 'NoSuchUpload') return setState(upload, upload.state, toApiError(error));
  }
  forget(upload.uploadId);
  upload.uploadId = '';
}

export const pauseAll = () => [...items].reverse().forEach(pauseUpload);
export const resumeAll = () => items.forEach(resumeUpload);
export const cancelAll = () => Promise.all([...items].reverse().map(cancelUpload));

/** Takes what has ended out of the list. */
export function clearEnded() {
  for (const upload of items) if (!isUnfinished(upload)) release(upload.uploadId);
  items = items.filter(isUnfinished);
  changed();
}

window.addEventListener('beforeunload', (event) => {
  if (items.some(isUnfinished)) event.preventDefault();
});
