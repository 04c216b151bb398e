// What a dialog is about, by name.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Untrusted } from '../../components/index.js';

const MAX_NAMED = 5;

/** See the module comment. */
export function Named({ rows }) {
  return html`<ul class="named">${rows.slice(0, MAX_NAMED).map((row) => html`<li key=${`${row.kind} ${row.versionId ?? ''} ${row.key}`} class="break mono">
    ${row.key === '' ? t('objects.whole_bucket') : html`<${Untrusted} text=${row.key} />`}${row.kind === 'folder' && row.key !== '' && html` <span class="muted">${t('objects.and_below')}</span>`}
    ${row.versionId && html` <span class="small muted">${row.versionId}</span>`}</li>`)}
    ${rows.length > MAX_NAMED && html`<li class="muted">${t('objects.and_more', { n: rows.length - MAX_NAMED })}</li>`}</ul>`;
}
