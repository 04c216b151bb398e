// Which of the rows in view were fetched from an origin. The server is asked once the list has come to rest, for the rows in view that
// have not been asked about; a list that is read again asks again.

import { useEffect, useReducer, useRef } from '../../html.js';
import { api } from '../../api.js';

/** Most keys of one question. */
const MAX_KEYS = 200;
/** The list rests if it has not moved for so long. */
const REST_MS = 150;
/** Rows whose answer is kept. */
const MAX_KEPT = 20_000;

/** What identifies the object that the answer is about. */
const idOf = (row) => `${row.etag} ${row.lastModified} ${row.key}`;

async function ask(bucket, rows, known, signal) {
  const { objects } = await api.post(`/v1/buckets/${encodeURIComponent(bucket)}/provenance`, { body: { keys: rows.map((row) => row.key) }, signal });
  const found = new Map(objects.map((object) => [object.key, object]));
  if (known.size > MAX_KEPT) known.clear();
  // A key that is not among the answers has been deleted meanwhile.
  for (const row of rows) known.set(idOf(row), found.get(row.key) ?? null);
}

/**
 * `of(row)`: the provenance of a row, null if it is not stored any more, undefined while it is not known; `want(first, last)` says which
 * rows are in view.
 */
export function useProvenance(listing, bucket) {
  const [, redraw] = useReducer((count, /** @type {void} */ _) => count + 1, 0);
  const known = useRef(new Map());
  const state = useRef({ first: 0, last: -1, timer: 0, stop: new AbortController() });
  const own = state.current;

  async function atRest() {
    const rows = [];
    for (let at = own.first; at <= own.last && rows.length < MAX_KEYS; at += 1) {
      const row = listing.row(at);
      if (row?.kind === 'object' && !known.current.has(idOf(row))) rows.push(row);
    }
    if (rows.length === 0) return;
    own.stop = new AbortController();
    const { signal } = own.stop;
    // The column stays empty if this fails; the details of an object say why.
    await ask(bucket, rows, known.current, signal).then(() => signal.aborted || redraw(), () => null);
  }
  function soon() {
    own.stop.abort();
    clearTimeout(own.timer);
    own.timer = setTimeout(atRest, REST_MS);
  }
  useEffect(() => {
    soon();
    return () => {
      own.stop.abort();
      clearTimeout(own.timer);
    };
  }, [listing, listing.revision]);

  const want = (first, last) => {
    Object.assign(own, { first, last });
    soon();
  };
  return { of: (row) => known.current.get(idOf(row)), want };
}
