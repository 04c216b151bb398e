// "How far are we?": what is known of a migration, in sentences, and what cannot be known.

import { html } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { href } from '../../router.js';
import { formatBytes, formatNumber, formatPercent } from '../../format.js';
import { Badge, Button, Card, Icon, Loaded, Progress, Stats, Time, Untrusted } from '../../components/index.js';
import { breakerText } from '../mirror/reasons.js';

/** The code of the answer, from what clients read: the one thing that tells how much the origin is still needed. */
export function answerOf({ rules, last_hour: hour, last_day: day }) {
  if (rules.length === 0) return 'no_rules';
  if (day.hits + day.mirrored === 0) return 'no_reads';
  if (day.mirrored === 0 && day.fetches === 0) return 'nothing_fetched';
  if (hour.hits + hour.mirrored === 0) return 'some_fetched_day';
  return hour.mirrored === 0 && hour.fetches === 0 ? 'nothing_fetched_hour' : 'some_fetched_hour';
}

const TONES = { no_rules: 'info', no_reads: 'info', nothing_fetched: 'good', nothing_fetched_hour: 'good' };

function Share({ label, share }) {
  const reads = share.hits + share.mirrored;
  const text = reads === 0 ? t('migration.share_none') : t('migration.share_text', { percent: formatPercent(share.hit_ratio), hits: formatNumber(share.hits), mirrored: formatNumber(share.mirrored) });
  return html`<div class="stack-s"><h4>${label}</h4>${reads === 0 ? html`<p class="muted">${text}</p>` : html`<${Progress} value=${share.hits} max=${reads} label=${label} text=${text} tone="good" />`}
    <p class="small muted">${t('migration.share_fetches', { fetches: formatNumber(share.fetches), failed: formatNumber(share.fetch_failures), bytes: formatBytes(share.origin_bytes) })}</p></div>`;
}

const BREAKER_TONES = { closed: 'good', open: 'bad', 'half-open': 'warn' };

function Rule({ rule }) {
  const stored = rule.outcomes.stored ?? 0;
  return html`<li class="from"><p class="row"><strong>${t('migration.rule_number', { rule: rule.rule })}</strong><span class="muted small">${t('migration.rule_stored', { n: stored })}</span></p>
    <ul class="from-origins">${rule.origins.map((one) => html`<li key=${one.origin} class="row"><span class="mono break"><${Untrusted} text=${one.origin} /></span>
      ${one.breaker ? html`<${Badge} dot tone=${BREAKER_TONES[one.breaker] ?? ''}>${breakerText(one.breaker)}<//>` : html`<${Badge}>${t('migration.origin_unused')}<//>`}
      ${one.last_success_at && html`<span class="small muted">${t('migration.last_success')} <${Time} value=${one.last_success_at} ago /></span>`}</li>`)}</ul></li>`;
}

function Unknown({ codes }) {
  const texts = codes.map((code) => (hasText(`migration.unknown.${code}`) ? t(`migration.unknown.${code}`) : code));
  return html`<section class="stack-s"><h3>${t('migration.not_known')}</h3><ul class="plain">${texts.map((text) => html`<li key=${text}><${Icon} name="help" size=${1} />${text}</li>`)}</ul></section>`;
}

function Known({ data }) {
  return html`<${Stats} min="9rem" items=${[
    { label: t('migration.stored'), value: formatNumber(data.stored_objects), note: formatBytes(data.stored_bytes) },
    { label: t('migration.from_origins'), value: formatNumber(data.mirrored_objects), note: formatBytes(data.mirrored_bytes) },
    { label: t('migration.by_clients'), value: formatNumber(data.written_objects), note: formatBytes(data.written_bytes) },
    { label: t('migration.mirrored'), value: formatNumber(data.stored_fetches), note: html`${t('migration.mirrored_note')} <${Time} value=${data.since} ago />` },
    { label: t('migration.failed_keys'), value: formatNumber(data.failed_keys), tone: data.failed_keys > 0 ? 'warn' : '', note: t('migration.failed_note') },
    { label: t('migration.absent_keys'), value: formatNumber(data.known_missing), note: t('migration.absent_note') },
  ]} />`;
}

/** The card; `resource` is that of `/mirror/progress`. */
export function ProgressCard({ bucket, resource }) {
  return html`<${Card} title=${t('migration.how_far')}><${Loaded} resource=${resource} lines=${6}>${(data) => {
    const answer = answerOf(data);
    const tone = TONES[answer] ?? 'info';
    const share = answer === 'some_fetched_day' ? data.last_day : data.last_hour;
    return html`<div class="stack">
      <p class=${`answer ${tone}`} role="status"><${Icon} name=${tone === 'good' ? 'good' : 'info'} size=${1.5} /><span>${t(`migration.answer.${answer}`, { percent: formatPercent(share.hit_ratio), fetched: formatPercent(share.hit_ratio === null ? null : 1 - share.hit_ratio) })}</span></p>
      ${answer === 'no_rules' && html`<p><${Button} variant="primary" href=${href(['buckets', bucket, 'rules'])}>${t('migration.add_rule')}<//></p>`}
      <${Known} data=${data} />
      <div class="grid shares"><section class="stack-s"><h3>${t('migration.reads')}</h3><${Share} label=${t('migration.last_hour')} share=${data.last_hour} /><${Share} label=${t('migration.last_day')} share=${data.last_day} /></section>
        ${data.rules.length > 0 && html`<section class="stack-s"><h3>${t('migration.from_where')}</h3><ul class="from-rules">${data.rules.map((rule) => html`<${Rule} key=${rule.rule} rule=${rule} />`)}</ul></section>`}
        <${Unknown} codes=${data.unknown} /></div></div>`;
  }}<//><//>`;
}
