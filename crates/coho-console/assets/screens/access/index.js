// Who may use the store: the access keys of clients, and the sessions of this console.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Page } from '../../components/index.js';
import { Keys } from './keys.js';
import { Sessions } from './sessions.js';

export const stylesheet = new URL('./access.css', import.meta.url).href;

/** The screen. */
export default function Screen() {
  return html`<${Page} title=${t('access.title')} sub=${t('access.sub')}><${Keys} /><${Sessions} /><//>`;
}
