// A configuration of the bucket: a form and the raw XML, side by side, always in step.

import { html, useEffect, useRef, useState } from '../../html.js';
import { hasText, t } from '../../i18n.js';
import { useAction } from '../../resource.js';
import { useLeaveGuard } from '../../router.js';
import { Button, Card, CopyButton, ErrorBox, Loaded, Notice, toast, visible } from '../../components/index.js';
import { CodeEditor } from '../../components/code_editor.js';
import { useDocument } from './use_document.js';

const MIN_ROWS = 4;
const MAX_ROWS = 24;

/** Why a text has no meaning, as a sentence. */
export function faultText({ code, text, name, expected }) {
  const key = hasText(`buckets.xml.${code}`) ? `buckets.xml.${code}` : `xml.${code}`;
  return t(key, { what: visible(text), name, expected });
}

/** `Form` gets `{ values, edit, disabled }`. */
export function ConfigurationCard({ configuration, bucket, form: Form, extra: Extra, onSaved }) {
  const { id, save } = configuration;
  const model = useDocument(configuration, bucket);
  useLeaveGuard(model.dirty);
  const action = useAction(async () => {
    await save(bucket, model.values);
    await model.settle();
    toast.good(t(`buckets.config.${id}.saved`));
    onSaved?.();
  });
  return html`<${Card} title=${t(`buckets.config.${id}.title`)} sub=${t(`buckets.config.${id}.sub`)} class="configuration">
    <${Loaded} resource=${model.stored} area="buckets">${() => html`<div class="stack">
      ${model.outdated && html`<${Notice} tone="warn" live title=${t('buckets.config.outdated')}
        actions=${html`<${Button} size="small" icon="refresh" onClick=${model.discard}>${t('buckets.config.read_again')}<//>`}>${t('buckets.config.outdated_help')}<//>`}
      ${save === null && html`<${Notice}>${t(`buckets.config.${id}.refused`)}<//>`}
      <div class="configuration-sides"><div class="stack"><${Form} values=${model.values} edit=${model.edit} bucket=${bucket} disabled=${save === null} />
          ${model.fault && html`<${Notice} tone="warn">${t('buckets.config.form_behind')}<//>`}</div>
        <${RawXml} model=${model} readonly=${save === null} label=${configuration.json ? t('buckets.config.json') : t('buckets.config.xml', { name: configuration.description.name })} /></div>
      <${ErrorBox} error=${action.error} retry=${action.run} area="buckets" />
      ${save !== null && html`<div class="row"><${Button} variant="primary" busy=${action.busy} disabled=${!model.dirty || model.fault !== null}
          disabledReason=${t(model.fault ? 'buckets.config.not_with_fault' : 'buckets.config.no_change')} onClick=${action.run}>${t('action.save')}<//>
        <${Button} disabled=${!model.dirty} disabledReason=${t('buckets.config.no_change')} onClick=${model.discard}>${t('buckets.config.discard')}<//>
        <span class="muted small" role="status">${model.dirty ? t('buckets.config.unsaved') : ''}</span></div>`}
      ${Extra && html`<${Extra} bucket=${bucket} dirty=${model.dirty} />`}</div>`}<//>
  <//>`;
}

/** A configuration that is read when it is opened, as few buckets have one. */
export function LazyConfiguration(props) {
  const [open, setOpen] = useState(/** @type {{ form: any, extra?: any } | null} */ (null));
  const { id, load } = props.configuration;
  const show = useAction(async () => {
    const { Form, Extra } = load ? await load() : { Form: props.form };
    setOpen({ form: Form, extra: Extra });
  });
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (open) place.current?.querySelector('h2')?.focus();
  }, [open]);
  if (open) return html`<div ref=${place}><${ConfigurationCard} ...${props} ...${open} /></div>`;
  const title = t(`buckets.config.${id}.title`);
  return html`<${Card} title=${title} sub=${t(`buckets.config.${id}.sub`)} class="lazy"
    actions=${html`<${Button} size="small" icon="edit" label=${t('buckets.config.open', { name: title })} busy=${show.busy} onClick=${show.run}>${t('buckets.config.open', { name: title })}<//>`}>
    <${ErrorBox} error=${show.error} retry=${show.run} /><//>`;
}

function RawXml({ model, readonly, label }) {
  const errors = model.fault ? [{ line: model.fault.line, text: faultText(model.fault) }] : [];
  const rows = Math.min(MAX_ROWS, Math.max(MIN_ROWS, model.text.split('\n').length));
  return html`<div class="raw-xml"><div class="row nowrap"><span class="field-label grow" aria-hidden="true">${label}</span><${CopyButton} text=${model.text} label=${t('buckets.config.copy_xml')} /></div>
    <${CodeEditor} label=${label} hideLabel value=${model.text} onInput=${model.type} errors=${errors} rows=${rows} readonly=${readonly} /></div>`;
}

