// The dialog of the templates: choose one, answer its questions, see what it makes, add it to the draft.

import { html, useRef, useState } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { Button, Checkbox, Details, Dialog, focusFirstError, Form, Icon, SecretField, Select, TextField } from '../../components/index.js';
import { emptyDocument, MAX_RULES, setText } from './model.js';
import { addRules, newRule, rulesOf } from './rules_of.js';
import { writeDocument } from './xml.js';
import { faultOf, isAsked, startValues, TEMPLATES } from './templates.js';

/** Puts what a template makes into a document: `{ tree, id }`, `id` of the first rule that it added. */
export function applyTemplate(tree, template, values) {
  const { rules, pages = [], first = false } = template.make(values);
  const paged = pages.reduce((at, [path, text]) => setText(at, path, text), tree);
  if (rules.length === 0) return { tree: paged, id: null };
  const added = addRules(paged, rules.map(([condition, redirect]) => newRule(condition, redirect)), first ? 0 : null);
  return { tree: added.tree, id: added.ids[0] };
}

/** `onAdded` gets the id of a rule, or null if the template made pages. */
export function TemplateDialog({ draft, onClose, onAdded }) {
  const [template, setTemplate] = useState(null);
  if (!template) return html`<${Dialog} key="choose" title=${t('rules.tpl.title')} wide onClose=${onClose}><p class="muted">${t('rules.tpl.text')}</p>
    <ul class="template-list">${TEMPLATES.map((one) => html`<li key=${one.id}><button type="button" class="template" onClick=${() => setTemplate(one)}><${Icon} name=${one.icon} size=${1.375} />
      <span><strong>${t(`rules.tpl.${one.id}`)}</strong><span class="muted small">${t(`rules.tpl.${one.id}_help`)}</span></span></button></li>`)}</ul><//>`;
  return html`<${Questions} key=${template.id} ...${{ template, draft, onClose, onAdded }} onBack=${() => setTemplate(null)} />`;
}

const textOf = (template, name, suffix = '') => {
  const own = `rules.tpl.${template.id}.${name}${suffix}`;
  const shared = `rules.tpl.field.${name}${suffix}`;
  return hasText(own) ? t(own) : hasText(shared) ? t(shared) : '';
};

function Questions({ template, draft, onClose, onAdded, onBack }) {
  const [values, setValues] = useState(() => startValues(template));
  const [tried, setTried] = useState(false);
  const form = useRef(null);
  const asked = template.fields.filter((field) => isAsked(field, values));
  const valid = asked.every((field) => faultOf(field, values) === '');
  const room = rulesOf(draft.tree.value).length + template.make(values).rules.length <= MAX_RULES;
  const add = () => {
    setTried(true);
    if (!valid || !room) return focusFirstError(form.current);
    const { tree, id } = applyTemplate(draft.tree.value, template, values);
    draft.edit(tree);
    onAdded(id);
  };
  const footer = html`<${Button} onClick=${onBack}>${t('rules.tpl.back')}<//><${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} variant="primary" type="submit" form="template-form">${t('rules.tpl.add')}<//>`;
  return html`<${Dialog} title=${t(`rules.tpl.${template.id}`)} wide onClose=${onClose} footer=${footer}><p>${t(`rules.tpl.${template.id}_help`)}</p>
    <div ref=${form}><${Form} id="template-form" onSubmit=${add} class="stack">${asked.map((field) => html`<${Question} key=${field.name} template=${template} field=${field} value=${values[field.name]}
      fault=${tried ? faultOf(field, values) : ''} onInput=${(value) => setValues((old) => ({ ...old, [field.name]: value }))} />`)}<//></div>
    ${!room && html`<p class="field-error">${t('rules.list.full')}</p>`}
    ${valid && html`<${Details} summary=${t('rules.tpl.preview')}><pre class="code" tabindex="0" role="region" aria-label=${t('rules.tpl.preview')}>${preview(template, values)}</pre><//>`}<//>`;
}

/** What is added, without the secret. */
const preview = (template, values) => writeDocument(applyTemplate(emptyDocument(), template, values.secret ? { ...values, secret: '…' } : values).tree);

function Question({ template, field, value, fault, onInput }) {
  const common = { label: textOf(template, field.name), help: textOf(template, field.name, '_help'), error: fault ? t(`rules.tpl.fault.${fault}`) : '', value, onInput, required: field.required };
  if (field.kind === 'switch') return html`<${Checkbox} label=${common.label} help=${common.help} checked=${value} onInput=${onInput} />`;
  if (field.kind === 'secret') return html`<${SecretField} ...${common} autocomplete="new-password" />`;
  if (field.kind === 'select') return html`<${Select} ...${common} options=${field.options.map((one) => ({ value: one, label: optionText(field, one) }))} />`;
  return html`<${TextField} ...${common} mono placeholder=${field.placeholder} />`;
}

const optionText = ({ name }, value) => [`rules.tpl.o.${name}.${value}`, `rules.o.HttpRedirectCode.${value}`].filter(hasText).map((key) => t(key))[0] ?? value;
