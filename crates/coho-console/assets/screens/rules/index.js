// The back-to-origin of a bucket: its rules, tested and saved with care, its pages, its limits and its past.

import { html, useEffect, useMemo, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href, setQuery, useLeaveGuard } from '../../router.js';
import { useEventReload } from '../mirror/reload.js';
import { useAction } from '../../resource.js';
import { Badge, Button, Empty, ErrorBox, Notice, Page, Segmented, Skeleton, Tabs, toast } from '../../components/index.js';
import { createDraft, readStored } from './draft.js';
import { isBlank } from './model.js';
import { addRules, newRule, numberOf, rulesOf } from './rules_of.js';
import { countBySeverity, hasHidden, problemsOf, targetOf } from './problems.js';
import { fieldNamed } from './schema.js';
import { RuleForm } from './form.js';
import { RuleList } from './list.js';
import { RawEditor } from './raw.js';
import { ConflictDialog, ProblemList, ReviewDialog, SaveBar } from './save.js';
import { StaticPages } from './pages.js';
import { TemplateDialog } from './add_template.js';
import { TestKey } from './test_key.js';
import { History } from './history.js';
import { Limits } from './limits.js';

export const stylesheet = new URL('./rules.css', import.meta.url).href;

const TABS = ['rules', 'pages', 'limits', 'history'];
const PAGE_ELEMENTS = ['Suffix', 'SupportSubDir', 'Type', 'ErrorDocument/Key', 'HttpStatus', 'IndexDocument', 'ErrorDocument'];

/** The screen. */
export default function Screen({ route }) {
  const { bucket } = route;
  const draft = useMemo(() => createDraft(bucket), [bucket]);
  const start = useAction(draft.load);
  const [dialog, setDialog] = useState(null);
  useEffect(() => {
    start.run();
    return draft.dispose;
  }, [draft]);
  useLeaveGuard(draft.dirty.value);
  const outdated = useOutdated(draft, dialog !== null);
  const crumbs = [{ label: t('nav.buckets'), href: href(['buckets']) }, { label: bucket, href: href(['buckets', bucket]) }];
  const tab = TABS.includes(route.query.tab) ? route.query.tab : 'rules';
  const close = () => setDialog(null);
  const review = (merged = null) => {
    draft.showAll();
    setDialog({ kind: 'review', merged });
  };
  return html`<${Page} title=${t('rules.title')} crumbs=${crumbs} sub=${t('rules.sub')} wide>
    ${draft.base.value === null ? (start.error ? html`<${ErrorBox} error=${start.error} retry=${start.run} area="rules" />` : html`<${Skeleton} lines=${8} />`)
      : html`<${Loaded} ...${{ draft, tab, outdated, review, setDialog }} />`}
    ${dialog?.kind === 'review' && html`<${ReviewDialog} draft=${draft} merged=${dialog.merged} onClose=${close} onConflict=${(elements) => setDialog({ kind: 'conflict', elements })} />`}
    ${dialog?.kind === 'conflict' && html`<${ConflictDialog} draft=${draft} elements=${dialog.elements} onClose=${close} onReview=${review} />`}
  <//>`;
}

/** Whether the stored state is another than the draft began with. Without changes of its own the draft follows it. */
function useOutdated(draft, busy) {
  const [outdated, setOutdated] = useState(false);
  const look = async () => {
    if (draft.base.value === null || busy) return;
    const stored = await readStored(draft.bucket).catch(() => null);
    if (stored === null || stored.etag === draft.base.value.etag) {
      if (stored) setOutdated(false);
      return;
    }
    if (draft.dirty.value) {
      setOutdated(true);
      return;
    }
    draft.rebase(stored);
    toast.info(t('rules.conflict.followed'));
  };
  useEventReload('configuration_changed', look, ({ bucket, what }) => bucket === draft.bucket && what === 'website');
  // After a save or a merge the base is the newest state again.
  useEffect(() => setOutdated(false), [draft.base.value]);
  return outdated;
}

function Loaded({ draft, tab, outdated, review, setDialog }) {
  const [selected, setSelected] = useState(() => rulesOf(draft.tree.value)[0]?.id ?? null);
  const [trace, setTrace] = useState(null);
  const jump = useJump(draft, setSelected);
  const seeTheirs = () => setDialog({ kind: 'conflict', elements: null });
  const problems = problemsOf(draft);
  const tabs = TABS.map((id) => ({ id, label: t(`rules.tab.${id}`), badge: id === 'rules' ? rulesOf(draft.tree.value).length : undefined }));
  const errors = countBySeverity(problems, 'error');
  return html`<div class="rules-screen">
    ${outdated && html`<${Notice} tone="warn" live title=${t('rules.conflict.outdated')} actions=${html`<${Button} size="small" onClick=${seeTheirs}>${t('rules.conflict.see')}<//>`}>${t('rules.conflict.outdated_help')}<//>`}
    <div class="row-between check-line"><span class="row"><${CheckState} draft=${draft} errors=${errors} /></span></div>
    <${ProblemList} draft=${draft} onJump=${jump} />
    <${Tabs} label=${t('rules.title')} tabs=${tabs} selected=${tab} onSelect=${(id) => setQuery({ tab: id === 'rules' ? null : id })}>${(id) => {
      if (id === 'pages') return html`<${StaticPages} draft=${draft} />`;
      if (id === 'limits') return html`<${Limits} draft=${draft} />`;
      if (id === 'history') return html`<${History} draft=${draft} />`;
      return html`<${RulesTab} ...${{ draft, selected, setSelected, trace, setTrace, jump }} />`;
    }}<//>
    <${SaveBar} draft=${draft} outdated=${outdated} sticky=${tab === 'rules' || tab === 'pages'} onReview=${() => (outdated ? seeTheirs() : review())} /></div>`;
}

function CheckState({ draft, errors }) {
  const { result, error } = draft.checked.value;
  if (draft.isLocked.value) return html`<${Badge} tone="bad" icon="bad">${t('rules.check.unreadable')}<//>`;
  if (error) return null;
  if (!draft.isChecked.value) return html`<${Badge}>${t('rules.check.running')}<//>`;
  if (errors > 0 && !isBlank(draft.tree.value)) return html`<${Badge} tone="bad" icon="bad">${t('rules.check.invalid')}<//>`;
  if (result.valid) return html`<${Badge} tone="good" icon="good">${t('rules.check.valid')}<//>`;
  if (hasHidden(draft)) return html`<${Badge}>${t('rules.check.incomplete')}<//>`;
  return html`<${Badge}>${t('rules.check.empty')}<//>`;
}

/** Opens the place of a problem: tab, rule, group, field. */
function useJump(draft, setSelected) {
  const wanted = useRef(null);
  const [, again] = useState(0);
  useEffect(() => {
    const name = wanted.current;
    if (name === null) return;
    const found = document.querySelector(`.rules-screen [data-element="${CSS.escape(name)}"]`) ?? document.querySelector('.rules-screen .rule-form');
    if (!found) return;
    wanted.current = null;
    for (let at = found.closest('details'); at; at = at.parentElement.closest('details')) at.open = true;
    found.scrollIntoView({ block: 'center' });
    found.querySelector('input, select, textarea, button')?.focus({ preventScroll: true });
  });
  return (problem) => {
    const rule = rulesOf(draft.tree.value).find((one) => problem.rule !== null && numberOf(one) === problem.rule);
    if (rule) setSelected(rule.id);
    const target = problem.element === null ? 'RuleNumber' : targetOf(problem.detail === undefined ? { ...problem, detail: '' } : problem);
    const isPage = problem.rule === null && PAGE_ELEMENTS.includes(target);
    wanted.current = rule || isPage ? fieldNamed(target)?.field.name ?? (target === 'Condition' || target === 'Redirect' ? 'RedirectType' : target) : null;
    setQuery({ tab: isPage ? 'pages' : null });
    again((n) => n + 1);
  };
}

/** Scrolls to the heading of a card if it is out of view. Below the list, where the list is out of view then, it gets the focus as well. */
function showTop(card) {
  const heading = card?.querySelector('h2');
  if (!heading) return;
  const { top, bottom } = heading.getBoundingClientRect();
  const isBelow = top > document.querySelector('.rules-left').getBoundingClientRect().bottom;
  if (top < HEADER_PX || bottom > window.innerHeight - HEADER_PX) card.scrollIntoView({ block: 'start' });
  if (isBelow) heading.focus({ preventScroll: true });
}

const VIEWS = ['form', 'both', 'text'];
const WIDE_PX = 1700;
/** Height of what covers the window's upper edge and, with changes, its lower one. */
const HEADER_PX = 64;

function RulesTab({ draft, selected, setSelected, trace, setTrace, jump }) {
  const [view, setView] = useState(window.innerWidth >= WIDE_PX ? 'both' : 'form');
  const [template, setTemplate] = useState(false);
  const rules = rulesOf(draft.tree.value);
  const rule = rules.find((one) => one.id === selected) ?? rules[0] ?? null;
  const add = () => {
    const made = addRules(draft.tree.value, [newRule([], [['RedirectType', 'Mirror']])]);
    draft.begin(made.ids[0]);
    draft.edit(made.tree);
    setSelected(made.ids[0]);
    jump({ rule: Math.max(0, ...rulesOf(draft.tree.value).map(numberOf)), element: 'MirrorURL' });
  };
  const form = useRef(null);
  const wanted = useRef(false);
  const [, again] = useState(0);
  useEffect(() => {
    if (!wanted.current) return;
    wanted.current = false;
    showTop(form.current);
  });
  const open = (id) => {
    wanted.current = true;
    setSelected(id);
    again((n) => n + 1);
  };
  const added = (id) => {
    setTemplate(false);
    if (id) setSelected(id);
    else setQuery({ tab: 'pages' });
  };
  const editor = rule ? html`<section class="card" ref=${form} aria-label=${t('rules.form.title', { n: numberOf(rule) })}><div class="card-head"><h2 tabindex="-1">${t('rules.form.title', { n: numberOf(rule) })}</h2></div><div class="card-body"><${RuleForm} key=${rule.id} draft=${draft} rule=${rule} /></div></section>`
    : html`<section class="card"><div class="card-body"><${Empty} icon="rules" title=${t('rules.form.none')}>${t('rules.form.none_help')}<//></div></section>`;
  return html`<div class="rules-layout" data-view=${view}>
    <div class="stack rules-left"><${RuleList} ...${{ draft, trace }} selected=${rule?.id ?? null} onSelect=${setSelected} onOpen=${open} onAdd=${add} onTemplate=${() => setTemplate(true)} />
      <${TestKey} draft=${draft} onTrace=${setTrace} onJump=${jump} /></div>
    <div class="stack rules-right"><${Segmented} label=${t('rules.view.label')} hideLabel value=${view} onInput=${setView} options=${VIEWS.map((value) => ({ value, label: t(`rules.view.${value}`) }))} />
      <div class="rules-editors">${view !== 'text' && editor}${view !== 'form' && html`<${RawEditor} draft=${draft} />`}</div></div>
    ${template && html`<${TemplateDialog} draft=${draft} onClose=${() => setTemplate(false)} onAdded=${added} />`}</div>`;
}
