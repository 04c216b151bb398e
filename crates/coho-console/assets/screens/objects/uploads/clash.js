// What happens to a file whose key is taken: the reader decides, for one file or for all of its batch.

import { signal } from '../../../html.js';
import { ApiError } from '../../../api.js';
import { oss } from '../../../oss.js';
import { numbered } from '../keys.js';

/** Numbers that are tried for a name beside one that is taken. */
const MAX_NUMBER = 200;

/** The question that is shown: `{ upload, canKeep, answer(choice, forAll) }`, or null. */
export const question = signal(null);
const line = [];

async function isTaken(bucket, key, abort) {
  // A listing, as a HEAD of a missing object is an error in the browser's log.
  const { objects } = await oss.listObjects(bucket, { prefix: key, maxKeys: 1 }, { signal: abort });
  return objects[0]?.key === key;
}

async function freeKey(bucket, key, abort) {
  for (let number = 2; number <= MAX_NUMBER; number += 1) {
    const candidate = numbered(key, number);
    if (!(await isTaken(bucket, candidate, abort))) return candidate;
  }
  throw new ApiError({ status: 0, code: 'NoFreeName', detail: key });
}

function showNext() {
  if (!question.value) question.value = line.shift() ?? null;
}

function ask(upload, abort, canKeep) {
  if (upload.batch.choice && (canKeep || upload.batch.choice !== 'keep')) return Promise.resolve(upload.batch.choice);
  return new Promise((resolve, reject) => {
    const entry = { upload, canKeep };
    const leave = () => {
      const at = line.indexOf(entry);
      if (at >= 0) line.splice(at, 1);
      if (question.value === entry) question.value = null;
      abort.removeEventListener('abort', gone);
      showNext();
    };
    const gone = () => {
      leave();
      reject(abort.reason);
    };
    entry.answer = (choice, forAll) => {
      if (forAll) upload.batch.choice = choice;
      leave();
      resolve(choice);
      if (!forAll) return;
      const others = [question.value, ...line].filter((other) => other?.upload.batch === upload.batch && (other.canKeep || choice !== 'keep'));
      for (const other of others) other.answer(choice, false);
    };
    abort.addEventListener('abort', gone, { once: true });
    line.push(entry);
    showNext();
  });
}

/**
 * Decides under which key the file is stored; false: it is skipped. `sure` says that the key is taken, `fixed` that the file has been
 * sent under it already.
 */
export async function settleKey(upload, abort, { sure = false, fixed = false, asking }) {
  if (!sure && !(await isTaken(upload.bucket, upload.key, abort))) return true;
  asking(true);
  const choice = await ask(upload, abort, !fixed);
  asking(false);
  if (choice === 'skip') return false;
  if (choice === 'overwrite') {
    upload.overwrite = true;
    return true;
  }
  upload.key = await freeKey(upload.bucket, upload.key, abort);
  return true;
}
