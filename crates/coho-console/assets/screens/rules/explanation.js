// What `explain` says: the decision, the way to it, the request to the origin, and what the origin said.

import { html } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { formatBitRate, formatBytes, formatDuration, formatNumber } from '../../format.js';
import { Badge, Details, Icon, KeyValues, Notice } from '../../components/index.js';
import { reasonAdvice, reasonText } from '../mirror/reasons.js';

const TONES = { serve: 'good', mirror: 'info', redirect: 'accent', list: '', look_up: 'warn', error: 'bad' };
const STEP_ICONS = { rule_passed_by: 'minus', rule_matched: 'check', step: 'info' };

/** `data`: an Explanation. */
export function Explanation({ data, anonymous, ofDraft, outdated, onJump }) {
  const { decision } = data;
  const doubt = doubtOf(data);
  return html`<div class="stack explanation">
    ${outdated && html`<${Notice} tone="warn">${t('rules.test.outdated')}<//>`}
    <div class="decision"><div class="row"><${Badge} tone=${TONES[decision.kind]}>${t(`rules.decision.${decision.kind}`)}<//>${decision.status !== undefined && !doubt && html`<strong class="number">${decision.status}</strong>`}
      ${decision.rule ? html`<button type="button" class="link" onClick=${() => onJump({ rule: decision.rule, element: null })}>${t('rules.rule', { n: decision.rule })}</button>` : ''}
      <span class="muted small">${t(ofDraft ? 'rules.test.of_draft' : 'rules.test.of_stored')}</span></div>
      <p class="break">${decisionText(decision)}</p>
      ${doubt && html`<p class="rule-warning"><${Icon} name="warn" /> ${doubt}</p>`}
      ${anonymous && decision.status === 403 && html`<p class="small">${t('rules.test.private')}</p>`}</div>
    <${Trace} events=${data.events} onJump=${onJump} />
    ${decision.kind === 'mirror' && html`<${Fetch} fetch=${decision} />`}
    ${data.probe && html`<${Probe} probe=${data.probe} />`}
    ${data.object && html`<${StoredObject} object=${data.object} />`}
    ${decision.kind === 'mirror' && html`<${Limits} limits=${data.limits} />`}</div>`;
}

/** What the origin's answer to the probe says against the fetch; null if nothing. Another origin of the rule may have the object. */
function doubtOf({ decision, probe }) {
  if (decision.kind !== 'mirror' || !probe || decision.other_urls.length > 0) return null;
  if (probe.error !== undefined) return t('rules.probe.against_error');
  return probe.status >= 400 ? t('rules.probe.against', { status: String(probe.status) }) : null;
}

/** One line for each step. A rule that is passed by says which element did not hold. */
function Trace({ events, onJump }) {
  return html`<div><h3>${t('rules.trace.title')}</h3><ol class="trace">${events.filter(({ kind }) => kind !== 'decided').map((event, index) => html`<li key=${index} class=${`trace-step ${event.kind}`}>
      <${Icon} name=${STEP_ICONS[event.kind] ?? 'right'} size=${0.95} /><div class="grow break">${step(event, onJump)}</div></li>`)}</ol></div>`;
}

function step(event, onJump) {
  const rule = (number, elementName) => html`<button type="button" class="link" onClick=${() => onJump({ rule: number, element: elementName })}>${t('rules.rule', { n: number })}</button>`;
  if (event.kind === 'rule_matched') return html`${rule(event.rule, null)} <strong>${t('rules.trace.matches')}</strong>`;
  if (event.kind === 'rule_passed_by') {
    const why = event.is_not_executed ? html`<span>${t('rules.trace.not_executed')} <code>${visible(event.element)}</code></span>`
      : html`<span><code>${visible(event.element)}</code>: ${mismatchText(event)}</span>`;
    return html`${rule(event.rule, event.element)} <span class="muted">${t('rules.trace.passed_by')}</span> ${why}`;
  }
  if (event.kind === 'entry') return event.key === null ? t('rules.trace.root') : html`${t(event.is_index ? 'rules.trace.index' : 'rules.trace.key')} <code>${visible(event.key)}</code>`;
  if (event.kind === 'observed') return t('rules.trace.observed', { status: String(event.status) });
  if (event.kind === 'no_rule_matches') return t('rules.trace.no_rule');
  if (event.kind === 'step') return html`<code>${visible(event.element)}</code>: ${hasText(`rules.trace.step.${event.reason}`) ? t(`rules.trace.step.${event.reason}`) : visible(event.outcome)}`;
  return visible(event.text);
}

/** What a header has to be, as a sentence for each test; without tests it has to be there. */
function headerText({ name, ...tests }) {
  const parts = ['equals', 'starts_with', 'ends_with'].filter((test) => tests[test] !== null).map((test) => t(`rules.trace.test.${test}`, { text: visible(tests[test]) }));
  return parts.length === 0 ? t('rules.trace.test.present', { name: visible(name) }) : `${visible(name)} ${parts.join(t('rules.trace.test.and'))}`;
}

/** Why a rule does not apply, in the reader's language. */
function mismatchText({ reason, header, expected, actual }) {
  const values = { expected: visible(expected), actual: visible(actual) };
  if (header) Object.assign(values, { expected: headerText(header) });
  const key = `rules.trace.why.${reason}`;
  return t(hasText(key) ? key : 'rules.trace.expected', values);
}

/** The decision in the reader's language. */
function decisionText({ kind, text, ...values }) {
  const key = `rules.decided.${kind}`;
  return hasText(key) ? t(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? visible(value) : value]))) : visible(text);
}

const code = (text) => html`<code class="break">${visible(text)}</code>`;

function Fetch({ fetch }) {
  return html`<div><h3>${t('rules.fetch.title')}</h3><${KeyValues} items=${[
    [t('rules.fetch.url'), code(fetch.url)],
    fetch.other_urls.length > 0 && [t('rules.fetch.others'), html`<ul class="plain">${fetch.other_urls.map((url) => html`<li key=${url}>${code(url)}</li>`)}</ul>`],
    [t('rules.fetch.key'), code(fetch.key)],
    [t('rules.fetch.tag'), code(fetch.tag)],
    fetch.headers.length > 0 && [t('rules.fetch.headers'), html`<ul class="plain">${fetch.headers.map(({ name, value }, index) => html`<li key=${index}>${code(`${name}: ${value}`)}</li>`)}</ul>`],
  ]} /></div>`;
}

function Probe({ probe }) {
  if (probe.error !== undefined) return html`<div><h3>${t('rules.probe.title')}</h3><${Notice} tone="bad" title=${probe.reason ? reasonText(probe.reason) : t('rules.probe.failed')}>
      ${probe.reason && html`<p>${reasonAdvice(probe.reason)}</p>`}<p class="small break" lang="en">${visible(probe.error)}</p><//></div>`;
  const said = (value) => (value === null ? t('rules.probe.not_said') : code(value));
  const good = probe.status >= 200 && probe.status < 300;
  return html`<div><h3>${t('rules.probe.title')}</h3><${KeyValues} items=${[
    [t('rules.probe.status'), html`<span class="row"><${Badge} tone=${good ? 'good' : 'warn'}>${probe.method} ${probe.status}<//></span>`],
    [t('rules.probe.time'), formatDuration(probe.latency_ms / 1000)],
    [t('rules.probe.address'), said(probe.address)],
    [t('rules.probe.length'), probe.length_bytes === null ? t('rules.probe.not_said') : formatBytes(probe.length_bytes)],
    ['ETag', said(probe.etag)],
    ['Last-Modified', said(probe.last_modified)],
  ]} /></div>`;
}

function StoredObject({ object }) {
  return html`<div><h3>${t('rules.object.title')}</h3><${KeyValues} items=${[
    [t('rules.object.size'), formatBytes(object.size_bytes)],
    ['ETag', code(object.etag)],
    object.mirrored_from && [t('rules.object.from'), code(object.mirrored_from)],
    object.fetched && [t('rules.object.rule'), t('rules.rule', { n: object.fetched.rule })],
  ]} /></div>`;
}

function Limits({ limits }) {
  const none = t('rules.limits.none');
  return html`<${Details} summary=${t('rules.explain.limits')}><${KeyValues} items=${[
    [t('rules.limits.qps'), limits.qps === null ? none : formatNumber(limits.qps)],
    [t('rules.limits.bandwidth'), limits.bandwidth_bytes_per_second === null ? none : formatBitRate(limits.bandwidth_bytes_per_second)],
    [t('rules.limits.connect_timeout_ms'), formatDuration(limits.connect_timeout_ms / 1000)],
    [t('rules.limits.first_byte_timeout_ms'), formatDuration(limits.first_byte_timeout_ms / 1000)],
    [t('rules.limits.idle_timeout_ms'), formatDuration(limits.idle_timeout_ms / 1000)],
    [t('rules.explain.total'), formatDuration(limits.total_timeout_ms / 1000)],
    [t('rules.explain.object'), formatBytes(limits.max_object_bytes)],
    [t('rules.explain.fetches'), formatNumber(limits.max_fetches)],
    [t('rules.limits.trust_close'), t(limits.trust_close ? 'rules.yes' : 'rules.no')],
  ]} /><//>`;
}
