// The requests of `/-/requests` as they are answered: one stream for the filter, bounded, paused while nobody looks.
//   const log = useRequests(filter)     { rows, added, lost, gaps, state, paused, pause(), resume(), clear() }
// `rows` is newest first. While it is paused, rows stay as they are, and `added` counts what has come since. A hidden page closes the
// stream. After a gap (hidden page, lost connection) requests may be missing; `gaps` counts these times.

import { useEffect, useRef, useState } from '../../html.js';
import { queryString } from '../../api.js';
import { noteReached } from '../../connection.js';
import { loadSession, sessionState } from '../../session.js';

/** Most rows that are kept; the oldest go. */
export const MAX_ROWS = 5000;
/** What has come is shown together, at most this often. */
const SHOW_EVERY_MS = 250;
/** A page that is hidden for less keeps its stream. */
const PAUSE_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** One stream; calls `change` when its state, or what has come, is to be shown. */
class RequestStream {
  constructor(filter, change) {
    this.filter = filter;
    this.change = change;
    this.rows = [];
    this.ids = new Set();
    this.came = 0;
    this.lost = 0;
    this.gaps = 0;
    this.state = 'connecting';
    this.wait = FIRST_RETRY_MS;
    this.opened = false;
    this.look = () => this.follow();
    document.addEventListener('visibilitychange', this.look);
    this.follow();
  }

  end() {
    document.removeEventListener('visibilitychange', this.look);
    this.close();
    clearTimeout(this.hide);
    clearTimeout(this.show);
    this.ended = true;
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  follow() {
    clearTimeout(this.hide);
    if (document.hidden) {
      this.hide = setTimeout(() => {
        this.close();
        this.tell('hidden');
      }, PAUSE_AFTER_MS);
    } else if (!this.source) {
      this.open();
    }
  }

  open() {
    this.close();
    this.tell('connecting');
    const source = new EventSource(`/api/-/requests${queryString(this.filter)}`);
    this.source = source;
    source.onopen = () => {
      noteReached();
      this.wait = FIRST_RETRY_MS;
      if (this.opened) this.gaps += 1;
      this.opened = true;
      this.tell('open');
    };
    source.onerror = () => {
      // As in events.js: the browser's own retry cannot tell an expired session from a stopped server.
      this.close();
      this.tell('retrying');
      this.later();
    };
    source.addEventListener('request', (event) => this.take(event));
    source.addEventListener('lost', (event) => {
      this.lost += JSON.parse(event.data).count;
      this.soon();
    });
  }

  later() {
    this.retry = setTimeout(async () => {
      if (document.hidden || this.ended) return;
      const signedIn = sessionState.value === 'signed_in' && (await loadSession().catch(() => null));
      if (this.ended || this.source) return;
      if (signedIn) this.open();
      else this.later();
    }, this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_RETRY_MS);
  }

  take({ data }) {
    const request = JSON.parse(data);
    // A new stream begins with the last refused and failed ones once more.
    if (this.ids.has(request.request_id)) return;
    this.ids.add(request.request_id);
    this.rows.push(request);
    this.came += 1;
    // In blocks, so that a busy server does not move the whole list for each request.
    if (this.rows.length > MAX_ROWS * 1.2) this.rows.splice(0, this.rows.length - MAX_ROWS).forEach((row) => this.ids.delete(row.request_id));
    this.soon();
  }

  clear() {
    this.rows = [];
    this.lost = 0;
    this.gaps = 0;
    this.tell(this.state);
  }

  soon() {
    this.show ||= setTimeout(() => {
      this.show = 0;
      this.change();
    }, SHOW_EVERY_MS);
  }

  tell(state) {
    this.state = state;
    if (!this.ended) this.change();
  }
}

/** See the module comment. `filter`: `{ bucket, operation, method, prefix, min_status }`, null for what is not restricted. */
export function useRequests(filter) {
  const [, render] = useState(0);
  const [frozen, setFrozen] = useState(null);
  const stream = useRef(null);
  const key = JSON.stringify(filter);
  useEffect(() => {
    setFrozen(null);
    const own = new RequestStream(filter, () => render((n) => n + 1));
    stream.current = own;
    render((n) => n + 1);
    return () => own.end();
  }, [key]);
  const now = stream.current;
  const live = now ? now.rows.slice(-MAX_ROWS).reverse() : [];
  const pause = () => setFrozen((old) => old ?? { rows: now.rows.slice(-MAX_ROWS).reverse(), came: now.came });
  const resume = () => setFrozen(null);
  const clear = () => {
    setFrozen(null);
    now.clear();
  };
  return {
    rows: frozen ? frozen.rows : live, added: frozen && now ? now.came - frozen.came : 0, paused: frozen !== null, pause, resume, clear,
    lost: now?.lost ?? 0, gaps: now?.gaps ?? 0, state: now?.state ?? 'connecting',
  };
}
