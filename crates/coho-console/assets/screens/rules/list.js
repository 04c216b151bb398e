// The rules in their order: drag, buttons or Alt with arrow keys move one; a live region tells where it is now.

import { html, useEffect, useLayoutEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Badge, Button, Empty, Icon, IconButton, Menu } from '../../components/index.js';
import { MAX_RULES } from './model.js';
import { duplicateRule, moveRule, numberOf, removeRule, rulesOf, typeOf } from './rules_of.js';
import { countBySeverity, problemsOf, problemsOfRule } from './problems.js';
import { actionText, conditionText, typeText } from './summary.js';

const TONES = { Mirror: 'info', External: 'accent', AliCDN: 'accent', Internal: 'good' };

/** `onOpen` shows a rule, `onSelect` only marks it. `trace`: rule number → { outcome: 'matched' | 'passed', text } of the last test. */
export function RuleList({ draft, selected, onSelect, onOpen, onAdd, onTemplate, trace }) {
  const [said, say] = useState('');
  const [dragged, setDragged] = useState(null);
  const [over, setOver] = useState(null);
  const list = useRef(null);
  const focusAfter = useRef(null);
  const rules = rulesOf(draft.tree.value);
  const locked = draft.isLocked.value;
  const full = rules.length >= MAX_RULES;
  // Before the next key is pressed.
  useLayoutEffect(() => {
    if (!focusAfter.current) return;
    const { id, control } = focusAfter.current;
    focusAfter.current = null;
    list.current?.querySelector(`[data-rule="${id}"] ${control}`)?.focus();
  });
  // Within the list alone: the page stays at the result of the test.
  useEffect(() => {
    const row = list.current?.querySelector('.rule-row.matched');
    if (!row) return;
    const { offsetTop: top, offsetHeight: height } = row;
    if (top < list.current.scrollTop || top + height > list.current.scrollTop + list.current.clientHeight) list.current.scrollTop = top - height;
  }, [trace]);
  const move = (id, to, control) => {
    const target = Math.min(Math.max(0, to), rules.length - 1);
    if (locked || rules[target].id === id) return;
    focusAfter.current = { id, control };
    draft.edit(moveRule(draft.tree.value, id, target));
    say(t('rules.list.moved', { position: target + 1, n: rules.length }));
  };
  const duplicate = (id) => {
    const made = duplicateRule(draft.tree.value, id);
    draft.edit(made.tree);
    onSelect(made.id);
    say(t('rules.list.duplicated'));
  };
  const remove = (id, index) => {
    const next = rules[index + 1] ?? rules[index - 1];
    draft.edit(removeRule(draft.tree.value, id));
    if (selected === id) onSelect(next?.id ?? null);
    if (next) focusAfter.current = { id: next.id, control: '.rule-open' };
    say(t('rules.list.removed'));
  };
  const drop = (event) => {
    event.preventDefault();
    if (dragged !== null && over !== null) move(dragged, over, '.rule-open');
    setDragged(null);
    setOver(null);
  };
  const drag = { dragged, over, setDragged, setOver };
  const row = (rule, index) => html`<${Row} key=${rule.id} ...${{ rule, index, rules, draft, trace, locked, full, move, duplicate, remove, drag, onOpen }} isSelected=${selected === rule.id} />`;
  return html`<section class="card rule-list-card" aria-labelledby="rules-heading"><div class="card-head"><div><h2 id="rules-heading">${t('rules.list.title')}</h2>
      <p class="card-sub number">${t('rules.list.count', { n: rules.length, max: MAX_RULES })}</p></div>
      <div class="row"><${Button} size="small" icon="plus" disabled=${full || locked} disabledReason=${t(full ? 'rules.list.full' : 'rules.form.locked')} onClick=${onAdd}>${t('rules.list.add')}<//>
        <${Button} size="small" disabled=${full || locked} disabledReason=${t(full ? 'rules.list.full' : 'rules.form.locked')} onClick=${onTemplate}>${t('rules.list.template')}<//></div></div>
    <div class="card-body">
      ${rules.length === 0 ? html`<${Empty} icon="rules" title=${t('rules.list.empty')} actions=${html`<${Button} variant="primary" onClick=${onTemplate}>${t('rules.list.template')}<//>`}>${t('rules.list.empty_help')}<//>`
        : html`<ol class="rule-list" ref=${list} onDragOver=${(event) => dragged !== null && event.preventDefault()} onDrop=${drop}>${rules.map(row)}</ol>
          <p class="muted small">${t('rules.list.help')}</p>`}
      <p class="visually-hidden" role="status">${said}</p></div></section>`;
}

function Row({ rule, index, rules, draft, trace, isSelected, locked, full, move, duplicate, remove, drag, onOpen }) {
  const number = numberOf(rule);
  const problems = problemsOfRule(problemsOf(draft), rule);
  const [errors, warnings] = [countBySeverity(problems, 'error'), countBySeverity(problems, 'warning')];
  const outcome = trace?.get(number)?.outcome;
  const steps = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rules.length - 1 };
  const key = (event) => {
    if (!event.altKey || !(event.key in steps)) return;
    event.preventDefault();
    move(rule.id, steps[event.key], '.rule-open');
  };
  const state = [isSelected && 'selected', outcome, drag.dragged === rule.id && 'dragged', drag.over === index && drag.dragged !== null && drag.dragged !== rule.id && 'over'].filter(Boolean).join(' ');
  const start = (event) => {
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', String(number));
    drag.setDragged(rule.id);
  };
  const end = () => {
    drag.setDragged(null);
    drag.setOver(null);
  };
  return html`<li class=${`rule-row ${state}`} data-rule=${rule.id} draggable=${locked ? 'false' : 'true'} onDragStart=${start} onDragEnd=${end} onDragEnter=${() => drag.setOver(index)}>
    <span class="rule-handle" aria-hidden="true"><${Icon} name="drag" /></span>
    <button type="button" class="rule-open" aria-current=${isSelected ? 'true' : undefined} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown" onClick=${() => onOpen(rule.id)} onKeyDown=${key}>
      <span class="rule-line"><span class="rule-no number">${number || '?'}</span><${Badge} tone=${TONES[typeOf(rule)] ?? ''}>${typeText(rule)}<//>
        ${outcome && html`<${Badge} tone=${outcome === 'matched' ? 'good' : ''} icon=${outcome === 'matched' ? 'check' : 'minus'}>${t(`rules.trace.${outcome}`)}<//>`}
        ${errors > 0 && html`<${Badge} tone="bad" icon="bad">${t('rules.errors', { n: errors })}<//>`}
        ${warnings > 0 && html`<${Badge} tone="warn" icon="warn">${t('rules.warnings', { n: warnings })}<//>`}</span>
      <span class="rule-what">${conditionText(rule)}</span><span class="rule-does"><span aria-hidden="true">→ </span>${actionText(rule)}</span></button>
    <span class="rule-tools">
      <${IconButton} class="rule-up" icon="up" size="small" label=${t('rules.list.up', { n: number })} disabled=${index === 0 || locked} onClick=${() => move(rule.id, index - 1, '.rule-up')} />
      <${IconButton} class="rule-down" icon="down" size="small" label=${t('rules.list.down', { n: number })} disabled=${index === rules.length - 1 || locked} onClick=${() => move(rule.id, index + 1, '.rule-down')} />
      <${Menu} label=${t('rules.list.more', { n: number })} size="small" items=${[
        { label: t('rules.list.duplicate'), icon: 'copy', disabled: full || locked, onClick: () => duplicate(rule.id) },
        { label: t('rules.list.remove'), icon: 'trash', danger: true, disabled: locked, onClick: () => remove(rule.id, index) },
      ]} /></span></li>`;
}
