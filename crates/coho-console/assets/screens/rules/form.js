// The form of one rule: number, type, and every element in groups. What no form knows is listed and kept.

import { batch, html } from '../../html.js';
import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { Badge, Button, Notice, Radios, TextField } from '../../components/index.js';
import { elementAt, itemsAt, setText, switchAt, textAt, unknownElements, update } from './model.js';
import { editRule, numberOf, typeOf } from './rules_of.js';
import { problemsAt, problemsOf, problemText } from './problems.js';
import { ElementField } from './fields.js';
import { GROUPS, REDIRECT_TYPES } from './schema.js';

/** Whether an element is set in this rule. */
export function isSet(rule, field) {
  if (field.kind === 'list' || field.kind === 'items') return itemsAt(rule, field.path, field.item).length > 0;
  return elementAt(rule, field.path) !== null;
}

/** Whether an element says something else than its absence: the server writes some defaults out. */
const isChosen = (rule, field) => isSet(rule, field) && (field.kind !== 'switch' || switchAt(rule, field.path, field.fallback ?? false) !== (field.mirrors ? switchAt(rule, ['Redirect', field.mirrors], field.fallback ?? false) : field.fallback ?? false));

/** Fields of another type are shown only if they are set: then they can be removed. */
const shown = (rule, type, field) => !field.only || field.only.includes(type) || (isSet(rule, field) && field.name !== 'PassQueryString');

/** The form. */
export function RuleForm({ draft, rule }) {
  const locked = draft.isLocked.value;
  const all = problemsOf(draft);
  const number = numberOf(rule);
  const type = typeOf(rule);
  const change = (next) => draft.edit(editRule(draft.tree.value, rule.id, () => next), { typed: true });
  const at = (name) => problemsAt(all, number, name);
  const general = all.filter((one) => one.rule === number && one.element === null);
  const touch = (name) => draft.touch(rule.id, name);
  return html`<form class="rule-form" onSubmit=${(event) => event.preventDefault()} onFocusOut=${(event) => touch(event.target.closest('[data-element]')?.dataset.element)} aria-label=${t('rules.form.title', { n: number })}>
    ${locked && html`<${Notice} tone="warn" title=${t('rules.form.locked')}>${t('rules.form.locked_help')}<//>`}
    <fieldset class="rule-fields" disabled=${locked}>
      ${general.map((one) => html`<${Notice} key=${one.detail} tone=${one.severity === 'error' ? 'bad' : 'warn'}>${problemText(one)}<//>`)}
      <${TypeFields} rule=${rule} type=${type} change=${change} at=${at} />
      ${GROUPS.map((group) => html`<${Group} key=${`${rule.id} ${group.id}`} group=${group} rule=${rule} type=${type} change=${change} touch=${touch} at=${at} />`)}
      <${UnknownElements} rule=${rule} change=${change} />
    </fieldset></form>`;
}

function TypeFields({ rule, type, change, at }) {
  const options = REDIRECT_TYPES.map((value) => ({ value, label: t(`rules.type.${value}`), help: t(`rules.type.${value}_help`) }));
  const errors = (name) => at(name).map(problemText).join(' · ');
  return html`<div data-element="RedirectType"><${Radios} label=${html`${t('rules.f.RedirectType')} <span class="field-term">RedirectType</span>`} value=${type}
      onInput=${(value) => change(setText(rule, ['Redirect', 'RedirectType'], value))} options=${options} />
      ${[...at('RedirectType'), ...at('Redirect'), ...at('Condition')].map((one) => html`<p key=${one.detail} class="field-error">${problemText(one)}</p>`)}</div>
    <div class="rule-number" data-element="RuleNumber"><${TextField} label=${t('rules.f.RuleNumber')} term="RuleNumber" help=${t('rules.h.RuleNumber')} inputmode="numeric"
      value=${textAt(rule, ['RuleNumber']) ?? ''} error=${errors('RuleNumber')} onInput=${(text) => change(setText(rule, ['RuleNumber'], text))} /></div>`;
}

function Group({ group, rule, type, change, touch, at }) {
  const fields = group.fields.filter((field) => shown(rule, type, field));
  if (fields.length === 0) return null;
  const set = fields.filter((field) => isChosen(rule, field)).length;
  const problems = fields.flatMap((field) => problemsFor(field, at));
  const errors = problems.filter((one) => one.severity === 'error').length;
  // Together: a checkbox that is drawn between its two events loses what was chosen.
  const changeOf = ({ name }) => (next) => batch(() => {
    touch(name);
    change(next);
  });
  return html`<details class="rule-group" data-group=${group.id} open=${group.open || set > 0 || problems.length > 0}>
    <summary><span class="rule-group-title">${t(`rules.g.${group.id}`)}</span>
      ${set > 0 && html`<${Badge}>${t('rules.group.set', { n: set })}<//>`}
      ${errors > 0 && html`<${Badge} tone="bad" icon="bad">${t('rules.errors', { n: errors })}<//>`}
      ${problems.length > errors && html`<${Badge} tone="warn" icon="warn">${t('rules.warnings', { n: problems.length - errors })}<//>`}</summary>
    <div class="rule-group-body"><p class="muted small">${t(`rules.gh.${group.id}`)}</p>
      ${fields.map((field) => html`<${ElementField} key=${field.name} field=${field} rule=${rule} onChange=${changeOf(field)} problems=${problemsFor(field, at)} />`)}</div></details>`;
}

/** A problem may name the list, an item of it, or the parent of the field. */
function problemsFor(field, at) {
  const names = new Set([field.name, field.item, field.name === 'AuthType' ? 'MirrorAuth' : undefined, field.name === 'Script' ? 'LuaConfig' : undefined, field.name === 'PassAll' ? 'MirrorHeaders' : undefined]);
  return [...names].filter(Boolean).flatMap(at);
}

function UnknownElements({ rule, change }) {
  const found = unknownElements(rule);
  if (found.length === 0) return null;
  const remove = ({ path, node }) => change(update(rule, path.slice(0, -1), (parent) => ({ ...parent, children: parent.children.filter((child) => child !== node) })));
  return html`<details class="rule-group" open><summary><span class="rule-group-title">${t('rules.g.unknown')}</span><${Badge}>${found.length}<//></summary>
    <div class="rule-group-body"><p class="muted small">${t('rules.gh.unknown')}</p>
      ${found.map((one, index) => html`<div key=${index} class="row-between rule-field"><code class="break">${one.path.join('/')}${one.node.text.trim() && `: ${visible(one.node.text.slice(0, 200))}`}</code>
        <${Button} size="small" icon="trash" onClick=${() => remove(one)}>${t('rules.unknown.remove')}<//></div>`)}</div></details>`;
}
