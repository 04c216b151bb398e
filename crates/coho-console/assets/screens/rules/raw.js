// The document as text beside the form, in XML, JSON or YAML; import of a file, download and copy.

import { html, useRef } from '../../html.js';
import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { Button, CopyButton, ErrorBox, Notice, Segmented, Spinner, toast } from '../../components/index.js';
import { CodeEditor } from '../../components/code_editor.js';
import { MAX_DOCUMENT_BYTES, ROOT } from './model.js';
import { problemText } from './problems.js';
import { MEDIA_TYPES } from './draft.js';
import { lineOf, writeDocument } from './xml.js';

const FORMATS = [{ value: 'xml', label: 'XML' }, { value: 'json', label: 'JSON' }, { value: 'yaml', label: 'YAML' }];

/** Why the text has no meaning: a code of `xml_reader.js`, or `text` of the server. */
export function faultText({ code, text }) {
  return code === 'text' ? visible(text) : t(`xml.${code}`, { what: visible(text), expected: ROOT });
}

/** The format that a file's name or content says. */
export function formatOf(name, text) {
  const extension = /\.(xml|json|ya?ml)$/i.exec(name)?.[1].toLowerCase();
  if (extension) return extension === 'yml' ? 'yaml' : extension;
  const first = text.trimStart()[0];
  return first === '<' ? 'xml' : first === '{' ? 'json' : 'yaml';
}

/** The editor. `rows`: its height. */
export function RawEditor({ draft, rows = 28 }) {
  const { format, text, fault, pending, typed } = draft.raw.value;
  const errors = fault ? [{ line: fault.line, text: faultText(fault) }] : linesOf(draft, format, text);
  const waiting = pending && !draft.checked.value.error;
  return html`<section class="card" aria-labelledby="raw-heading"><div class="card-head"><h2 id="raw-heading">${t('rules.raw.title')}</h2>
      <div class="row"><${Segmented} label=${t('rules.raw.format')} hideLabel value=${format} onInput=${draft.setFormat}
        options=${FORMATS.map((one) => ({ ...one, disabled: draft.isLocked.value && one.value !== format }))} /></div></div>
    <div class="card-body stack-s">
      <div class="row"><${ImportButton} draft=${draft} /><${Button} size="small" icon="download" disabled=${text === ''} onClick=${() => download(draft.bucket, format, text)}>${t('rules.raw.download')}<//>
        <${CopyButton} text=${text} label=${t('rules.raw.copy')} />${waiting && html`<span class="small muted" role="status"><${Spinner} label=${t('rules.raw.pending')} /></span>`}</div>
      ${draft.checked.value.error && pending && html`<${ErrorBox} error=${draft.checked.value.error} retry=${draft.recheck} title=${t('rules.raw.not_in_step')} />`}
      ${fault && html`<${Notice} tone="bad" live title=${fault.line ? t('rules.raw.fault_line', { line: fault.line }) : t('rules.raw.fault')}>${faultText(fault)} ${t('rules.raw.fault_help')}<//>`}
      <${CodeEditor} label=${t('rules.raw.text')} hideLabel value=${text} onInput=${draft.setText} errors=${errors} rows=${rows} readonly=${pending && !typed} />
      <p class="muted small">${t('rules.raw.help')}</p></div></section>`;
}

/** Lines of errors: those that the check tells, and those of elements in a text that the form has written. */
function linesOf(draft, format, text) {
  if (text === '' || format !== 'xml' || !draft.isChecked.value) return [];
  const tree = draft.tree.value;
  const errors = draft.checked.value.result.problems.filter((one) => one.severity === 'error');
  const written = errors.length > 0 && writeDocument(tree) === text;
  const line = (one) => one.line ?? (written && one.element !== null ? lineOf(tree, one.rule, one.element) : null);
  return errors.map((one) => ({ line: line(one), text: problemText(one) })).filter((one) => one.line !== null);
}

function download(bucket, format, text) {
  const url = URL.createObjectURL(new Blob([text], { type: MEDIA_TYPES[format] }));
  Object.assign(document.createElement('a'), { href: url, download: `${bucket}-website.${format}` }).click();
  URL.revokeObjectURL(url);
}

function ImportButton({ draft }) {
  const input = useRef(null);
  const read = async () => {
    const [file] = input.current.files;
    input.current.value = '';
    if (!file) return;
    if (file.size > MAX_DOCUMENT_BYTES) {
      toast.bad(t('rules.raw.too_large'));
      return;
    }
    const text = await file.text();
    draft.importText(text, formatOf(file.name, text));
    toast.info(t('rules.raw.imported', { name: visible(file.name) }));
  };
  return html`<${Button} size="small" icon="upload" onClick=${() => input.current.click()}>${t('rules.raw.import')}<//>
    <input ref=${input} type="file" class="visually-hidden" tabindex="-1" aria-label=${t('rules.raw.import')} accept=".xml,.json,.yaml,.yml,application/xml,application/json,text/plain" onChange=${read} />`;
}
