// The events of `/api/-/events` over one EventSource for the whole page.
//   useEvent('fill_ended', (data) => …)        in a component, while it is shown
//   const stop = onEvent('limit_hit', (data) => …)
//   rates.value, fills.value, recentFills.value, eventState.value
// While the page is hidden the stream is closed. Whoever shows a state that events change reads it again when `gaps` changes: events
// were missed (hidden page, lost connection, `lost` event).

import { signal, effect, useEffect, useRef } from './html.js';
import { noteReached } from './connection.js';
import { loadSession, sessionState } from './session.js';

/** `connecting`, `open`, `retrying`, `paused` (hidden page) or `off` (signed out). */
export const eventState = signal('off');
/** How often events may have been missed: before the stream was opened, and in each gap. */
export const gaps = signal(0);
/** The data of the last `rates` event, or null. */
export const rates = signal(/** @type {any} */ (null));
/** The last rates with their time of arrival, oldest first. */
export const rateHistory = signal(/** @type {any[]} */ ([]));
/** Fetches that run now: id → `{ fill, bucket, key, rule, startedAt, readers, rate, … }`, with the fields of the last `fill_progressed`. */
export const fills = signal(new Map());
/** Fetches that ended, newest first: `{ fill, bucket, key, result, reason, endedAt, … }`. */
export const recentFills = signal(/** @type {any[]} */ ([]));

const MAX_RATES = 300;
const MAX_FILLS = 1000;
const MAX_RECENT = 200;
/** Changes of `fills` are shown together, at most this often. */
const SHOW_EVERY_MS = 250;
/** A page that is hidden for less keeps its stream. */
const PAUSE_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

const handlers = new Map();
/** @type {EventSource | null} */
let source = null;
let retry = 0;
let retryWait = FIRST_RETRY_MS;
let pause = 0;

/** Calls `handler(data, name)` for each event of this name; answers the function that ends it. */
export function onEvent(name, handler) {
  let list = handlers.get(name);
  if (!list) {
    handlers.set(name, (list = new Set()));
    source?.addEventListener(name, dispatch);
  }
  list.add(handler);
  return () => list.delete(handler);
}

/** The same for a component. `names`: one name or several. */
export function useEvent(names, handler) {
  const latest = useRef(handler);
  latest.current = handler;
  const key = [names].flat().join(' ');
  useEffect(() => {
    const stops = key.split(' ').map((name) => onEvent(name, (data, event) => latest.current(data, event)));
    return () => stops.forEach((stop) => stop());
  }, [key]);
}

function dispatch(event) {
  let data;
  try {
    data = JSON.parse(event.data);
  } catch {
    return;
  }
  for (const handler of handlers.get(event.type) ?? []) handler(data, event.type);
}

function open() {
  close();
  eventState.value = 'connecting';
  const stream = new EventSource('/api/-/events');
  source = stream;
  for (const name of handlers.keys()) stream.addEventListener(name, dispatch);
  stream.onopen = () => {
    noteReached();
    retryWait = FIRST_RETRY_MS;
    // Also of the first one: what was read before it, was read without it.
    gaps.value += 1;
    forgetFills();
    eventState.value = 'open';
  };
  stream.onerror = () => {
    // The browser's own retry cannot tell an expired session from a stopped server, so this module retries instead.
    close();
    eventState.value = 'retrying';
    clearTimeout(retry);
    retry = setTimeout(again, retryWait);
    retryWait = Math.min(retryWait * 2, LONGEST_RETRY_MS);
  };
}

async function again() {
  if (document.hidden || sessionState.value !== 'signed_in') return;
  const signedIn = await loadSession().catch(() => null);
  if (signedIn) open();
  else if (signedIn === null && eventState.value === 'retrying') {
    retry = setTimeout(again, retryWait);
    retryWait = Math.min(retryWait * 2, LONGEST_RETRY_MS);
  }
}

function close() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

function follow() {
  clearTimeout(pause);
  if (sessionState.value !== 'signed_in') {
    close();
    eventState.value = 'off';
  } else if (document.hidden) {
    pause = setTimeout(() => {
      close();
      eventState.value = 'paused';
    }, PAUSE_AFTER_MS);
  } else if (!source) {
    open();
  }
}

/** Begins to follow the session and the page's visibility. */
export function startEvents() {
  effect(() => {
    sessionState.value;
    follow();
  });
  document.addEventListener('visibilitychange', follow);
}

// Fills: collected here, shown at most every SHOW_EVERY_MS.

const running = new Map();
let ended = [];
/** Fetches of this stream that have ended; the oldest are forgotten. */
const endedIds = new Set();
let show = 0;

function showSoon() {
  show ||= setTimeout(() => {
    show = 0;
    fills.value = new Map(running);
    recentFills.value = ended;
  }, SHOW_EVERY_MS);
}

function forgetFills() {
  running.clear();
  endedIds.clear();
  showSoon();
}

function update(data, change) {
  const known = running.get(data.fill);
  if (!known && running.size >= MAX_FILLS) running.delete(running.keys().next().value);
  const now = Date.now();
  running.set(data.fill, { startedAt: now, seenAt: now, readers: 1, ...known, ...data, ...change?.(known) });
  showSoon();
}

/** The mean of the last seconds: one second alone jumps. */
const smooth = (old, now) => (old === undefined ? now : old * 0.7 + now * 0.3);

/**
 * Takes over the fetches of `/v1/mirror/status`, which was asked for at `askedAt`: the stream tells only what happens after it began.
 * What has ended since is not taken; what began before and is not in the list has ended unseen.
 */
export function adoptFills(reports, askedAt) {
  const listed = new Set(reports.map(({ fill }) => fill));
  for (const [id, known] of running) if (!listed.has(id) && known.seenAt < askedAt) running.delete(id);
  for (const { elapsed_seconds: elapsed, bytes_per_second: mean, ...report } of reports) {
    if (endedIds.has(report.fill)) continue;
    const known = running.get(report.fill);
    if (!known && running.size >= MAX_FILLS) break;
    running.set(report.fill, { rate: mean, seenAt: askedAt, ...report, ...known, url: report.url, startedAt: askedAt - elapsed * 1000 });
  }
  showSoon();
}

function end(data, result) {
  const known = running.get(data.fill);
  running.delete(data.fill);
  if (endedIds.size >= MAX_FILLS) endedIds.delete(endedIds.values().next().value);
  endedIds.add(data.fill);
  ended = [{ ...known, ...data, result, endedAt: Date.now() }, ...ended].slice(0, MAX_RECENT);
  showSoon();
}

onEvent('fill_started', (data) => update(data));
onEvent('fill_progressed', (data) => update(data, (known) => ({ rate: smooth(known?.rate, data.bytes_per_second) })));
onEvent('fill_joined', (data) => update(data, (known) => ({ readers: (known?.readers ?? 1) + 1 })));
onEvent('fill_ended', (data) => end(data, data.outcome));
onEvent('fill_overtaken', (data) => end(data, 'overtaken'));
onEvent('fill_failed', (data) => end(data, 'failed'));
onEvent('lost', () => {
  gaps.value += 1;
});
onEvent('rates', (data) => {
  rates.value = data;
  rateHistory.value = [...rateHistory.value, { ...data, receivedAt: Date.now() }].slice(-MAX_RATES);
});
