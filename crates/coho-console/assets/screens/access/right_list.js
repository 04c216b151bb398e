// Rights, or who is trusted, as a short list of a row: the first ones, and how many more there are.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Untrusted } from '../../components/index.js';

/** Those of a row that are shown; the dialog has all. */
const SHOWN = 3;

/** See the module comment. */
export function Rights({ rights }) {
  const rest = rights.length - SHOWN;
  return html`<ul class="right-list">${rights.slice(0, SHOWN).map((right, at) => html`<li key=${at}><code class="break"><${Untrusted} text=${right} /></code></li>`)}
    ${rest > 0 && html`<li class="muted small" title=${rights.slice(SHOWN).join(', ')}>${t('access.more_rights', { n: rest })}</li>`}</ul>`;
}
