// What an operator should look at, as the server says it, with the place where it is mended.

import { html } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { href } from '../../router.js';
import { formatNumber, formatTime } from '../../format.js';
import { Badge, Button, Card, Icon, Untrusted } from '../../components/index.js';
import { reasonAdvice, reasonText } from '../mirror/reasons.js';
import { ResetButton } from '../mirror/origins.js';

/** Kinds whose sentence of the server holds what no text of this page can: the last error. */
const WITH_CAUSE = new Set(['breaker_open', 'origin_failing']);

const TONES = { critical: 'bad', warning: 'warn' };

/** Where an item is mended: `{ href, text }`, or `{ onClick, text }` for what this screen shows. */
function placeOf({ kind, bucket }, onOrigins) {
  switch (kind) {
    case 'breaker_open':
    case 'origin_failing':
      return { onClick: onOrigins, text: t('overview.go_origins') };
    case 'limit_hit':
      return bucket ? { href: href(['buckets', bucket, 'rules'], { tab: 'limits' }), text: t('overview.go_limits') } : null;
    default:
      if (bucket) return { href: href(['buckets', bucket, 'migration']), text: t('overview.go_migration') };
      return { href: href(['settings']), text: t('overview.go_settings') };
  }
}

/** The words for a kind that this page knows; else the server's own sentence. */
function wordsOf(item) {
  const key = `overview.kind.${item.kind}`;
  if (!hasText(key)) return { title: item.text, advice: '' };
  const limit = item.kind === 'limit_hit' && item.subject ? item.subject : '';
  const subject = limit ? reasonText(limit) : item.kind === 'shortage' && hasText(`overview.resource.${item.subject}`) ? t(`overview.resource.${item.subject}`) : item.subject ?? '';
  return {
    title: t(key, { n: item.count ?? 0, count: formatNumber(item.count ?? null), subject }),
    advice: limit ? reasonAdvice(limit) : t(`overview.advice.${item.kind}`),
  };
}

function Item({ item, onMended, onOrigins }) {
  const { title, advice } = wordsOf(item);
  const tone = TONES[item.severity] ?? 'warn';
  const place = placeOf(item, onOrigins);
  return html`<li class=${`attention ${tone}`}>
    <${Icon} name=${tone} />
    <div class="grow stack-s">
      <p class="row"><strong class="break">${title}</strong><${Badge} tone=${tone}>${t(`overview.severity.${tone}`)}<//></p>
      ${(item.bucket || item.origin) && html`<p class="row small">${item.bucket && html`<span>${t('overview.of_bucket')} <a class="break" href=${href(['buckets', item.bucket])}>${item.bucket}</a></span>`}
        ${item.origin && html`<span class="break">${t('overview.of_origin')} <code><${Untrusted} text=${item.origin} /></code></span>`}</p>`}
      ${WITH_CAUSE.has(item.kind) && html`<p class="small break" lang="en"><${Untrusted} text=${item.text} /></p>`}
      <p class="small muted break">${advice}${item.since && html` · ${t('overview.since', { time: formatTime(item.since) })}`}</p>
    </div>
    <div class="row attention-actions">${item.kind === 'breaker_open' && item.origin && html`<${ResetButton} origin=${item.origin} onReset=${onMended} />`}
      ${place && html`<${Button} size="small" href=${place.href} onClick=${place.onClick}>${place.text}<//>`}</div>
  </li>`;
}

/** The list, or that there is nothing to do. `items` of `/v1/status`, most severe first. */
export function Attention({ items, onMended, onOrigins }) {
  const worst = items.some(({ severity }) => severity === 'critical') ? 'bad' : items.length > 0 ? 'warn' : 'good';
  const said = items.length === 0 ? t('overview.calm') : t('overview.attention_count', { n: items.length });
  return html`<${Card} class=${`attention-card ${worst}`} title=${t('overview.attention')} sub=${items.length > 0 ? said : undefined} flush=${items.length > 0}>
    <p class="visually-hidden" role="status">${said}</p>
    ${items.length === 0
      ? html`<div class="calm"><${Icon} name="good" size=${1.75} /><div><p class="calm-title">${t('overview.calm')}</p><p class="muted">${t('overview.calm_text')}</p></div></div>`
      : html`<ul class="attentions">${items.map((item) => html`<${Item} key=${[item.kind, item.bucket, item.origin, item.subject].join('\n')} item=${item} onMended=${onMended} onOrigins=${onOrigins} />`)}</ul>`}
  <//>`;
}
