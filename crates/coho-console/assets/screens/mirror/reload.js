// Reading again when events say that something has changed, or that some of them were missed.

import { useEffect, useRef } from '../../html.js';
import { eventState, gaps, useEvent } from '../../events.js';

/** Many events in a row are one reading. */
const WAIT_MS = 400;

/** Calls `reload` soon after one of these events that `concerns(data)`, and after a gap in the stream. */
export function useEventReload(names, reload, concerns = () => true) {
  const timer = useRef(0);
  const soon = () => {
    timer.current ||= setTimeout(() => {
      timer.current = 0;
      if (!document.hidden) reload();
    }, WAIT_MS);
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
