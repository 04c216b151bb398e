// The tags of an object, or of one of its versions. Its date stays when they are saved.

import { html, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { useLeaveGuard } from '../../../router.js';
import { useAction, useResource } from '../../../resource.js';
import { objectApi } from '../../../oss_objects.js';
import { Button, ErrorBox, focusFirstError, Form, IconButton, Loaded, TextField, toast, visible } from '../../../components/index.js';

/** OSS's limits. */
const MAX_TAGS = 10;
const MAX_KEY_CHARS = 128;
const MAX_VALUE_CHARS = 256;
/** Letters and digits of every script, blanks and these signs. */
const TEXT = /^[\p{Alphabetic}\p{N} +\-=._:/]*$/u;

function textFault(text, most) {
  if ([...text].length > most) return 'tags.long';
  return TEXT.test(text) ? '' : 'tags.characters';
}

/** Why the tag at `at` would be refused, as keys of the catalogue: `{ key, value }`. */
function tagFaults(tags, at) {
  const { key, value } = tags[at];
  const isRepeated = tags.findIndex((tag) => tag.key === key) < at;
  return { key: key === '' ? 'tags.empty' : isRepeated ? 'tags.twice' : textFault(key, MAX_KEY_CHARS), value: textFault(value, MAX_VALUE_CHARS) };
}

const isGood = (tags) => tags.every((_, at) => Object.values(tagFaults(tags, at)).every((fault) => fault === ''));

function FormBody({ known, save }) {
  const [tags, setTags] = useState(known);
  const [tried, setTried] = useState(false);
  const dirty = JSON.stringify(tags) !== JSON.stringify(known);
  useLeaveGuard(dirty);
  const action = useAction(() => save(tags));
  const submit = () => {
    setTried(true);
    if (isGood(tags)) action.run();
    else focusFirstError();
  };
  const set = (at, values) => setTags(tags.map((tag, index) => (index === at ? { ...tag, ...values } : tag)));
  const row = (tag, at) => {
    const faults = tagFaults(tags, at);
    const error = (fault) => (tried && fault ? t(`objects.${fault}`) : '');
    return html`<div class="meta-row" key=${at}>
      <${TextField} label=${t('objects.tags.key')} value=${tag.key} onInput=${(key) => set(at, { key })} error=${error(faults.key)} />
      <${TextField} label=${t('objects.tags.value')} value=${tag.value} onInput=${(value) => set(at, { value })} error=${error(faults.value)} />
      <${IconButton} icon="trash" label=${t('objects.tags.remove', { name: visible(tag.key) })} onClick=${() => setTags(tags.filter((_, index) => index !== at))} /></div>`;
  };
  return html`<${Form} class="stack" onSubmit=${submit}>
    <p class="muted">${t('objects.tags.text', { n: MAX_TAGS })}</p>
    <${ErrorBox} error=${action.error} area="objects" />
    ${tags.length === 0 && html`<p>${t('objects.tags.none')}</p>`}
    ${tags.map(row)}
    <div class="row-between"><${Button} icon="plus" disabled=${tags.length >= MAX_TAGS} disabledReason=${t('objects.tags.full', { n: MAX_TAGS })} onClick=${() => setTags([...tags, { key: '', value: '' }])}>${t('objects.tags.add')}<//>
      <${Button} type="submit" variant="primary" busy=${action.busy} disabled=${!dirty} disabledReason=${t('objects.meta.same')}>${t('action.save')}<//></div>
  <//>`;
}

/** See the module comment. */
export function TagsForm({ bucket, objectKey, versionId, onSaved }) {
  const known = useResource(({ signal }) => objectApi.getTags(bucket, objectKey, { signal, versionId }), []);
  const save = async (tags) => {
    await objectApi.putTags(bucket, objectKey, tags, { versionId });
    known.setData(tags);
    toast.good(t('objects.tags.saved'));
    onSaved();
  };
  return html`<${Loaded} resource=${known} area="objects">${(tags) => html`<${FormBody} key=${JSON.stringify(tags)} known=${tags} save=${save} />`}<//>`;
}
