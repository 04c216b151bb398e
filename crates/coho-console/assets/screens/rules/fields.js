// One field of the form for one element of a rule, as `schema.js` describes it.

import { html, useEffect, useRef, useState } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { Badge, Button, Checkbox, IconButton, SecretField, Select, TextField } from '../../components/index.js';
import { problemText } from './problems.js';
import { element, elementAt, itemsAt, MASK, setItems, setSwitch, setText, switchAt, textAt } from './model.js';

/** The label of an element; its OSS name stands beside it. */
export const labelOf = (name) => (hasText(`rules.f.${name}`) ? t(`rules.f.${name}`) : name);

const helpOf = (name) => (hasText(`rules.h.${name}`) ? t(`rules.h.${name}`) : '');

const STATE_TONES = { ignored: 'warn', blocks: 'bad', always: 'info' };

/** Errors stand at the field as its error; warnings below it. */
const errorOf = (problems) => problems.filter((one) => one.severity === 'error').map(problemText).join(' · ');

/** What cannot be seen in an input. */
function seen(value) {
  if (value === null || value === '') return '';
  if (value !== value.trim() && visible(value.trim()) === value.trim()) return t('rules.field.blanks');
  return visible(value) === value ? '' : t('rules.field.hidden', { text: visible(value) });
}

/** See the module comment. `rule` is the element that the paths begin at; `onChange` gets the new one. */
export function ElementField({ field, rule, onChange, problems }) {
  const { name, state } = field;
  const warnings = problems.filter((one) => one.severity === 'warning');
  return html`<div class="rule-field" data-element=${name}>
    <${Control} field=${field} rule=${rule} onChange=${onChange} error=${errorOf(problems)} />
    ${state && html`<p class="small"><${Badge} tone=${STATE_TONES[state]}>${t(`rules.state.${state}`)}<//> <span class="muted">${t(`rules.state.${state}_help`)}</span></p>`}
    ${warnings.map((one) => html`<p key=${one.detail} class="rule-warning small">${problemText(one)}</p>`)}
  </div>`;
}

function Control(props) {
  const { field } = props;
  if (field.kind === 'switch') return html`<${SwitchControl} ...${props} />`;
  if (field.kind === 'list') return html`<${ListControl} ...${props} />`;
  if (field.kind === 'items') return html`<${ItemsControl} ...${props} />`;
  return html`<${ValueControl} ...${props} />`;
}

/** The name of an element with its parent, where the name alone says too little. */
function termOf({ path, name, item }) {
  const within = item ? path : path.slice(0, -1);
  const parent = within[within.length - 1];
  return ['Redirect', 'Condition', undefined].includes(parent) || parent === name ? name : `${parent}/${name}`;
}

function ValueControl({ field, rule, onChange, error }) {
  const value = textAt(rule, field.path) ?? '';
  const set = (text) => onChange(setText(rule, field.path, text));
  const common = {
    label: labelOf(field.name), term: termOf(field), error, required: field.required, value, onInput: set,
    help: [helpOf(field.name), seen(value)].filter(Boolean).join(' '),
  };
  if (field.kind === 'secret') return html`<${Secret} ...${common} />`;
  if (field.kind === 'select') {
    const options = field.options.includes(value.trim()) || value === '' ? field.options : [...field.options, value];
    const none = { value: '', label: hasText(`rules.none.${field.name}`) ? t(`rules.none.${field.name}`) : t('rules.field.unset') };
    return html`<${Select} ...${common} value=${field.options.includes(value.trim()) ? value.trim() : value} options=${[none, ...options.map((one) => ({ value: one, label: optionLabel(field.name, one) }))]} />`;
  }
  return html`<${TextField} ...${common} mono placeholder=${field.placeholder} inputmode=${field.kind === 'number' ? 'numeric' : undefined} />`;
}

const optionLabel = (name, value) => (hasText(`rules.o.${name}.${value}`) ? t(`rules.o.${name}.${value}`) : visible(value));

function SwitchControl({ field, rule, onChange, error }) {
  const { path, fallback = false, mirrors, name } = field;
  const other = mirrors ? ['Redirect', mirrors] : null;
  const inherited = other ? switchAt(rule, other, fallback) : fallback;
  const set = (on) => {
    let next = setSwitch(rule, path, on, other ? null : fallback);
    // OSS shows the one value in force under both names.
    if (other && elementAt(rule, other)) next = setText(next, other, String(on));
    onChange(next);
  };
  return html`<${Checkbox} label=${labelOf(name)} term=${termOf(field)} help=${helpOf(name)} checked=${switchAt(rule, path, inherited)} onInput=${set}
    aria-invalid=${error ? 'true' : undefined} />${error && html`<p class="field-error">${error}</p>`}`;
}

/** A secret that the server keeps: it shows a mask, and takes a new one. */
export function Secret({ label, term, help, error, value, onInput, hideLabel = false }) {
  const stored = useRef(false);
  const field = useRef(null);
  const [replacing, setReplacing] = useState(false);
  if (value === MASK) stored.current = true;
  useEffect(() => {
    if (replacing) field.current?.querySelector('input')?.focus();
  }, [replacing]);
  const choose = (replace) => () => {
    setReplacing(replace);
    onInput(replace ? '' : MASK);
  };
  if (value === MASK) {
    return html`<div class="field"><span class=${hideLabel ? 'visually-hidden' : 'field-label'}><span>${label}</span>${term && html`<span class="field-term">${term}</span>`}</span>
      <div class="row"><${Badge} tone="info" icon="lock">${t('rules.secret.kept')}<//><${Button} size="small" onClick=${choose(true)}>${t('rules.secret.replace')}<//></div>
      ${error && html`<p class="field-error">${error}</p>`}${help && html`<p class="field-help">${help}</p>`}</div>`;
  }
  return html`<div class="stack-s" ref=${field}><${SecretField} label=${label} term=${term} help=${help} error=${error} hideLabel=${hideLabel} value=${value} onInput=${onInput} autocomplete="new-password" />
    ${stored.current && html`<div><${Button} size="small" icon="undo" onClick=${choose(false)}>${t('rules.secret.keep')}<//></div>`}</div>`;
}

/** A list with its heading, and the focus in a row that was added. */
function ListFrame({ field, count, error, onAdd, children }) {
  const list = useRef(null);
  const [added, setAdded] = useState(0);
  useEffect(() => {
    if (added > 0) [...list.current.querySelectorAll('.rule-item')].at(-1)?.querySelector('input')?.focus();
  }, [added]);
  const full = field.max !== undefined && count >= field.max;
  const add = () => {
    onAdd();
    setAdded(added + 1);
  };
  return html`<div class="field" role="group" aria-label=${labelOf(field.name)} ref=${list}>
    <div class="row-between"><span class="field-label"><span>${labelOf(field.name)}</span><span class="field-term">${termOf(field)}</span></span>
      ${field.max && count > 0 && html`<span class="small muted number">${t('rules.field.of', { n: count, max: field.max })}</span>`}</div>
    ${children}
    <div><${Button} size="small" icon="plus" disabled=${full} disabledReason=${t('rules.field.full', { max: field.max })} onClick=${add}>${t(`rules.add.${field.name}`)}<//></div>
    ${helpOf(field.name) && html`<p class="field-help">${helpOf(field.name)}</p>`}
    ${error && html`<p class="field-error">${error}</p>`}</div>`;
}

function ListControl({ field, rule, onChange, error }) {
  const items = itemsAt(rule, field.path, field.item);
  const put = (next) => onChange(setItems(rule, field.path, field.item, next));
  const set = (index) => (text) => put(items.map((item, at) => (at === index ? { ...item, text } : item)));
  return html`<${ListFrame} field=${field} count=${items.length} error=${error} onAdd=${() => put([...items, element(field.item)])}>
    ${items.map((item, index) => html`<div key=${index} class="rule-item row nowrap"><div class="grow"><${TextField} hideLabel mono label=${t('rules.field.nth', { name: labelOf(field.name), n: index + 1 })}
      value=${item.text} onInput=${set(index)} /></div>
      <${IconButton} icon="close" size="small" label=${t('rules.field.remove', { n: index + 1 })} onClick=${() => put(items.filter((_, at) => at !== index))} /></div>`)}<//>`;
}

function ItemsControl({ field, rule, onChange, error }) {
  const items = itemsAt(rule, field.path, field.item);
  const put = (next) => onChange(setItems(rule, field.path, field.item, next));
  const set = (index, column) => (text) => put(items.map((item, at) => (at === index ? setText(item, [column], text) : item)));
  const cell = (item, index) => (column) => {
    const value = textAt(item, [column.name]) ?? '';
    const label = t('rules.field.nth', { name: labelOf(column.name), n: index + 1 });
    const props = { label: labelOf(column.name), term: column.name, value, onInput: set(index, column.name), 'aria-label': label };
    const hidden = column.name === field.secret && (value === MASK || isSecretHeader(textAt(item, ['Key']) ?? ''));
    return html`<div key=${column.name} class="grow">${hidden ? html`<${Secret} ...${props} />` : html`<${TextField} ...${props} mono help=${seen(value)} inputmode=${column.kind === 'number' ? 'numeric' : undefined} />`}</div>`;
  };
  return html`<${ListFrame} field=${field} count=${items.length} error=${error} onAdd=${() => put([...items, element(field.item)])}>
    ${items.map((item, index) => html`<div key=${index} class="rule-item rule-columns">${field.columns.map(cell(item, index))}
      <${IconButton} icon="close" size="small" label=${t('rules.field.remove', { n: index + 1 })} onClick=${() => put(items.filter((_, at) => at !== index))} /></div>`)}<//>`;
}

const SECRET_WORD = /^(authorization2?|auth|authentication|cookie|passwd|credentials?)$|(token|secret|password|apikey)$/;
const SECRET_KEY = /^(api|access|auth|private|subscription|functions)$/;

/** Whether the server masks the value of a header with this name. */
export function isSecretHeader(name) {
  const words = name.toLowerCase().split(/[-_]/);
  return words.some((word, index) => SECRET_WORD.test(word) || (word === 'key' && index > 0 && SECRET_KEY.test(words[index - 1])));
}
