// Static hosting: index page, pages of folders, error page. They are part of the same document as the rules.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { Card, Checkbox, Notice, Radios, Select, TextField } from '../../components/index.js';
import { elementAt, setSwitch, setText, switchAt, textAt, unknownElements } from './model.js';
import { problemsOf, problemText, targetOf } from './problems.js';

const SUFFIX = ['IndexDocument', 'Suffix'];
const SUB = ['IndexDocument', 'SupportSubDir'];
const TYPE = ['IndexDocument', 'Type'];
const KEY = ['ErrorDocument', 'Key'];
const STATUS = ['ErrorDocument', 'HttpStatus'];

/** The two cards. */
export function StaticPages({ draft }) {
  const tree = draft.tree.value;
  const value = (path) => textAt(tree, path) ?? '';
  const set = (path) => (text) => draft.edit(setText(draft.tree.value, path, text));
  const problems = problemsOf(draft).filter((one) => one.rule === null);
  const error = (name) => problems.filter((one) => targetOf(one) === name).map(problemText).join(' · ');
  const subDir = switchAt(tree, SUB);
  const unknown = [elementAt(tree, ['IndexDocument']), elementAt(tree, ['ErrorDocument'])].filter(Boolean).flatMap((node) => unknownElements(node));
  return html`<fieldset class="rule-fields grid" disabled=${draft.isLocked.value}>
    <${Card} title=${t('rules.pages.index')} sub=${t('rules.pages.index_sub')}><div class="stack">
      <div data-element="Suffix"><${TextField} mono label=${t('rules.pages.suffix')} term="IndexDocument/Suffix" help=${t('rules.pages.suffix_help')} placeholder="index.html" value=${value(SUFFIX)} error=${error('Suffix')} onInput=${set(SUFFIX)} /></div>
      <div data-element="SupportSubDir"><${Checkbox} label=${t('rules.pages.sub')} term="SupportSubDir" help=${t('rules.pages.sub_help')} checked=${subDir} onInput=${(on) => draft.edit(setSwitch(draft.tree.value, SUB, on))} />
        ${error('SupportSubDir') && html`<p class="field-error">${error('SupportSubDir')}</p>`}</div>
      <div data-element="Type"><${Radios} label=${html`${t('rules.pages.type')} <span class="field-term">Type</span>`} value=${value(TYPE).trim() || '0'} help=${subDir ? '' : t('rules.pages.type_off')}
        onInput=${set(TYPE)} options=${['0', '1', '2'].map((one) => ({ value: one, label: t(`rules.pages.type_${one}`), help: t(`rules.pages.type_${one}_help`) }))} />
        ${error('Type') && html`<p class="field-error">${error('Type')}</p>`}</div></div><//>
    <${Card} title=${t('rules.pages.error')} sub=${t('rules.pages.error_sub')}><div class="stack">
      <div data-element="ErrorDocument/Key"><${TextField} mono label=${t('rules.pages.key')} term="ErrorDocument/Key" help=${t('rules.pages.key_help')} placeholder="404.html" value=${value(KEY)} error=${error('ErrorDocument/Key')} onInput=${set(KEY)} /></div>
      <div data-element="HttpStatus"><${Select} label=${t('rules.pages.status')} term="HttpStatus" help=${t('rules.pages.status_help')} value=${value(STATUS).trim()} error=${error('HttpStatus')} onInput=${set(STATUS)}
        options=${[{ value: '', label: t('rules.pages.status_default') }, ...statuses(value(STATUS).trim()).map((one) => ({ value: one, label: visible(one) }))]} /></div>
      <${Notice}>${t('rules.pages.who')}<//>
      ${unknown.length > 0 && html`<${Notice} tone="warn">${t('rules.pages.unknown', { names: unknown.map(({ path }) => path.join('/')).join(', ') })}<//>`}</div><//>
  </fieldset>`;
}

const statuses = (value) => (value === '' || ['200', '404'].includes(value) ? ['404', '200'] : ['404', '200', value]);
