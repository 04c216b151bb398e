// Lifecycle rules as a form: which objects, and what happens to them when.

import { html } from '../../html.js';
import { loadStyles } from '../../styles.js';
import { loadArea, t } from '../../i18n.js';
import { Button, Checkbox, IconButton, Select, TextField } from '../../components/index.js';
import { CLASSES, newRule } from './document.js';

await Promise.all([loadArea('lifecycle'), loadStyles(new URL('./lifecycle.css', import.meta.url).href)]);

export { LifecycleRuns as Extra } from './runs.js';

const MIDNIGHT = 'T00:00:00.000Z';

const number = (label, term, value, onInput, suffix) => html`<${TextField} label=${label} term=${term} inputmode="numeric" suffix=${suffix} value=${value ?? ''}
  onInput=${(text) => onInput(text === '' ? undefined : text)} />`;
const day = (label, term, value, onInput) => html`<${TextField} label=${label} term=${term} type="date" value=${value?.slice(0, 10) ?? ''} onInput=${(date) => onInput(date === '' ? undefined : `${date}${MIDNIGHT}`)} />`;

/** What is edited in rows: `row(value, change)`, with a button that removes it. */
function Rows({ label, values = [], onInput, made, add, removeLabel, row }) {
  const change = (at) => (parts) => onInput(values.map((value, index) => (index === at ? { ...value, ...parts } : value)));
  return html`<div role="group" aria-label=${label}><p class="field-label">${label}</p><div class="stack-s">
    ${values.map((value, at) => html`<div class="lifecycle-row" key=${at}>${row(value, change(at))}
      <${IconButton} icon="trash" size="small" label=${`${removeLabel} ${at + 1}`} onClick=${() => onInput(values.filter((_, index) => index !== at))} /></div>`)}
    <div><${Button} size="small" icon="plus" onClick=${() => onInput([...values, made()])}>${add}<//></div></div></div>`;
}

/**
 * When something is done. `names`: the value of each kind of time, such as `{ days: 'expire_days', before: 'expire_before' }`; null if the action
 * is not chosen and `optional`.
 */
function When({ label, term, names, values, change, optional = false }) {
  // `ExpiredObjectDeleteMarker` false says nothing.
  const isSet = (one) => values[names[one]] !== undefined && values[names[one]] !== 'false';
  const kind = Object.keys(names).find(isSet) ?? (optional ? 'never' : 'days');
  const first = { days: '30', noncurrent: '30', marker: 'true' };
  const choose = (next) => change({ ...Object.fromEntries(Object.values(names).map((name) => [name, undefined])),
    ...(next === 'never' ? {} : { [names[next]]: first[next] ?? `${new Date().toISOString().slice(0, 10)}${MIDNIGHT}` }) });
  const options = [optional && 'never', ...Object.keys(names)].filter(Boolean).map((value) => ({ value, label: t(`lifecycle.when.${value}`) }));
  // An emptied field stays of its kind: the text says that the time is missing.
  const set = (value) => change({ [names[kind]]: value ?? '' });
  return html`<div class="lifecycle-when"><${Select} label=${label} term=${term} options=${options} value=${kind} onInput=${choose} />
    ${kind === 'days' && number(t('lifecycle.days'), 'Days', values[names.days], set, t('lifecycle.days_unit'))}
    ${kind === 'noncurrent' && number(t('lifecycle.days'), 'NoncurrentDays', values[names.noncurrent], set, t('lifecycle.days_unit'))}
    ${kind === 'before' && day(t('lifecycle.before'), 'CreatedBeforeDate', values[names.before], set)}
    ${kind === 'date' && day(t('lifecycle.date'), 'Date', values[names.date], set)}</div>`;
}

const tagFields = (tag, change) => html`<${TextField} label=${t('lifecycle.tag_key')} term="Key" value=${tag.key} onInput=${(key) => change({ key })} />
  <${TextField} label=${t('lifecycle.tag_value')} term="Value" value=${tag.value ?? ''} onInput=${(value) => change({ value })} />`;

/** An exception may be of a prefix alone; a tag needs its key. */
const notFields = (not, change) => html`<${TextField} label=${t('lifecycle.not_prefix')} term="Not/Prefix" mono value=${not.prefix ?? ''} onInput=${(prefix) => change({ prefix })} />
  <${TextField} label=${t('lifecycle.not_tag_key')} term="Not/Tag/Key" value=${not.key ?? ''} onInput=${(key) => change(key === '' ? { key: undefined, value: undefined } : { key })} />
  ${not.key !== undefined && html`<${TextField} label=${t('lifecycle.tag_value')} term="Not/Tag/Value" value=${not.value ?? ''} onInput=${(value) => change({ value })} />`}`;

const transitionFields = (one, change) => html`<${Select} label=${t('lifecycle.class')} term="StorageClass" value=${one.class} onInput=${(value) => change({ class: value })}
    options=${CLASSES.map((value) => ({ value, label: t(`buckets.class.${value}`) }))} />
  <${When} label=${t('lifecycle.when.label')} names=${{ days: 'days', before: 'before' }} values=${one} change=${change} />`;

const noncurrentFields = (one, change) => html`<${Select} label=${t('lifecycle.class')} term="StorageClass" value=${one.class} onInput=${(value) => change({ class: value })}
    options=${CLASSES.map((value) => ({ value, label: t(`buckets.class.${value}`) }))} />
  ${number(t('lifecycle.days'), 'NoncurrentDays', one.days, (days) => change({ days: days ?? '' }), t('lifecycle.days_unit'))}`;

/** What happens to versions that another one has covered. */
const Noncurrent = ({ rule, change }) => html`<div class="stack-s" role="group" aria-label=${t('lifecycle.noncurrent')}>
  <p class="field-label">${t('lifecycle.noncurrent')}</p><p class="field-help">${t('lifecycle.noncurrent_help')}</p>
  <${When} label=${t('lifecycle.noncurrent_expire')} term="NoncurrentVersionExpiration" optional names=${{ noncurrent: 'noncurrent_days' }} values=${rule} change=${change} />
  <${Rows} label=${t('lifecycle.noncurrent_transitions')} values=${rule.noncurrent_transitions} onInput=${(transitions) => change({ noncurrent_transitions: transitions })} made=${() => ({ class: 'IA', days: '30' })}
    add=${t('lifecycle.add_noncurrent_transition')} removeLabel=${t('lifecycle.remove_noncurrent_transition')} row=${noncurrentFields} /></div>`;

/** What a rule does to whom, in the head of its box. */
const nameOf = (rule, at) => t('lifecycle.nth', { n: at + 1, id: rule.id || t('lifecycle.unnamed') });

function Rule({ rule, at, change, remove }) {
  const text = (id, term, more) => html`<${TextField} label=${t(`lifecycle.${id}`)} term=${term} help=${t(`lifecycle.${id}_help`)} value=${rule[id] ?? ''} onInput=${(value) => change({ [id]: value })} ...${more} />`;
  return html`<fieldset class="entry"><legend class="row-between"><span class="break">${nameOf(rule, at)}</span>
      <${IconButton} icon="trash" size="small" label=${t('lifecycle.remove', { n: at + 1 })} onClick=${remove} /></legend>
    <div class="stack">
      <${Checkbox} label=${t('lifecycle.enabled')} term="Status" checked=${rule.status === 'Enabled'} onInput=${(on) => change({ status: on ? 'Enabled' : 'Disabled' })} />
      <div class="lifecycle-pair">${text('id', 'ID', { maxlength: '255' })}${text('prefix', 'Prefix', { mono: true })}</div>
      <${Rows} label=${t('lifecycle.tags')} values=${rule.tags} onInput=${(tags) => change({ tags })} made=${() => ({ key: '', value: '' })} add=${t('lifecycle.add_tag')} removeLabel=${t('lifecycle.remove_tag')} row=${tagFields} />
      <${Rows} label=${t('lifecycle.not')} values=${rule.not} onInput=${(not) => change({ not })} made=${() => ({ prefix: '' })} add=${t('lifecycle.add_not')} removeLabel=${t('lifecycle.remove_not')} row=${notFields} />
      <div class="lifecycle-pair">${number(t('lifecycle.larger'), 'ObjectSizeGreaterThan', rule.larger, (larger) => change({ larger }), 'B')}${number(t('lifecycle.smaller'), 'ObjectSizeLessThan', rule.smaller, (smaller) => change({ smaller }), 'B')}</div>
      <${When} label=${t('lifecycle.expire')} term="Expiration" optional names=${{ days: 'expire_days', before: 'expire_before', date: 'expire_date', marker: 'expire_marker' }} values=${rule} change=${change} />
      <${Rows} label=${t('lifecycle.transitions')} values=${rule.transitions} onInput=${(transitions) => change({ transitions })} made=${() => ({ class: 'IA', days: '30' })} add=${t('lifecycle.add_transition')} removeLabel=${t('lifecycle.remove_transition')} row=${transitionFields} />
      <${When} label=${t('lifecycle.abort')} term="AbortMultipartUpload" optional names=${{ days: 'abort_days', before: 'abort_before' }} values=${rule} change=${change} />
      <${Noncurrent} rule=${rule} change=${change} />
    </div></fieldset>`;
}

/** `{ values, edit }`. */
export function Form({ values, edit }) {
  const { rules } = values;
  const change = (at) => (parts) => edit('rules', rules.map((rule, index) => (index === at ? { ...rule, ...parts } : rule)));
  return html`<div class="stack">${rules.map((rule, at) => html`<${Rule} key=${at} rule=${rule} at=${at} change=${change(at)} remove=${() => edit('rules', rules.filter((_, index) => index !== at))} />`)}
    <div><${Button} size="small" icon="plus" onClick=${() => edit('rules', [...rules, newRule()])}>${t('lifecycle.add')}<//></div></div>
    <${Checkbox} label=${t('lifecycle.overlap')} term="x-oss-allow-same-action-overlap" help=${t('lifecycle.overlap_help')} checked=${values.overlap === 'true'} onInput=${(on) => edit('overlap', String(on))} />`;
}
