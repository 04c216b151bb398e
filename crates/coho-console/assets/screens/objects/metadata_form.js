// The headers and the user metadata of an object. Saving copies the object onto itself with the new ones; its body, ACL, class and custom headers
// stay.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useLeaveGuard } from '../../router.js';
import { useAction } from '../../resource.js';
import { oss } from '../../oss.js';
import { Button, ErrorBox, focusFirstError, Form, IconButton, Notice, TextField, toast, visible } from '../../components/index.js';
import { belongings, replacingHeaders } from './copy.js';
import { headerBytes, headerText, valueFault } from './header_text.js';

const STANDARD = [
  ['contentType', 'Content-Type'], ['cacheControl', 'Cache-Control'], ['contentDisposition', 'Content-Disposition'],
  ['contentEncoding', 'Content-Encoding'], ['contentLanguage', 'Content-Language'], ['expires', 'Expires'],
];
/** What a name of user metadata is made of. */
const NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The names of `name:base64,…`. */
const customNames = (persistent) => persistent.split(',').map((pair) => pair.split(':')[0]).join(', ');

function initial(head) {
  return {
    standard: Object.fromEntries(STANDARD.map(([field]) => [field, headerText(head[field])])),
    meta: Object.entries(head.meta).map(([name, value]) => ({ name, value: headerText(value) })),
  };
}

function nameFault(meta, at) {
  const { name } = meta[at];
  if (!NAME.test(name)) return 'meta.name';
  return meta.findIndex((one) => one.name === name) < at ? 'meta.twice' : '';
}

const isGood = ({ standard, meta }) => Object.values(standard).every((value) => !valueFault(value))
  && meta.every((one, at) => !nameFault(meta, at) && !valueFault(one.value));

async function save(bucket, key, head, { standard, meta }) {
  const bytes = Object.fromEntries(Object.entries(standard).map(([field, value]) => [field, headerBytes(value.trim())]));
  const headers = replacingHeaders({ .../** @type {any} */ (bytes), persistent: head.persistent, meta: Object.fromEntries(meta.map(({ name, value }) => [name, headerBytes(value)])) });
  const kept = await belongings(bucket, key, head);
  // Nothing that someone has stored since this form was opened is overwritten.
  /** @type {Record<string, string>} */
  const conditions = head.etag ? { 'x-oss-copy-source-if-match': head.etag } : {};
  await oss.copyObject({ bucket, key }, { bucket, key }, { headers: { ...kept, ...headers, ...conditions, 'x-oss-metadata-directive': 'REPLACE' } });
}

function MetaRow({ meta, at, tried, change }) {
  const { name, value } = meta[at];
  const error = (fault) => (tried && fault ? t(`objects.${fault}`) : '');
  const set = (values) => change(meta.map((one, index) => (index === at ? { ...one, ...values } : one)));
  return html`<div class="meta-row">
    <${TextField} label=${t('objects.meta.name_label')} mono value=${name} onInput=${(text) => set({ name: text.toLowerCase() })} suffix="" error=${error(nameFault(meta, at))} />
    <${TextField} label=${t('objects.meta.value_label')} mono value=${value} onInput=${(text) => set({ value: text })} error=${error(valueFault(value))} />
    <${IconButton} icon="trash" label=${t('objects.meta.remove', { name: visible(name) })} onClick=${() => change(meta.filter((_, index) => index !== at))} /></div>`;
}

/** See the module comment. */
export function MetadataForm({ view, objectKey, head, onSaved }) {
  const { bucket, versioning } = view;
  const before = initial(head);
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const dirty = !same(form, before);
  useLeaveGuard(dirty);
  const action = useAction(async () => {
    await save(bucket, objectKey, head, form);
    toast.good(t('objects.meta.saved'));
    onSaved();
  });
  const submit = () => {
    setTried(true);
    if (isGood(form)) action.run();
    else focusFirstError();
  };
  const changeMeta = (meta) => setForm({ ...form, meta });
  return html`<${Form} class="stack" onSubmit=${submit}>
    <${ErrorBox} error=${action.error} area="objects" />
    ${versioning && html`<${Notice}>${t('objects.meta.makes_version')}<//>`}
    ${STANDARD.map(([field, label]) => html`<${TextField} key=${field} label=${label} mono value=${form.standard[field]} error=${valueFault(form.standard[field]) ? t('objects.meta.control') : ''}
      onInput=${(value) => setForm({ ...form, standard: { ...form.standard, [field]: value } })} />`)}
    <h3>${t('objects.meta.title')} <span class="field-term">x-oss-meta-*</span></h3>
    ${form.meta.length === 0 && html`<p class="muted">${t('objects.meta.none')}</p>`}
    ${form.meta.map((_, at) => html`<${MetaRow} key=${at} meta=${form.meta} at=${at} tried=${tried} change=${changeMeta} />`)}
    ${head.persistent && html`<p class="field-help">${t('objects.meta.kept', { names: visible(customNames(head.persistent)) })}</p>`}
    <div class="row-between"><${Button} icon="plus" onClick=${() => changeMeta([...form.meta, { name: '', value: '' }])}>${t('objects.meta.add')}<//>
      <${Button} type="submit" variant="primary" busy=${action.busy} disabled=${!dirty} disabledReason=${t('objects.meta.same')}>${t('action.save')}<//></div>
  <//>`;
}
