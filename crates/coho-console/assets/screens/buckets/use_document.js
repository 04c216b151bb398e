// The one model of a form and the raw XML beside it. What is stored is read again when somebody else changes it; a change of one's own stays.

import { useEffect, useRef, useState } from '../../html.js';
import { useResource } from '../../resource.js';
import { leavesOf, readValues, writeValues } from './document.js';
import { useEventReload } from '../mirror/reload.js';
import { readConfiguration } from './configurations.js';

/** The values of a document of the server, which is always readable. */
function valuesOf(description, xml) {
  const { values, fault } = readValues(description, xml);
  if (fault) throw new Error(`the server did not answer with a document that this page knows (line ${fault.line}, ${fault.code} ${fault.text})`);
  return values;
}

/**
 * `{ stored, values, text, fault, dirty, outdated, edit(id, value), type(text), discard(), reload() }`. `values` are the last ones that
 * the text had a meaning for; `fault` is why it has none now.
 */
export function useDocument(configuration, bucket) {
  const { description, query } = configuration;
  const stored = useResource(async ({ signal }) => valuesOf(description, await readConfiguration(bucket, query, { signal })), [bucket, query]);
  const [draft, setDraft] = useState(null);
  const [outdated, setOutdated] = useState(false);
  const same = (values) => leavesOf(description).every(({ id }) => values[id] === stored.data?.[id]);
  const dirty = draft !== null && (draft.fault !== null || !same(draft.values));
  useEffect(() => setOutdated(false), [stored.data]);
  const isDirty = useRef(dirty);
  isDirty.current = dirty;
  const changed = () => (isDirty.current ? setOutdated(true) : stored.reload());
  useEventReload('configuration_changed', changed, ({ bucket: name, what }) => name === bucket && what === configuration.what);
  const values = draft?.values ?? stored.data;
  return {
    stored,
    values,
    text: draft?.text ?? (stored.data ? writeValues(description, stored.data) : ''),
    fault: draft?.fault ?? null,
    dirty,
    outdated: outdated && dirty,
    edit(id, value) {
      const next = { ...values, [id]: value };
      setDraft({ values: next, text: writeValues(description, next), fault: null });
    },
    type(text) {
      const read = readValues(description, text, stored.data);
      setDraft({ text, values: read.values ?? values, fault: read.fault ?? null });
    },
    discard() {
      setDraft(null);
      if (outdated) stored.reload();
    },
    /** After a save: what is stored now is what is shown. */
    async settle() {
      await stored.reload();
      setDraft(null);
    },
  };
}
