// The buckets of the list. One page of them is read; if there are more, a search asks the server for names that begin with it.

import { useEffect, useState } from '../../html.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';

/** Buckets of a page of the API. */
const PAGE = 1000;
const TYPING_PAUSE_MS = 250;

/** `{ buckets, more }`, of all buckets or of those whose names begin with `prefix`. */
async function read(prefix, signal) {
  const { buckets, next_after: next } = await api.get('/v1/buckets', { query: { max: PAGE, prefix: prefix || null }, signal });
  return { buckets, more: next !== null };
}

/** A value that follows after a pause in typing. */
function useSettled(value) {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** `{ resource, rows, more, all }`: `rows` are those that fit `search`; `more`: the server has more of them; `all`: no bucket is known to be left. */
export function useBuckets(search) {
  const wanted = search.trim();
  const settled = useSettled(wanted);
  const first = useResource(({ signal }) => read('', signal), []);
  const all = first.data?.more !== true;
  const asks = first.data?.more === true && settled !== '';
  const found = useResource(asks ? ({ signal }) => read(settled, signal) : null, [asks, settled]);
  const reload = () => {
    first.reload();
    if (asks) found.reload();
  };
  useEventReload('configuration_changed', reload, ({ bucket }) => Boolean(bucket));
  const resource = asks ? found : first;
  const lower = wanted.toLowerCase();
  const fits = ({ name, owner }) => name.includes(lower) || owner.toLowerCase().includes(lower);
  const rows = (resource.data?.buckets ?? []).filter((bucket) => lower === '' || fits(bucket));
  return { resource, rows, more: resource.data?.more ?? false, all };
}
