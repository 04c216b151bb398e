// What goes on now: figures and the last five minutes, from `rates` events.

import { html, useMemo } from '../../html.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { eventState, rateHistory, rates } from '../../events.js';
import { formatBitRate, formatDuration, formatNumber, formatPercent } from '../../format.js';
import { Badge, Card, Empty, Progress, Segmented, Skeleton, Stats, Table } from '../../components/index.js';
import { Chart } from '../../components/chart.js';
import '../mirror/reasons.js';

/** What the chart shows. */
const WINDOW_SECONDS = 300;
/** A longer time without a sample is a gap: nobody looked, or the stream was interrupted. */
const GAP_MS = 3500;

const perSecond = (value) => t('overview.per_second', { value: formatNumber(value, value < 10 ? 1 : 0) });
const milliseconds = (value) => formatDuration(value === null || value === undefined ? value : value / 1000);

/** Hits among the reads of objects; null without one. */
export function hitRatio({ hits_per_second: hits, mirrored_per_second: mirrored }) {
  return hits + mirrored > 0 ? hits / (hits + mirrored) : null;
}

function figures(now, status) {
  const { total, latency } = now;
  const ratio = hitRatio(total);
  const failed = now.server_error_per_second;
  return [
    { label: t('overview.requests'), value: perSecond(now.requests_per_second), note: t('overview.connections', { n: now.connections }) },
    { label: t('overview.hit_ratio'), value: formatPercent(ratio), note: ratio === null ? t('overview.no_reads') : t('overview.hit_ratio_note') },
    { label: t('overview.fetches'), value: perSecond(total.fetches_per_second), note: status ? t('overview.in_flight_of', { n: now.in_flight, limit: status.limits.fetches }) : t('overview.in_flight', { n: now.in_flight }) },
    { label: t('overview.origin_traffic'), value: formatBitRate(total.origin_bytes_per_second), note: t('overview.to_clients', { rate: formatBitRate(total.out_bytes_per_second) }) },
    { label: t('overview.errors'), value: perSecond(failed), tone: failed > 0 ? 'bad' : '', note: t('overview.client_errors', { rate: perSecond(now.client_error_per_second) }) },
    { label: t('overview.latency'), value: milliseconds(latency?.p50_ms), note: latency ? t('overview.latency_note', { p95: milliseconds(latency.p95_ms), p99: milliseconds(latency.p99_ms) }) : t('overview.no_answers') },
  ];
}

const SHOWN = {
  requests: [['requests', 1, true, (one) => one.requests_per_second], ['fetches', 2, true, (one) => one.total.fetches_per_second], ['errors', 4, false, (one) => one.server_error_per_second]],
  traffic: [['sent', 1, true, (one) => one.total.out_bytes_per_second], ['origin_traffic', 2, true, (one) => one.total.origin_bytes_per_second]],
  latency: [['p50', 1, false, (one) => one.latency?.p50_ms], ['p95', 5, false, (one) => one.latency?.p95_ms], ['p99', 4, false, (one) => one.latency?.p99_ms]],
};
const FORMATS = { requests: (value) => formatNumber(value, 1), traffic: formatBitRate, latency: milliseconds };

/** The samples as columns; where some are missing, the lines have a gap. */
function columns(samples, readers) {
  const times = [];
  const values = readers.map(() => []);
  let last = 0;
  for (const sample of samples) {
    if (last && sample.receivedAt - last > GAP_MS) {
      times.push((last + 1000) / 1000);
      values.forEach((list) => list.push(null));
    }
    last = sample.receivedAt;
    times.push(last / 1000);
    values.forEach((list, at) => list.push(readers[at](sample) ?? null));
  }
  return { times, values };
}

function LiveChart({ shown }) {
  const samples = rateHistory.value;
  const newest = samples.length > 0 ? samples[samples.length - 1].receivedAt / 1000 : 0;
  const { times, values } = useMemo(() => {
    const wanted = samples.filter(({ receivedAt }) => receivedAt / 1000 > newest - WINDOW_SECONDS);
    return columns(wanted, SHOWN[shown].map(([, , , read]) => read));
  }, [samples, shown]);
  const series = SHOWN[shown].map(([name, color, fill], at) => ({ label: t(`mirror.series.${name}`), values: values[at], color, fill, format: FORMATS[shown] }));
  return html`<${Chart} label=${t(`overview.live_${shown}`)} times=${times} series=${series} from=${newest - WINDOW_SECONDS} to=${newest} />`;
}

/** A bar with what is used of a limit; without a limit, the figure alone. */
function Used({ value, limit, format, label }) {
  const text = limit === undefined ? format(value) : limit === null ? t('overview.unlimited', { value: format(value) }) : t('overview.of_limit', { value: format(value), limit: format(limit) });
  const ratio = limit ? value / limit : 0;
  if (!limit) return html`<span class="used number small">${text}</span>`;
  return html`<span class="used"><${Progress} value=${value} max=${limit} label=${label} text=${text} tone=${ratio >= 0.95 ? 'bad' : ratio >= 0.8 ? 'warn' : ''} /></span>`;
}

function Buckets({ now, status }) {
  const limits = (row) => status?.buckets[row.bucket]?.effective;
  const list = [
    { id: 'bucket', label: t('nav.bucket'), lead: true, sort: (row) => row.bucket, cell: (row) => html`<a class="break" href=${href(['buckets', row.bucket, 'migration'])}>${row.bucket}</a>` },
    { id: 'requests', label: t('overview.requests'), end: true, sort: requestsOf, cell: (row) => perSecond(requestsOf(row)) },
    { id: 'hits', label: t('overview.hit_ratio'), end: true, sort: hitRatio, cell: (row) => formatPercent(hitRatio(row)) },
    { id: 'fetches', label: t('overview.fetches'), cell: (row) => html`<${Used} value=${row.fetches_per_second} limit=${limits(row)?.qps} format=${perSecond} label=${t('overview.fetches_of', { bucket: row.bucket })} />` },
    { id: 'traffic', label: t('overview.origin_traffic'), cell: (row) => html`<${Used} value=${row.origin_bytes_per_second} limit=${limits(row)?.bandwidth_bytes_per_second} format=${formatBitRate} label=${t('overview.traffic_of', { bucket: row.bucket })} />` },
  ];
  return html`<${Table} caption=${t('overview.busiest')} rows=${now.buckets} rowKey=${(row) => row.bucket} columns=${list}
    empty=${html`<${Empty} icon="bucket" title=${t('overview.no_traffic')}>${t('overview.no_traffic_text')}<//>`} />`;
}

const requestsOf = (row) => row.hits_per_second + row.mirrored_per_second + row.redirects_per_second + row.other_answers_per_second + row.client_errors_per_second + row.server_errors_per_second;

/** Figures, chart and busiest buckets. `shown` chooses the chart. */
export function Live({ status, shown, onShow }) {
  const now = rates.value;
  const state = eventState.value;
  if (!now) return html`<${Card} title=${t('overview.now')}>${state === 'retrying' ? html`<${Empty} icon="offline" title=${t('overview.no_stream')}>${t('live.retrying_help')}<//>` : html`<${Skeleton} lines=${5} />`}<//>`;
  const stale = state !== 'open';
  const choices = Object.keys(SHOWN).map((value) => ({ value, label: t(`overview.live_${value}`) }));
  return html`<section class="stack" aria-label=${t('overview.now')}>
    ${stale && html`<p class="row"><${Badge} tone="warn" dot>${t(`live.${state}`)}<//><span class="muted">${t('overview.stale')}</span></p>`}
    <div class="live-figures"><${Stats} items=${figures(now, status)} /></div>
    <${Card} title=${t('overview.last_minutes')} actions=${html`<${Segmented} label=${t('overview.chart_shows')} hideLabel value=${shown} options=${choices} onInput=${onShow} />`}><${LiveChart} shown=${shown} /><//>
    <${Card} title=${t('overview.busiest')} sub=${t('overview.busiest_sub')} flush><${Buckets} now=${now} status=${status} /><//>
  </section>`;
}
