import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Page } from '../../components/index.js';

/** Buckets. */
export default function Screen({ route }) {
  return html`<${Page} title=${route.bucket ?? t('buckets.title')} />`;
}
