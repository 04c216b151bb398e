// A unified diff; signs and colours tell what is added and removed.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';

const KINDS = { '+': 'added', '-': 'removed', '@': 'gap' };

/** Most lines that are drawn. */
const MAX_LINES = 2000;

/** The sign and the indentation are as they are; in the rest, hidden characters are shown. */
function written(line) {
  const [, start, rest] = /^(.? *)([\s\S]*)$/u.exec(line);
  return `${start}${visible(rest)}` || ' ';
}

/** `diff`: the text of a unified diff. */
export function DiffView({ diff, label }) {
  const lines = diff.replace(/\n$/, '').split('\n').filter((line) => !/^(---|\+\+\+) (stored|draft|version|\S+$)/.test(line));
  const shown = lines.slice(0, MAX_LINES);
  return html`<div class="diff" role="region" tabindex="0" aria-label=${label ?? t('rules.diff.label')}><pre>${shown.map((line, index) =>
    html`<span key=${index} class=${`diff-line ${KINDS[line[0]] ?? ''}`}>${written(line)}${'\n'}</span>`)}</pre>
    ${lines.length > MAX_LINES && html`<p class="small muted">${t('rules.diff.cut', { n: lines.length - MAX_LINES })}</p>`}</div>`;
}
