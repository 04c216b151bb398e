import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { Page } from '../../components/index.js';

/** The back-to-origin of a bucket. */
export default function Screen({ route }) {
  const crumbs = [{ label: t('nav.buckets'), href: href(['buckets']) }, { label: route.bucket, href: href(['buckets', route.bucket]) }];
  return html`<${Page} title=${t('rules.title')} crumbs=${crumbs} />`;
}
