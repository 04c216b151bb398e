// The one model of a form and the raw XML beside it. What is stored is read again when somebody else changes it; a change of one's own stays.

import { useEffect, useRef, useState } from '../../html.js';
import { useResource } from '../../resource.js';
import { isSame, leavesOf, readValues, writeValues } from './document.js';
import { useEventReload } from '../mirror/reload.js';
import { readConfiguration } from './configurations.js';

/** How a configuration is read and written: an XML document by its description, or its own way. */
const formOf = (configuration) => configuration.json ?? {
  read: (text, known) => readValues(configuration.description, text, known),
  write: (values) => writeValues(configuration.description, values),
  isSame: (one, other) => leavesOf(configuration.description).every((part) => isSame(part, one[part.id], other?.[part.id])),
};

/** The values of a document of the server, which is always readable; those of none if nothing is set. */
function valuesOf(configuration, text) {
  if (text === null) return configuration.none;
  const { values, fault } = formOf(configuration).read(text);
  if (fault) throw new Error(`the server did not answer with a document that this page knows (line ${fault.line}, ${fault.code} ${fault.text})`);
  return values;
}

/**
 * `{ stored, values, text, fault, dirty, outdated, edit(id, value), type(text), discard(), reload() }`. `values` are the last ones that
 * the text had a meaning for; `fault` is why it has none now.
 */
export function useDocument(configuration, bucket) {
  const { query } = configuration;
  const form = formOf(configuration);
  const stored = useResource(async ({ signal }) => valuesOf(configuration, await readConfiguration(bucket, query, { signal, absent: configuration.absent })), [bucket, query]);
  const [draft, setDraft] = useState(/** @type {{ values: any, text: string, fault: any } | null} */ (null));
  const [outdated, setOutdated] = useState(false);
  const dirty = draft !== null && (draft.fault !== null || !form.isSame(draft.values, stored.data));
  useEffect(() => setOutdated(false), [stored.data]);
  const isDirty = useRef(dirty);
  isDirty.current = dirty;
  const changed = () => (isDirty.current ? setOutdated(true) : stored.reload());
  useEventReload('configuration_changed', changed, ({ bucket: name, what }) => name === bucket && what === configuration.what);
  const values = draft?.values ?? stored.data;
  return {
    stored,
    values,
    text: draft?.text ?? (stored.data ? form.write(stored.data) : ''),
    fault: draft?.fault ?? null,
    dirty,
    outdated: outdated && dirty,
    edit(id, value) {
      const next = { ...values, [id]: value };
      setDraft({ values: next, text: form.write(next), fault: null });
    },
    type(text) {
      const read = form.read(text, values);
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
