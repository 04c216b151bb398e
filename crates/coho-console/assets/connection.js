// Whether the server can be reached. While it cannot, one probe at a time asks it again, at growing intervals and not while the
// page is hidden. `reconnects` counts how often it came back: `useResource` reads again when it changes.

import { signal } from './html.js';

/** False after a request got no answer, until one did. */
export const reachable = signal(true);
/** How often the server became reachable again. */
export const reconnects = signal(0);

const FIRST_PROBE_MS = 500;
const LONGEST_PROBE_MS = 10_000;

let timer = 0;
let wait = FIRST_PROBE_MS;

/** An answer has come, whatever its status. */
export function noteReached() {
  if (reachable.value) return;
  clearTimeout(timer);
  wait = FIRST_PROBE_MS;
  reachable.value = true;
  reconnects.value += 1;
}

/** No answer has come. */
export function noteUnreachable() {
  if (!reachable.value) return;
  reachable.value = false;
  schedule();
}

/** Asks now, for the button of the banner. */
export async function probeNow() {
  clearTimeout(timer);
  try {
    await fetch('/session', { cache: 'no-store' });
    noteReached();
  } catch {
    wait = Math.min(wait * 2, LONGEST_PROBE_MS);
    schedule();
  }
}

function schedule() {
  clearTimeout(timer);
  timer = setTimeout(() => (document.hidden ? undefined : probeNow()), wait);
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && !reachable.value) probeNow();
});
