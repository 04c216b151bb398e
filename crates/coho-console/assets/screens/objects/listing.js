// The rows of a listing, of which only some pages are in memory.
//
// Pages are read in order, each after the key where the one before it ends; a page that was dropped is read again from there. How many
// rows there are is not known before the last page: the list grows. Of a page that is read again, rows beyond its former end belong to
// the next page. The rows are those of `oss.listObjects` or of a list of versions; `compare` is their order.

import { compareKeys } from './keys.js';

/** Rows of one page. More would make reading its document a long task. */
export const PAGE_ROWS = 250;
/** Pages that are held; the ones farthest from the view are dropped. */
const MAX_PAGES_HELD = 40;
/** Rows from the end at which the next page is asked for. */
const AHEAD_ROWS = 100;

/** Folders and objects of one page in the order of their keys. */
function merge({ objects, prefixes }) {
  const rows = [];
  let at = 0;
  for (const prefix of prefixes) {
    while (at < objects.length && compareKeys(objects[at].key, prefix) <= 0) rows.push({ kind: 'object', ...objects[at++] });
    rows.push({ kind: 'folder', key: prefix });
  }
  while (at < objects.length) rows.push({ kind: 'object', ...objects[at++] });
  return rows;
}

const emptyPage = (token, last) => ({ token, last, rows: null, count: 0, stale: true, loading: false });

export class Listing {
  /** `read({ token, signal })` answers a page of `oss.listObjects`; `changed()` is called after each change. */
  constructor(read, changed, compare = (a, b) => compareKeys(a.key, b.key)) {
    this.read = read;
    this.compare = compare;
    Object.assign(this, { error: null, more: true, ready: false });
    this.changed = () => {
      this.revision += 1;
      changed();
    };
    this.pages = [];
    this.starts = [];
    this.range = [0, 0];
    this.aborting = new AbortController();
    /** Changes with the rows: components that show them take it as a property. */
    this.revision = 0;
    this.next = '';
  }

  /** Rows that are known. */
  get count() {
    return this.pages.length === 0 ? 0 : this.starts.at(-1) + this.pages.at(-1).count;
  }

  /** Whether rows of the view are missing or out of date. */
  get busy() {
    return this.pages.some((page) => page.loading) || this.extending === true;
  }

  /** The page of a row: its index, or -1. */
  pageOf(index) {
    let [low, high] = [0, this.pages.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= index) low = middle;
      else high = middle - 1;
    }
    return index < this.count ? low : -1;
  }

  /** A row, or null if it is not in memory. */
  row(index) {
    const at = this.pageOf(index);
    return at < 0 ? null : (this.pages[at].rows?.[index - this.starts[at]] ?? null);
  }

  /** Every row in memory with its index. */
  *held() {
    for (const [at, page] of this.pages.entries()) {
      for (const [offset, row] of (page.rows ?? []).entries()) yield [this.starts[at] + offset, row];
    }
  }

  /** Says which rows are in view. */
  want(first, last) {
    this.range = [first, last];
    this.pump();
  }

  /** Reads again what is in view, and the rest when it comes into view. */
  refresh() {
    this.error = null;
    const [from, to] = this.range.map((index) => this.pageOf(index));
    for (const [at, page] of this.pages.entries()) {
      page.stale = true;
      if (at < from || (to >= 0 && at > to)) page.rows = null;
    }
    this.pump();
  }

  /** Goes on after a failure. */
  retry() {
    this.error = null;
    this.pump();
  }

  dispose() {
    this.aborting.abort();
  }

  pump() {
    if (this.error || this.aborting.signal.aborted) return;
    const [first, last] = this.range;
    const from = Math.max(0, this.pageOf(first));
    const to = this.pageOf(last) < 0 ? this.pages.length - 1 : this.pageOf(last);
    for (let at = from; at <= to; at += 1) {
      const page = this.pages[at];
      if (!page.loading && (page.stale || !page.rows)) this.reload(page);
    }
    if (this.more && !this.extending && last + AHEAD_ROWS >= this.count) this.extend();
  }

  async extend() {
    this.extending = true;
    const token = this.next;
    const answer = await this.ask(token);
    this.extending = false;
    if (!answer) return;
    const page = { ...emptyPage(token, null), rows: merge(answer), stale: false };
    page.count = page.rows.length;
    this.setEnd(page, answer);
    this.pages.push(page);
    this.settle();
  }

  async reload(page) {
    page.loading = true;
    const answer = await this.ask(page.token);
    page.loading = false;
    if (!answer) return;
    let rows = merge(answer);
    if (page.last === null) {
      this.setEnd(page, answer);
    } else {
      rows = rows.filter((row) => this.compare(row, page.last) <= 0);
      const end = rows.at(-1);
      if (answer.truncated && end !== undefined && rows.length === PAGE_ROWS && this.compare(end, page.last) < 0) {
        this.pages.splice(this.pages.indexOf(page) + 1, 0, { ...emptyPage(answer.nextToken, page.last), count: 1 });
        page.last = end;
      }
    }
    Object.assign(page, { rows, count: rows.length, stale: false });
    this.settle();
  }

  /** What follows the last page. */
  setEnd(page, answer) {
    this.more = answer.truncated;
    this.next = answer.nextToken;
    if (answer.truncated) page.last = merge(answer).at(-1) ?? null;
  }

  async ask(token) {
    try {
      return await this.read({ token, signal: this.aborting.signal });
    } catch (error) {
      if (this.aborting.signal.aborted) return null;
      this.error = error;
      this.changed();
      return null;
    }
  }

  settle() {
    let start = 0;
    this.starts = this.pages.map((page) => (start += page.count) - page.count);
    this.ready = true;
    this.drop();
    this.changed();
    this.pump();
  }

  drop() {
    const held = this.pages.filter((page) => page.rows);
    if (held.length <= MAX_PAGES_HELD) return;
    const middle = (this.range[0] + this.range[1]) / 2;
    const distance = (page) => Math.abs(this.starts[this.pages.indexOf(page)] - middle);
    held.sort((a, b) => distance(b) - distance(a));
    for (const page of held.slice(0, held.length - MAX_PAGES_HELD)) page.rows = null;
  }
}
