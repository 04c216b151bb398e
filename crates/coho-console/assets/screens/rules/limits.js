// Limits of the fetches of a bucket and of single rules, beside what is used now.

import { html, useMemo, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { formatBitRate, formatDuration, formatNumber } from '../../format.js';
import { Button, Card, Checkbox, Empty, ErrorBox, Form, Loaded, NumberField, Progress, Select, Stats, Table, toast } from '../../components/index.js';
import { useLeaveGuard } from '../../router.js';
import { numberOf, rulesOf } from './rules_of.js';
import { actionText } from './summary.js';

const BYTES_PER_MBIT = 125_000;
const USED_EVERY_SECONDS = 5;
const TIMES = ['connect_timeout_ms', 'first_byte_timeout_ms', 'idle_timeout_ms', 'missing_seconds'];
const UNITS = { qps: '/s', bandwidth_bytes_per_second: 'Mbit/s', connect_timeout_ms: 'ms', first_byte_timeout_ms: 'ms', idle_timeout_ms: 'ms', missing_seconds: 's' };

const mirrorPath = (bucket) => `/v1/buckets/${encodeURIComponent(bucket)}/mirror`;

/** The fetches that run, and what the bucket and its rules use. */
async function readUse(bucket, signal) {
  const [{ fills, limits }, { used }] = await Promise.all([api.get('/v1/mirror/status', { signal }), api.get(mirrorPath(bucket), { signal })]);
  return { fills, limits, used };
}

/** Settings and use. */
export function Limits({ draft }) {
  const { bucket } = draft;
  const settings = useResource(({ signal }) => api.get(mirrorPath(bucket), { signal }), [bucket]);
  const used = useResource(({ signal }) => readUse(bucket, signal), [bucket], { everySeconds: USED_EVERY_SECONDS });
  return html`<div class="stack"><${Used} bucket=${bucket} used=${used} settings=${settings.data} />
    <${Loaded} resource=${settings} lines=${8}>${(data) => html`<${LimitForm} key=${JSON.stringify({ ...data, used: null })} draft=${draft} stored=${data} used=${used.data} onSaved=${settings.setData} />`}<//></div>`;
}

/** Fetches of the bucket that run now: their number, for all rules and for each. */
function fillsOf(used, bucket) {
  const fills = used?.fills.filter((one) => one.bucket === bucket) ?? [];
  const byRule = new Map();
  for (const { rule } of fills) byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
  return { n: fills.length, byRule };
}

/** A part of a limit, with a bar if there is a limit. */
function Share({ label, value, limit, write }) {
  const text = limit === null ? write(value) : `${write(value)} ${t('rules.limits.of', { limit: write(limit) })}`;
  return limit === null ? html`<span class="number">${text}</span>` : html`<${Progress} label=${label} value=${Math.min(value, limit)} max=${limit} text=${text} tone=${value >= limit ? 'warn' : ''} />`;
}

function Used({ bucket, used, settings }) {
  const of = (limit, write) => (limit === null || limit === undefined ? t('rules.limits.not_limited') : t('rules.limits.of', { limit: write(limit) }));
  return html`<${Loaded} resource=${used} lines=${2}>${(data) => html`<${Stats} items=${[
      { label: t('rules.limits.used_qps'), value: formatNumber(data.used.fetches_per_second, 1), note: of(settings?.effective.qps, formatNumber) },
      { label: t('rules.limits.used_bandwidth'), value: formatBitRate(data.used.bytes_per_second), note: of(settings?.effective.bandwidth_bytes_per_second, formatBitRate) },
      { label: t('rules.limits.running'), value: formatNumber(fillsOf(data, bucket).n), note: t('rules.limits.running_note', { max: data.limits.fetches }) },
    ]} />`}<//>`;
}

const modeOf = (setting) => (typeof setting === 'number' ? 'own' : setting);
const toShown = (name, value) => (name === 'bandwidth_bytes_per_second' ? value / BYTES_PER_MBIT : value);
const toSent = (name, value) => (name === 'bandwidth_bytes_per_second' ? Math.round(value * BYTES_PER_MBIT) : value);

/** The form's state of one setting. */
const read = (name, setting) => ({ mode: modeOf(setting), value: typeof setting === 'number' ? toShown(name, setting) : null });

function send(name, { mode, value }) {
  return mode === 'own' ? toSent(name, value) : mode;
}

const isGood = (name, { mode, value }) => mode !== 'own' || (value !== null && Number.isFinite(value) && toSent(name, value) >= (TIMES.slice(0, 3).includes(name) || !TIMES.includes(name) ? 1 : 0)
  && (name === 'bandwidth_bytes_per_second' || Number.isInteger(value)));

function LimitForm({ draft, stored, used, onSaved }) {
  const numbers = useMemo(() => [...new Set([...rulesOf(draft.tree.value).map(numberOf).filter((n) => n > 0), ...Object.keys(stored.rules).map(Number)])].sort((a, b) => a - b), [draft.tree.value]);
  const ofRule = (n) => stored.rules[n] ?? { qps: 'default', bandwidth_bytes_per_second: 'default' };
  const [state, setState] = useState(() => ({
    ...Object.fromEntries(['qps', 'bandwidth_bytes_per_second', ...TIMES].map((name) => [name, read(name, stored[name])])),
    hide_origin: stored.hide_origin, trust_close: stored.trust_close, encrypt: stored.encrypt,
  }));
  const [rules, setRules] = useState({});
  const ruleState = (n, name) => rules[n]?.[name] ?? read(name, ofRule(n)[name]);
  const change = difference(state, stored, rules, ofRule);
  const dirty = Object.keys(change).length > 0;
  useLeaveGuard(dirty);
  const good = ['qps', 'bandwidth_bytes_per_second', ...TIMES].every((name) => isGood(name, state[name]))
    && Object.values(rules).every((one) => Object.entries(one).every(([name, setting]) => isGood(name, setting)));
  const save = useAction(async () => {
    const data = await api.patch(mirrorPath(draft.bucket), { body: change });
    toast.good(t('rules.limits.saved'));
    onSaved(data ?? await api.get(mirrorPath(draft.bucket)));
  });
  const set = (name) => (value) => setState({ ...state, [name]: value });
  const setting = (name) => html`<${Setting} key=${name} name=${name} label=${t(`rules.limits.${LABELS[name] ?? name}`)} help=${t(`rules.limits.${LABELS[name] ?? name}_help`)} effective=${stored.effective[name]} isDefault=${stored[name] === 'default'}
    value=${state[name]} onInput=${set(name)} canBeNone=${!TIMES.includes(name)} />`;
  const fills = fillsOf(used, draft.bucket);
  return html`<${Form} onSubmit=${() => dirty && good && save.run()} class="stack">
    <div class="grid limit-grid"><${Card} title=${t('rules.limits.bucket')} sub=${t('rules.limits.bucket_sub')}><div class="stack">${setting('qps')}${setting('bandwidth_bytes_per_second')}</div><//>
      <${Card} title=${t('rules.limits.times')} sub=${t('rules.limits.times_sub')}><div class="stack">${TIMES.map(setting)}</div><//>
      <${Card} title=${t('rules.limits.other')}><div class="stack"><${Checkbox} label=${t('rules.limits.hide_origin')} help=${t('rules.limits.hide_origin_help')} checked=${state.hide_origin} onInput=${set('hide_origin')} />
        <${Checkbox} label=${t('rules.limits.trust_close')} help=${t('rules.limits.trust_close_help')} checked=${state.trust_close} onInput=${set('trust_close')} />
        <${Checkbox} label=${t('rules.limits.encrypt')} help=${t('rules.limits.encrypt_help')} checked=${state.encrypt} onInput=${set('encrypt')} /></div><//></div>
    <${RuleLimits} draft=${draft} numbers=${numbers} fills=${fills} used=${used?.used.rules ?? {}} stored=${stored.rules} ruleState=${ruleState} onInput=${(n, name, value) => setRules({ ...rules, [n]: { ...rules[n], [name]: value } })} />
    <${ErrorBox} error=${save.error} area="rules" />
    <div class="row"><${Button} type="submit" variant="primary" busy=${save.busy} disabled=${!dirty || !good} disabledReason=${t(dirty ? 'rules.limits.bad' : 'rules.save.nothing')}>${t('rules.limits.save')}<//>
      ${dirty && !good && html`<span class="field-error">${t('rules.limits.bad')}</span>`}<span class="muted small">${t('rules.limits.at_once')}</span></div><//>`;
}

const LABELS = { bandwidth_bytes_per_second: 'bandwidth' };

/** Only what differs is sent. */
function difference(state, stored, rules, ofRule) {
  const change = {};
  for (const name of ['qps', 'bandwidth_bytes_per_second', ...TIMES]) if (send(name, state[name]) !== stored[name]) change[name] = send(name, state[name]);
  for (const name of ['hide_origin', 'trust_close', 'encrypt']) if (state[name] !== stored[name]) change[name] = state[name];
  const changed = {};
  for (const [n, settings] of Object.entries(rules)) {
    const own = Object.entries(settings).filter(([name, setting]) => send(name, setting) !== ofRule(n)[name]).map(([name, setting]) => [name, send(name, setting)]);
    if (own.length > 0) changed[n] = Object.fromEntries(own);
  }
  return Object.keys(changed).length > 0 ? { ...change, rules: changed } : change;
}

function writeEffective(name, value) {
  if (value === null || value === undefined) return t('rules.limits.none');
  if (name === 'bandwidth_bytes_per_second') return formatBitRate(value);
  if (name === 'qps') return t('rules.limits.per_second', { n: value });
  if (name === 'missing_seconds' && value === 0) return t('rules.limits.off');
  return formatDuration(name.endsWith('_ms') ? value / 1000 : value);
}

function Setting({ name, label, help, effective, isDefault = false, value, onInput, canBeNone, ofRule = false, hideLabel = false }) {
  const options = [
    { value: 'default', label: ofRule ? t('rules.limits.no_own') : isDefault ? t('rules.limits.default_is', { value: writeEffective(name, effective) }) : t('rules.limits.default') },
    canBeNone && !ofRule && { value: 'none', label: t('rules.limits.none') },
    { value: 'own', label: t('rules.limits.own') },
  ].filter(Boolean);
  const bad = !isGood(name, value);
  return html`<div class="limit-setting"><${Select} label=${label} help=${help} hideLabel=${hideLabel} options=${value.mode === 'none' && ofRule ? [...options, { value: 'none', label: t('rules.limits.none') }] : options} value=${value.mode}
      onInput=${(mode) => onInput({ mode, value: mode === 'own' ? value.value ?? toShown(name, effective ?? 1) : null })} />
    ${value.mode === 'own' && html`<${NumberField} hideLabel label=${t('rules.limits.own_of', { name: label, unit: UNITS[name] })} suffix=${UNITS[name]} min="0" step="any" value=${value.value}
      error=${bad ? t('rules.limits.bad') : ''} onInput=${(number) => onInput({ mode: 'own', value: number })} />`}</div>`;
}

function RuleLimits({ draft, numbers, fills, used, stored, ruleState, onInput }) {
  const rules = rulesOf(draft.tree.value);
  const what = (n) => {
    const rule = rules.find((one) => numberOf(one) === n);
    return rule ? actionText(rule) : t('rules.limits.no_rule');
  };
  const cell = (name) => (n) => html`<${Setting} ofRule hideLabel name=${name} label=${t('rules.limits.of_rule', { name: t(`rules.limits.${LABELS[name] ?? name}`), n })} value=${ruleState(n, name)} onInput=${(value) => onInput(n, name, value)} canBeNone />`;
  /** What the rule uses of its own limit, as it is stored. */
  const now = (n, name, part, write) => {
    const limit = stored[n]?.[name];
    return html`<${Share} label=${t('rules.limits.of_rule', { name: t(`rules.limits.used_${LABELS[name] ?? name}`), n })} value=${used[n]?.[part] ?? 0} limit=${typeof limit === 'number' ? limit : null} write=${write} />`;
  };
  const columns = [
    { id: 'rule', label: t('rules.limits.rule'), lead: true, cell: (n) => html`<span class="break"><strong class="number">${n}</strong> <span class="muted">${what(n)}</span></span>` },
    { id: 'qps', label: t('rules.limits.qps'), cell: cell('qps') },
    { id: 'bandwidth', label: t('rules.limits.bandwidth'), cell: cell('bandwidth_bytes_per_second') },
    { id: 'used_qps', label: t('rules.limits.used_qps'), cell: (n) => now(n, 'qps', 'fetches_per_second', (value) => formatNumber(value, 1)) },
    { id: 'used_bandwidth', label: t('rules.limits.used_bandwidth'), cell: (n) => now(n, 'bandwidth_bytes_per_second', 'bytes_per_second', formatBitRate) },
    { id: 'running', label: t('rules.limits.running'), end: true, cell: (n) => formatNumber(fills.byRule.get(n) ?? 0) },
  ];
  return html`<${Card} title=${t('rules.limits.rules')} sub=${t('rules.limits.rules_sub')} flush><${Table} caption=${t('rules.limits.rules')} rows=${numbers} rowKey=${(n) => n} columns=${columns}
    empty=${html`<${Empty} icon="rules" title=${t('rules.list.empty')} />`} /><//>`;
}
