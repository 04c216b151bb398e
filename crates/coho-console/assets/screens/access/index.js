import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Page } from '../../components/index.js';

/** Access. */
export default function Screen() {
  return html`<${Page} title=${t('access.title')} />`;
}
