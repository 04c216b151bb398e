// Work on many objects: delete, copy, move, and delete versions for good (purge). A job lists as it goes, counts, can be cancelled, and keeps what failed. It goes on while other
// screens are shown, and ends with the page.

import { signal } from '../../html.js';
import { isAbort, toApiError } from '../../api_error.js';
import { MAX_KEYS, oss } from '../../oss.js';
import { objectApi } from '../../oss_objects.js';
import { fitsXml } from './keys.js';
import { copyOne, sourceGone } from './copy.js';
import { eachVersion } from './versions/pages.js';

/** Failures that are kept of a job; all are counted. */
const MAX_FAILURES = 500;
/** Jobs in the list. */
const MAX_JOBS = 10;
/** Objects that a job copies, or deletes one by one, at a time. */
const PARALLEL = 4;
/** Attempts of a request that the server did not answer. */
const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 500;
const SHOW_EVERY_MS = 250;

/** Changes when a job has changed. */
export const jobRevision = signal(0);
let jobs = [];
let show = 0;
let lastId = 0;

export const allJobs = () => jobs;

function changed(now = false) {
  if (now) {
    clearTimeout(show);
    show = 0;
    jobRevision.value += 1;
  } else {
    show ||= setTimeout(() => changed(true), SHOW_EVERY_MS);
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends again what got no answer; for requests that may be repeated. */
async function patiently(request, abort) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      const passing = error.code === 'Unreachable' || error.code === 'RequestTimeout' || error.status === 503;
      if (!passing || attempt === MAX_ATTEMPTS || abort.aborted) throw error;
      await wait(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

function note(job, key, error) {
  job.failed += 1;
  if (job.failures.length < MAX_FAILURES) job.failures.push({ key, error: toApiError(error) });
  changed();
}

/** The keys of `rows` (objects and folders), page by page: folders are listed as the job goes. */
async function* pages(bucket, rows, abort) {
  let own = [];
  for (const row of rows) {
    if (row.kind === 'folder') continue;
    own.push(row.key);
    if (own.length === MAX_KEYS) {
      yield own;
      own = [];
    }
  }
  if (own.length > 0) yield own;
  for (const folder of rows.filter((row) => row.kind === 'folder')) {
    let token;
    do {
      const query = { prefix: folder.key, token };
      const page = await patiently(() => oss.listObjects(bucket, query, { signal: abort }), abort);
      if (page.objects.length > 0) yield page.objects.map((object) => object.key);
      token = page.truncated ? page.nextToken : undefined;
    } while (token);
  }
}

async function inParallel(items, work, abort) {
  const rest = [...items];
  const line = async () => {
    for (let item = rest.shift(); item !== undefined && !abort.aborted; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, line));
}

async function deleteEach(job, keys, abort) {
  await inParallel(keys, async (key) => {
    try {
      await patiently(() => oss.deleteObject(job.bucket, key, { signal: abort }), abort);
      job.done += 1;
      changed();
    } catch (error) {
      if (!abort.aborted) note(job, key, error);
    }
  }, abort);
}

const isGone = (error) => error.code === 'NoSuchVersion';

/** Versions that are gone already count as deleted. */
async function purgePage(job, versions, abort) {
  const together = versions.filter(({ key }) => fitsXml(key));
  await inParallel(versions.filter(({ key }) => !fitsXml(key)), async ({ key, versionId }) => {
    const remove = () => oss.deleteObject(job.bucket, key, { signal: abort, versionId });
    await patiently(remove, abort).then(() => (job.done += 1), (error) => {
      if (isGone(error)) job.done += 1;
      else if (!abort.aborted) note(job, key, error);
    });
  }, abort);
  if (together.length > 0) {
    const deleted = new Set(await patiently(() => objectApi.deleteVersions(job.bucket, together, { signal: abort }), abort));
    for (const { key, versionId } of together) deleted.has(`${versionId} ${key}`) ? (job.done += 1) : note(job, key, { status: 0, code: 'NotDeleted', message: key });
  }
  changed();
}

async function deletePage(job, keys, abort) {
  const together = keys.filter(fitsXml);
  await deleteEach(job, keys.filter((key) => !fitsXml(key)), abort);
  if (together.length === 0) return;
  try {
    const deleted = new Set(await patiently(() => oss.deleteObjects(job.bucket, together, { signal: abort }), abort));
    for (const key of together) deleted.has(key) ? (job.done += 1) : note(job, key, { status: 0, code: 'NotDeleted', message: key });
  } catch (error) {
    if (isAbort(error) || abort.aborted) throw error;
    for (const key of together) note(job, key, error);
  }
  changed();
}

/** The source is deleted after its copy has succeeded, and only then. */
async function copyPage(job, keys, abort) {
  await inParallel(keys, async (key) => {
    try {
      const to = { bucket: job.to.bucket, key: job.to.name(key) };
      await patiently(() => copyOne({ bucket: job.bucket, key }, to, { overwrite: job.overwrite, signal: abort }), abort);
      if (job.kind === 'move') await patiently(() => sourceGone(job.bucket, key, { signal: abort }), abort);
      job.done += 1;
      changed();
    } catch (error) {
      if (!abort.aborted) note(job, key, error);
    }
  }, abort);
}

async function run(job) {
  const abort = job.controller.signal;
  const step = { delete: deletePage, purge: purgePage }[job.kind] ?? copyPage;
  const read = (request) => patiently(request, abort);
  const all = job.kind === 'purge' ? eachVersion(job.bucket, job.rows, read, abort) : pages(job.bucket, job.rows, abort);
  try {
    for await (const keys of all) {
      abort.throwIfAborted();
      await step(job, keys, abort);
    }
    abort.throwIfAborted();
    job.state = job.failed > 0 ? 'failed' : 'done';
  } catch (error) {
    job.state = abort.aborted || isAbort(error) ? 'cancelled' : 'failed';
    if (job.state === 'failed') job.error = toApiError(error);
  }
  changed(true);
  job.onEnd?.(job);
}

/**
 * Starts a job on `rows` of a listing. `kind`: delete, purge, copy, move; the latter two take `to: { bucket, name(key) }` and `overwrite`.
 * `label` is a text of the reader's language; `total` the number of objects, if it is known.
 */
export function startJob(/** @type {any} */ { kind, bucket, rows, label, total = null, to = null, overwrite = false, onEnd }) {
  lastId += 1;
  const job = {
    id: lastId, kind, bucket, rows, label, total, to, overwrite, onEnd,
    state: 'running', done: 0, failed: 0, failures: [], error: null, controller: new AbortController(),
  };
  jobs = [job, ...jobs].filter((one, at) => at < MAX_JOBS || one.state === 'running');
  changed(true);
  run(job);
  return job;
}

export function cancelJob(job) {
  job.controller.abort();
}

export function dropJob(job) {
  jobs = jobs.filter((one) => one !== job);
  changed(true);
}

window.addEventListener('beforeunload', (event) => {
  if (jobs.some((job) => job.state === 'running')) event.preventDefault();
});
