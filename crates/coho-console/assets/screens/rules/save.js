// Saving: the bar with what is not saved, the review with the diff, and what happens when someone else was faster.

import { html, useEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { formatTime } from '../../format.js';
import { useAction } from '../../resource.js';
import { Button, confirm, Dialog, ErrorBox, IconButton, Notice, Spinner, toast } from '../../components/index.js';
import { isBlank } from './model.js';
import { readStored } from './draft.js';
import { mergeOnTop } from './merge.js';
import { unifiedDiff } from './diff.js';
import { writeDocument } from './xml.js';
import { countBySeverity, hasHidden, problemsOf, problemText } from './problems.js';
import { DiffView } from './diff_view.js';

/** The bar of a draft with changes. `outdated`: someone else has changed what is stored. `sticky`: it stays in view while the page scrolls. */
export function SaveBar({ draft, outdated, onReview, sticky }) {
  const dirty = draft.dirty.value;
  const result = draft.checked.value.result;
  const errors = draft.isLocked.value || (result && !result.valid && !hasHidden(draft) && !isBlank(draft.tree.value));
  const discard = async () => {
    const yes = await confirm({ title: t('rules.discard.title'), text: t('rules.discard.text'), action: t('rules.discard.action'), danger: true });
    if (yes) draft.discard();
  };
  const status = [t(dirty ? 'rules.save.dirty' : 'rules.save.clean'), dirty && errors && t('rules.save.invalid'), outdated && t('rules.conflict.outdated')].filter(Boolean).join(' · ');
  const isIdle = !dirty && !draft.canUndo.value && !draft.canRedo.value;
  const wasIdle = useRef(true);
  useEffect(() => {
    // The button that had the focus has gone with the bar.
    if (isIdle && !wasIdle.current && document.activeElement === document.body) document.querySelector('.rules-screen [role="tab"][aria-selected="true"]')?.focus({ preventScroll: true });
    wasIdle.current = isIdle;
  });
  // Nothing to save, undo or redo: only the live region stays, so that it tells the next change.
  if (isIdle) return html`<p class="visually-hidden" role="status">${status}</p>`;
  const reason = draft.isLocked.value ? t('rules.save.locked') : t('rules.save.nothing');
  return html`<div class=${`save-bar${dirty ? ' dirty' : ''}${sticky ? ' sticky' : ''}`} role="group" aria-label=${t('rules.save.bar')}>
    <span class="grow" role="status">${status}</span>
    <${IconButton} icon="undo" label=${t('rules.save.undo')} disabled=${!draft.canUndo.value} onClick=${draft.undo} />
    <${IconButton} icon="redo" label=${t('rules.save.redo')} disabled=${!draft.canRedo.value} onClick=${draft.redo} />
    <${Button} disabled=${!dirty} disabledReason=${t('rules.save.nothing')} onClick=${discard}>${t('rules.discard.action')}<//>
    <${Button} variant="primary" disabled=${!dirty || draft.isLocked.value} disabledReason=${reason} onClick=${onReview}>${t('rules.save.review')}<//></div>`;
}

/** The review before saving. `onConflict` gets the refusal of a 412. */
export function ReviewDialog({ draft, merged, onClose, onConflict }) {
  const { result, error, of } = draft.checked.value;
  const ready = draft.isChecked.value;
  const save = useAction(async () => {
    try {
      const exists = await draft.save();
      toast.good(t(exists ? 'rules.save.saved' : 'rules.save.deleted'));
      onClose();
    } catch (refusal) {
      if (refusal.code !== 'PreconditionFailed') throw refusal;
      onConflict(refusal.elements);
    }
  });
  const blank = isBlank(draft.tree.value);
  const warnings = ready ? problemsOf(draft).filter((one) => one.severity === 'warning') : [];
  const blocked = !blank && (!ready || !result.valid);
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//><${Button} variant=${blank ? 'danger' : 'primary'} busy=${save.busy} disabled=${blocked}
    disabledReason=${t('rules.save.not_valid')} onClick=${save.run}>${t(blank ? 'rules.save.delete' : 'rules.save.save')}<//>`;
  return html`<${Dialog} title=${t('rules.save.title')} wide onClose=${onClose} footer=${footer}>
    <${ErrorBox} error=${save.error} area="rules" />
    ${error && html`<${ErrorBox} error=${error} retry=${draft.recheck} />`}
    ${merged?.length > 0 && html`<${Notice} tone="warn" title=${t('rules.conflict.both')}>${t('rules.conflict.both_help', { what: merged.map(pieceText).join(', ') })}<//>`}
    ${blank && html`<${Notice} tone="warn" title=${t('rules.save.blank')}>${t('rules.save.blank_help')}<//>`}
    ${!ready && !error && html`<${Spinner} label=${t('rules.check.running')} />`}
    ${ready && !blank && !result.valid && html`<${Notice} tone="bad" title=${t('rules.save.not_valid')}>${problemsOf(draft).filter((one) => one.severity === 'error').map((one) => html`<p key=${one.detail}>${problemText(one)}</p>`)}<//>`}
    ${warnings.length > 0 && html`<${Notice} tone="warn" title=${t('rules.save.warnings', { n: warnings.length })}>${warnings.map((one, index) => html`<p key=${index}>${one.rule !== null ? `${t('rules.rule', { n: one.rule })}: ` : ''}${problemText(one)}</p>`)}<//>`}
    ${(ready || of) && !blank && result && html`<${Difference} diff=${result.diff} />`}
  <//>`;
}

function Difference({ diff }) {
  if (diff === null) return null;
  if (diff === '') return html`<p class="muted">${t('rules.diff.none')}</p>`;
  return html`<p class="muted small">${t('rules.diff.help')}</p><${DiffView} diff=${diff} />`;
}

/** `RoutingRules/10` → rule 10. */
function pieceText(name) {
  const [group, piece] = name.split('/');
  return piece ? t('rules.rule', { n: piece }) : group;
}

/** Who changed the configuration meanwhile, what, and what to do about it. `elements`: of the 412, if one told it. */
export function ConflictDialog({ draft, elements, onClose, onReview }) {
  const [theirs, setTheirs] = useState(null);
  const [error, setError] = useState(null);
  const load = () => {
    setError(null);
    readStored(draft.bucket).then(setTheirs, setError);
  };
  useEffect(load, []);
  const takeTheirs = () => {
    draft.rebase(theirs);
    toast.info(t('rules.conflict.taken'));
    onClose();
  };
  const onTop = () => {
    const { tree, conflicts } = mergeOnTop(draft.base.value.tree, draft.tree.value, theirs.tree);
    draft.rebase(theirs, tree);
    onReview(conflicts);
  };
  const diff = theirs ? unifiedDiff(writeDocument(draft.base.value.tree), writeDocument(theirs.tree)) : '';
  const locked = draft.isLocked.value;
  const changed = theirs?.newest ?? (elements?.ChangedBy === undefined ? null : { author: elements.ChangedBy, at: elements.ChangedAt, id: elements.CurrentVersion });
  const footer = html`<${Button} onClick=${onClose}>${t('rules.conflict.later')}<//><${Button} disabled=${!theirs} onClick=${takeTheirs}>${t('rules.conflict.theirs')}<//>
    <${Button} variant="primary" disabled=${!theirs || locked} disabledReason=${t(locked ? 'rules.save.locked' : 'state.loading')} onClick=${onTop}>${t('rules.conflict.mine')}<//>`;
  return html`<${Dialog} title=${t('rules.conflict.title')} wide onClose=${onClose} footer=${footer}>
    ${changed && html`<p>${t('rules.conflict.who', { who: authorText(changed.author), at: formatTime(changed.at), version: changed.id })}</p>`}
    <p>${t('rules.conflict.text')}</p>
    <${ErrorBox} error=${error} retry=${load} />
    ${!theirs && !error && html`<${Spinner} />`}
    ${theirs && !theirs.exists && html`<${Notice} tone="warn">${t('rules.conflict.gone')}<//>`}
    ${theirs && (diff === '' ? html`<p class="muted">${t('rules.conflict.same')}</p>` : html`<${DiffView} diff=${diff} label=${t('rules.conflict.diff')} />`)}
    <ul class="plain muted small"><li>${t('rules.conflict.theirs_help')}</li><li>${t('rules.conflict.mine_help')}</li></ul>
  <//>`;
}

/** Authors that are no access key have names of their own. */
export function authorText(author) {
  if (author === '') return t('rules.author.unknown');
  if (author === 'admin') return t('rules.author.admin');
  if (author === 'console') return t('rules.author.console');
  if (author === 'command line') return t('rules.author.command_line');
  return visible(author);
}

/** Problems of the draft, each with a way to its field. */
export function ProblemList({ draft, onJump }) {
  const { result, error } = draft.checked.value;
  if (error) return html`<${ErrorBox} error=${error} retry=${draft.recheck} title=${t('rules.check.failed')} />`;
  // A document that says nothing cannot be stored; saving it removes the configuration, so that is no problem.
  const problems = draft.isLocked.value || isBlank(draft.tree.value) ? [] : problemsOf(draft);
  if (!result || problems.length === 0) return null;
  const errors = countBySeverity(problems, 'error');
  return html`<${Notice} tone=${errors > 0 ? 'bad' : 'warn'} title=${errors > 0 ? t('rules.check.errors', { n: errors }) : t('rules.check.warnings', { n: problems.length })}>
    <ul class="problem-list">${problems.map((one, index) => html`<li key=${index}><button type="button" class="link" onClick=${() => onJump(one)}>${one.rule !== null ? t('rules.rule', { n: one.rule }) : t('rules.check.document')}${one.element ? ` · ${visible(one.element)}` : ''}</button>
      <span class="break"> ${problemText(one)}</span></li>`)}</ul><//>`;
}
