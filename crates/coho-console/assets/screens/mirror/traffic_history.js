// The last hour, day and 90 days, from the history of traffic, of one bucket or of all.
//   html`<${TrafficHistory} range=${name of RANGES} onRange=${set} bucket=${name} />`

import { html, useMemo } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { formatBytes, formatCompact, formatNumber, formatPercent } from '../../format.js';
import { Card, Loaded, Segmented, Stats } from '../../components/index.js';
import { Chart } from '../../components/chart.js';
import { columnsOf, RANGES } from './spans.js';
import './reasons.js';

/** A minute is written when it is over, so nothing is new before. */
const RELOAD_SECONDS = 60;

const CHARTS = [
  { name: 'answers', format: formatCompact, steps: 'whole', series: [
    ['hits', 1, true, (span) => span.hits], ['mirrored', 2, true, (span) => span.mirrored], ['others', 6, false, (span) => span.redirects + span.other_answers],
    ['client_errors', 5, false, (span) => span.client_errors], ['server_errors', 4, false, (span) => span.server_errors],
  ] },
  { name: 'origin', format: formatCompact, steps: 'whole', series: [['fetches', 2, true, (span) => span.fetches], ['fetch_failures', 4, false, (span) => span.fetch_failures]] },
  { name: 'bytes', format: formatBytes, steps: 'binary', series: [
    ['sent', 1, true, (span) => span.sent_bytes], ['origin_traffic', 2, true, (span) => span.origin_bytes], ['received', 3, false, (span) => span.received_bytes],
  ] },
];

function sums(total) {
  const reads = total.hits + total.mirrored;
  const answers = reads + total.redirects + total.other_answers + total.client_errors + total.server_errors;
  return [
    { label: t('mirror.traffic.answers'), value: formatNumber(answers), note: t('mirror.traffic.errors_of', { client: formatNumber(total.client_errors), server: formatNumber(total.server_errors) }) },
    { label: t('mirror.traffic.hit_ratio'), value: formatPercent(reads > 0 ? total.hits / reads : null), note: reads > 0 ? t('mirror.traffic.hits_of', { hits: formatNumber(total.hits), reads: formatNumber(reads) }) : t('mirror.traffic.no_reads_range') },
    { label: t('mirror.traffic.fetches'), value: formatNumber(total.fetches), note: t('mirror.traffic.failed_of', { n: formatNumber(total.fetch_failures) }) },
    { label: t('mirror.traffic.sent'), value: formatBytes(total.sent_bytes), note: t('mirror.traffic.from_origins', { bytes: formatBytes(total.origin_bytes) }) },
  ];
}

function HistoryChart({ chart, history, step }) {
  const { times, values } = useMemo(() => columnsOf(history, step, chart.series.map(([, , , read]) => read)), [history, step]);
  const series = chart.series.map(([name, color, fill], at) => ({ label: t(`mirror.series.${name}`), values: values[at], color, fill, format: chart.format }));
  return html`<${Chart} label=${t(`mirror.traffic.chart_${chart.name}`)} times=${times} series=${series} height=${180} steps=${chart.steps} />`;
}

/** See the module comment. Without `bucket`: all together. */
export function TrafficHistory({ range, onRange, bucket }) {
  const { seconds, rows, step } = RANGES[range];
  const path = bucket ? `/v1/buckets/${encodeURIComponent(bucket)}/history` : '/v1/history';
  const history = useResource(({ signal }) => api.get(path, { query: { last: seconds, step: rows }, signal }), [range, path], { everySeconds: RELOAD_SECONDS });
  const choices = Object.keys(RANGES).map((value) => ({ value, label: t(`mirror.range.${value}`) }));
  const actions = html`<${Segmented} label=${t('mirror.traffic.range')} hideLabel value=${range} options=${choices} onInput=${onRange} />`;
  return html`<${Card} title=${t('mirror.traffic.history')} sub=${t(`mirror.step.${range}`)} actions=${actions}><${Loaded} resource=${history} lines=${8}>${(data) => html`<div class="stack">
    <${Stats} items=${sums(data.total)} min="8rem" />
    <div class="grid history-charts">${CHARTS.map((chart) => html`<section key=${chart.name} class="stack-s"><h3>${t(`mirror.traffic.chart_${chart.name}`)}</h3>
      <${HistoryChart} chart=${chart} history=${data} step=${step} /></section>`)}</div></div>`}<//><//>`;
}
