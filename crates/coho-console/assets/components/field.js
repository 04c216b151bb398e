// Form fields. Each has a visible label that is its name, and may have help, an error and the term of OSS.
//   html`<${TextField} label=${…} value=${name} onInput=${setName} help=${…} error=${…} term="HostName" required />`
//   html`<${NumberField} label value onInput min max suffix="ms" />`       onInput gets a number, or null for an empty field
//   html`<${TextArea} …/>`, html`<${SecretField} …/>` (hidden text with a button that shows it)
//   html`<${Select} label value onInput options=${[{ value, label }]} />`
//   html`<${Checkbox} label checked onInput help />`, html`<${Radios} label value onInput options />`, html`<${Segmented} …/>` (few, short)
//   html`<${Field} label …>${(props) => html`<input ...${props} />`}<//>`   any other control: spread the props on it
// `onInput` gets the value, not the event. `error` is a text; an empty one means that the value is good.
// html`<${Form} onSubmit=${save}>…<//>`: Enter submits; the page is not left. `focusFirstError(form)` after a refused one.

import { html, useId, useState } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';
import { IconButton } from './button.js';

/** Label, help and error around one control. */
export function Field({ label, help, error, term, required = false, hideLabel = false, class: extra = '', children }) {
  const id = useId();
  const described = [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const props = { id, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined, 'aria-required': required ? 'true' : undefined };
  return html`<div class=${`field ${extra}`}>
    <label class=${hideLabel ? 'visually-hidden' : 'field-label'} for=${id}><span>${label}</span>${term && html`<span class="field-term">${term}</span>`}${required ? html`<span class="field-note">${t('field.required')}</span>` : null}</label>
    ${children(props)}
    ${help && html`<p class="field-help" id=${`${id}-help`}>${help}</p>`}
    ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}
  </div>`;
}

const FIELD_KEYS = ['label', 'help', 'error', 'term', 'required', 'hideLabel', 'class'];

/** @returns {[any, any]} */
function split(props) {
  const field = {};
  const control = {};
  for (const [name, value] of Object.entries(props)) (FIELD_KEYS.includes(name) ? field : control)[name] = value;
  return [field, control];
}

/** One line of text. `mono` for keys, URLs and names. */
export function TextField(all) {
  const [field, { onInput, mono = false, suffix, type = 'text', value, ...rest }] = split(all);
  return html`<${Field} ...${field}>${(props) => {
    const input = html`<input ...${props} ...${rest} type=${type} class=${`input${mono ? ' mono' : ''}`} value=${value ?? ''} autocomplete=${rest.autocomplete ?? 'off'}
      spellcheck=${mono ? 'false' : undefined} autocapitalize=${mono ? 'none' : undefined} onInput=${(event) => onInput?.(event.currentTarget.value)} />`;
    return suffix ? html`<div class="with-affix">${input}<span class="affix" aria-hidden="true">${suffix}</span></div>` : input;
  }}<//>`;
}

/** A number; `suffix` is its unit, which the label should name too. */
export function NumberField({ value, onInput, ...rest }) {
  const read = (text) => onInput(text.trim() === '' ? null : Number(text));
  return html`<${TextField} ...${rest} type="number" inputmode="decimal" value=${value ?? ''} onInput=${read} />`;
}

/** Several lines of text. */
export function TextArea(all) {
  const [field, { onInput, mono = false, rows = 4, value, ...rest }] = split(all);
  return html`<${Field} ...${field}>${(props) => html`<textarea ...${props} ...${rest} rows=${rows} class=${`input${mono ? ' mono' : ''}`}
    spellcheck=${mono ? 'false' : undefined} value=${value ?? ''} onInput=${(event) => onInput(event.currentTarget.value)}></textarea>`}<//>`;
}

/** A secret that is typed. */
export function SecretField(all) {
  const [shown, show] = useState(false);
  const [field, { onInput, value, autocomplete = 'off', ...rest }] = split(all);
  return html`<${Field} ...${field}>${(props) => html`<div class="row nowrap">
    <input ...${props} ...${rest} class="input mono grow" type=${shown ? 'text' : 'password'} value=${value} autocomplete=${autocomplete} spellcheck="false"
      onInput=${(event) => onInput(event.currentTarget.value)} />
    <${IconButton} icon=${shown ? 'eye-off' : 'eye'} label=${t(shown ? 'field.hide' : 'field.show')} onClick=${() => show(!shown)} />
  </div>`}<//>`;
}

/** One of several. */
export function Select(all) {
  const [field, { onInput, options, value, ...rest }] = split(all);
  return html`<${Field} ...${field}>${(props) => html`<select ...${props} ...${rest} class="input" value=${value} onChange=${(event) => onInput(event.currentTarget.value)}>
    ${options.map((option) => html`<option key=${option.value} value=${option.value} disabled=${option.disabled} selected=${option.value === value}>${option.label}</option>`)}
  </select>`}<//>`;
}

/** Yes or no. */
export function Checkbox({ label, checked, onInput, help, term, indeterminate = false, hideLabel = false, ...rest }) {
  const id = useId();
  const set = (element) => {
    if (element) element.indeterminate = indeterminate;
  };
  return html`<label class="check"><input ...${rest} ref=${set} type="checkbox" checked=${checked} aria-describedby=${help ? id : undefined}
      onChange=${(event) => onInput(event.currentTarget.checked)} />
    <span class=${hideLabel ? 'visually-hidden' : 'check-text'}><span>${label}${term && html` <span class="field-term">${term}</span>`}</span>
      ${help && html`<span class="field-help" id=${id}>${help}</span>`}</span></label>`;
}

function RadioSet({ label, value, onInput, options, help, hideLabel, class: look, item }) {
  const id = useId();
  return html`<fieldset class="field" role="radiogroup" aria-labelledby=${`${id}-label`} aria-describedby=${help ? `${id}-help` : undefined}>
    <span id=${`${id}-label`} class=${hideLabel ? 'visually-hidden' : 'field-label'}>${label}</span>
    <div class=${look}>${options.map((option) => item(option, html`<input type="radio" name=${id} value=${option.value} checked=${option.value === value}
      disabled=${option.disabled} onChange=${() => onInput(option.value)} />`))}</div>
    ${help && html`<p class="field-help" id=${`${id}-help`}>${help}</p>`}
  </fieldset>`;
}

/** One of several, all of them seen; an option may have `help`. */
export const Radios = (props) => html`<${RadioSet} ...${props} class="radio-group" item=${(option, input) => html`<label class="check" key=${option.value}>${input}
  <span class="check-text"><span>${option.label}</span>${option.help && html`<span class="field-help">${option.help}</span>`}</span></label>`} />`;

/** One of a few, in one bar. */
export const Segmented = (props) => html`<${RadioSet} ...${props} class="segmented" item=${(option, input) => html`<label key=${option.value}>${input}<span>${option.label}</span></label>`} />`;

/** A form that a script handles. */
export function Form({ onSubmit, children, ...rest }) {
  const submit = (event) => {
    event.preventDefault();
    onSubmit(event);
  };
  return html`<form novalidate ...${rest} onSubmit=${submit}>${children}</form>`;
}

/** Focuses the first field with an error. */
export function focusFirstError(root) {
  requestAnimationFrame(() => (root ?? document).querySelector('[aria-invalid="true"]')?.focus());
}

/** A message of a field outside `Field`. */
export const FieldError = ({ children }) => html`<p class="field-error"><${Icon} name="bad" size=${0.875} />${children}</p>`;
