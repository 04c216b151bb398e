// Reading again when events say that something has changed, or that some of them were missed.

import { useEffect, useRef } from '../../html.js';
import { eventState, gaps, useEvent } from '../../events.js';

/** Events in a row are one reading. */
const WAIT_MS = 300;
/** Time between two readings while events keep coming. */
const EVERY_MS = 1000;

/** Calls `reload` soon after one of these events that `concerns(data)`, and after a gap in the stream; at most once in `everyMs`. */
export function useEventReload(names, reload, concerns = (/** @type {any} */ _) => true, everyMs = EVERY_MS) {
  const timer = useRef(0);
  const last = useRef(-Infinity);
  const latest = useRef(reload);
  latest.current = reload;
  const soon = () => {
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      last.current = performance.now();
      if (!document.hidden) latest.current();
    }, Math.max(WAIT_MS, last.current + everyMs - performance.now()));
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvent(names, (data) => concerns(data) && soon());
  const gap = gaps.value;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && eventState.value === 'open') soon();
    first.current = false;
  }, [gap]);
}
