// The configuration that is being edited: what is stored (`base`), the tree that the form edits (`tree`), its text (`raw`), and what the
// server's check says about it (`checked`). Form and text are always in step: XML in the browser, JSON and YAML by the check.
//   const draft = createDraft(bucket); draft.load(); … draft.dispose()
// Text that has no meaning leaves the tree as it was, and the form cannot be used until it has one again.

import { batch, computed, signal } from '../../html.js';
import { api, isAbort, toApiError } from '../../api.js';
import { emptyDocument, isBlank, isEqual } from './model.js';
import { withIds } from './rules_of.js';
import { readDocument, writeDocument } from './xml.js';

const CHECK_AFTER_MS = 300;
const MAX_UNDO = 100;
/** Letters within this time of one another are one step of undo. */
const ONE_STEP_MS = 1000;
export const MEDIA_TYPES = { xml: 'application/xml', json: 'application/json', yaml: 'application/yaml' };

export const websitePath = (bucket) => `/v1/buckets/${encodeURIComponent(bucket)}/website`;

const NONE = { etag: null, exists: false };

/**
 * Reads what is stored: `{ tree, xml, etag, exists, newest }`, `newest` of the versions of the history. The history says first whether there is a configuration: a browser logs the 404
 * of an absent one as an error.
 */
export async function readStored(bucket, { signal: abort } = /** @type {Sent} */ ({})) {
  const { versions } = await api.get(`${websitePath(bucket)}/history`, { query: { max: 1 }, signal: abort });
  const newest = versions[0] ?? null;
  const absent = { ...NONE, newest, tree: emptyDocument(), xml: writeDocument(emptyDocument()) };
  if (newest?.action !== 'put') return absent;
  try {
    const { data, headers } = await api.request('GET', websitePath(bucket), { signal: abort });
    const { tree, fault } = readDocument(data ?? '');
    if (fault) throw new Error(`the stored document cannot be read: ${fault.text}`);
    return { tree, xml: writeDocument(tree), etag: headers.get('etag'), exists: true, newest };
  } catch (error) {
    if (error.code !== 'NoSuchWebsiteConfiguration') throw error;
    return absent;
  }
}

/** The condition under which a change is made to this state alone. */
export const onlyIf = (base) => (base.etag ? { 'if-match': base.etag } : { 'if-none-match': '*' });

/** See the module comment. */
export function createDraft(bucket) {
  const base = signal(null);
  const tree = signal(emptyDocument());
  // `fault`: why the text has no meaning. `pending`: it waits for the check. `typed`: it is newer than the tree.
  const raw = signal({ format: 'xml', text: '', fault: null, pending: false, typed: false });
  // `of`: the tree that was checked. `error`: the check could not be made.
  const checked = signal({ of: null, result: null, error: null });
  // Rules that were added and not filled in yet: their ids, with the fields that the reader has been at.
  const fresh = signal(new Map());
  const past = signal([]);
  const future = signal([]);
  const end = new AbortController();
  let running = null;
  let timer = 0;
  let typedAt = 0;

  // While the text has no meaning, or one that is not known yet, the form cannot be used.
  const isLocked = computed(() => raw.value.fault !== null || raw.value.typed);
  const dirty = computed(() => base.value !== null && (raw.value.fault !== null || raw.value.typed || !isEqual(tree.value, base.value.tree)));
  const isChecked = computed(() => checked.value.of === tree.value && checked.value.result !== null && !isLocked.value);

  function schedule(source) {
    clearTimeout(timer);
    running?.abort();
    timer = setTimeout(() => runCheck(source), CHECK_AFTER_MS);
  }

  // `source`: { text, format } of the text area, or null for the tree.
  async function runCheck(source) {
    running?.abort();
    running = new AbortController();
    const mine = running;
    const at = tree.value;
    const { text, format } = source ?? { text: writeDocument(at), format: 'xml' };
    try {
      const result = await api.post(`${websitePath(bucket)}/check`, {
        body: text, headers: { 'content-type': MEDIA_TYPES[format] }, signal: AbortSignal.any([mine.signal, end.signal]),
      });
      if (!mine.signal.aborted) take(result, source, at);
    } catch (error) {
      if (isAbort(error) || mine.signal.aborted) return;
      checked.value = { of: null, result: null, error: toApiError(error) };
    }
  }

  function take(result, source, at) {
    batch(() => {
      let of = at;
      if (source && source.format !== 'xml') of = takeText(result, at);
      else if (raw.value.format !== 'xml' && result[raw.value.format] !== null) raw.value = { ...raw.value, text: result[raw.value.format], fault: null, pending: false };
      checked.value = { of, result, error: null };
    });
  }

  /** JSON or YAML that was typed: the server's XML of it becomes the tree. */
  function takeText(result, at) {
    const read = result.xml === null ? { fault: true } : readDocument(result.xml);
    if (read.fault) {
      const problem = result.problems[0] ?? { detail: '', line: null };
      raw.value = { ...raw.value, fault: { line: problem.line, code: 'text', text: problem.detail }, pending: false, typed: false };
      return at;
    }
    raw.value = { ...raw.value, fault: null, pending: false, typed: false };
    const next = withIds(read.tree, at);
    if (isEqual(next, at)) return at;
    remember(at);
    tree.value = next;
    return next;
  }

  function remember(before) {
    past.value = [...past.value.slice(-MAX_UNDO + 1), before];
    future.value = [];
  }

  /** Shows a tree as text, and checks it. JSON and YAML follow with the check. */
  function show(next, now = false) {
    const { format } = raw.value;
    tree.value = next;
    raw.value = format === 'xml' ? { format, text: writeDocument(next), fault: null, pending: false, typed: false } : { ...raw.value, fault: null, pending: true, typed: false };
    if (now) runCheck(null);
    else schedule(null);
  }

  /** `typed`: a letter in a field; letters that follow one another are undone together. */
  function edit(next, { typed = false } = {}) {
    if (next === tree.value || isLocked.value) return;
    const now = Date.now();
    const follows = typed && now - typedAt < ONE_STEP_MS && past.value.length > 0;
    typedAt = typed ? now : 0;
    batch(() => {
      if (follows) future.value = [];
      else remember(tree.value);
      show(next);
    });
  }

  function setText(text) {
    const { format } = raw.value;
    if (format !== 'xml') {
      raw.value = { ...raw.value, text, pending: true, typed: true };
      schedule({ text, format });
      return;
    }
    const read = readDocument(text);
    batch(() => {
      raw.value = { ...raw.value, text, fault: read.fault ?? null, pending: false };
      if (read.fault) {
        clearTimeout(timer);
        running?.abort();
        return;
      }
      const next = withIds(read.tree, tree.value);
      if (!isEqual(next, tree.value)) {
        remember(tree.value);
        tree.value = next;
      }
      schedule({ text, format });
    });
  }

  function setFormat(format) {
    if (isLocked.value) return;
    const text = format === 'xml' ? writeDocument(tree.value) : checked.value.of === tree.value ? checked.value.result?.[format] : null;
    const known = text !== null && text !== undefined;
    raw.value = { format, text: known ? text : '', fault: null, pending: !known, typed: false };
    if (!known) runCheck(null);
  }

  /** Replaces everything by a text, as of a file. */
  function importText(text, format) {
    raw.value = { format, text, fault: null, pending: false, typed: false };
    setText(text);
  }

  function step(from, to) {
    const list = from.value;
    if (list.length === 0) return;
    typedAt = 0;
    batch(() => {
      to.value = [...to.value, tree.value];
      from.value = list.slice(0, -1);
      show(list[list.length - 1]);
    });
  }

  /** Takes a stored state as the one that is edited, and `mine` as the draft, without it the stored state itself. */
  function rebase(stored, mine = null) {
    const marked = withIds(stored.tree, tree.value);
    batch(() => {
      base.value = { ...stored, tree: marked };
      past.value = [];
      future.value = [];
      show(mine ? withIds(mine, tree.value) : marked, true);
    });
  }

  function touch(id, field) {
    const touched = fresh.value.get(id);
    if (touched && !touched.has(field)) fresh.value = new Map(fresh.value).set(id, new Set(touched).add(field));
  }

  async function load() {
    rebase(await readStored(bucket, { signal: end.signal }));
  }

  /** Stores the draft, if the stored state is still `base`; a 412 is thrown as it is. Answers whether something is stored now. */
  async function save() {
    const at = tree.value;
    const options = { headers: { ...onlyIf(base.value), 'content-type': MEDIA_TYPES.xml } };
    if (isBlank(at)) await api.delete(websitePath(bucket), { headers: onlyIf(base.value) });
    else await api.put(websitePath(bucket), { ...options, body: writeDocument(at) });
    const stored = await readStored(bucket, { signal: end.signal });
    // What was typed while the request ran stays a change.
    rebase(stored, tree.value === at ? null : tree.value);
    return stored.exists;
  }

  return {
    bucket, base, tree, raw, checked, fresh, dirty, isChecked, isLocked, canUndo: computed(() => past.value.length > 0), canRedo: computed(() => future.value.length > 0),
    /** Marks a rule as one that is being filled in, the field as one that the reader has been at, and the draft as one to be saved. */
    begin: (id) => (fresh.value = new Map(fresh.value).set(id, new Set())),
    touch,
    showAll: () => (fresh.value = new Map()),
    load, edit, setText, setFormat, importText, rebase, save,
    recheck: () => runCheck(raw.value.typed ? { text: raw.value.text, format: raw.value.format } : null),
    undo: () => step(past, future),
    redo: () => step(future, past),
    discard: () => rebase(base.value),
    dispose() {
      clearTimeout(timer);
      running?.abort();
      end.abort();
    },
  };
}
