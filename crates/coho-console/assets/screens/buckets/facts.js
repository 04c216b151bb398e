// What is said of a bucket in several places.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Badge } from '../../components/index.js';

const ACL_TONES = { private: '', 'public-read': 'info', 'public-read-write': 'warn' };

export const AclBadge = ({ acl }) => html`<${Badge} tone=${ACL_TONES[acl] ?? ''} icon=${acl === 'private' ? 'lock' : 'eye'}>${t(`buckets.acl.${acl}`)}<//>`;

/** How many rules a website configuration has; it may be null. */
export const ruleCount = (website) => (website ? website.mirror_rules + website.redirect_rules + website.other_rules : 0);

/** The rules by their type: `2 mirror, 1 redirect`. */
export function ruleText(website) {
  if (ruleCount(website) === 0) return t('state.none');
  const kinds = [['mirror', website.mirror_rules], ['redirect', website.redirect_rules], ['other', website.other_rules]];
  return kinds.filter(([, n]) => n > 0).map(([kind, n]) => t(`buckets.rules.${kind}`, { n })).join(t('buckets.rules.and'));
}

export const RuleCounts = ({ website }) => html`<span class=${ruleCount(website) === 0 ? 'muted' : ''}>${ruleText(website)}</span>`;
