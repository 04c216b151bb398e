import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Page } from '../../components/index.js';

/** Settings. */
export default function Screen() {
  return html`<${Page} title=${t('settings.title')} />`;
}
