// Objects that were stored since the list was read: by uploads of this page, and by fetches from origins, as the events tell.

import { useEffect, useRef, useState } from '../../html.js';
import { useEvent } from '../../events.js';
import { storedListeners } from './uploads/queue.js';

/** A list of at most so many rows is read again by itself; a longer one says that there is something new. */
const MAX_ROWS_TO_RELOAD = 500;
/** Arrivals are taken together. */
const TOGETHER_MS = 700;

/** `{ count, clear }`: arrivals that the list does not show. */
export function useArrivals(view, listing) {
  const [count, setCount] = useState(0);
  const timer = useRef(0);
  const waiting = useRef(0);
  const latest = useRef(/** @type {any} */ ({}));
  latest.current = { view, listing };
  const arrived = (bucket, key) => {
    const { view } = latest.current;
    if (bucket !== view.bucket || !key.startsWith(view.prefix)) return;
    waiting.current += 1;
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      const { listing } = latest.current;
      if (listing.count <= MAX_ROWS_TO_RELOAD) listing.refresh();
      else setCount((old) => old + waiting.current);
      waiting.current = 0;
    }, TOGETHER_MS);
  };
  useEffect(() => {
    storedListeners.add(arrived);
    return () => {
      storedListeners.delete(arrived);
      clearTimeout(timer.current);
    };
  }, []);
  useEvent('fill_ended', ({ bucket, key, outcome }) => outcome === 'stored' && arrived(bucket, key));
  useEffect(() => setCount(0), [listing]);
  return { count, clear: () => setCount(0) };
}
