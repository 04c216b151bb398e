// The overview: what needs attention, what goes on now, what went on before.

import { html, useEffect, useRef } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { href, setQuery } from '../../router.js';
import { useResource } from '../../resource.js';
import { rates } from '../../events.js';
import { formatBytes, formatDuration, formatNumber, formatPercent } from '../../format.js';
import { Button, Card, Empty, KeyValues, Loaded, Notice, Page, Progress } from '../../components/index.js';
import { FillList, useFills } from '../mirror/fills.js';
import { OriginTable } from '../mirror/origins.js';
import { failuresOf, reasonText } from '../mirror/reasons.js';
import { useEventReload } from '../mirror/reload.js';
import { RANGES } from '../mirror/spans.js';
import { TrafficHistory } from '../mirror/traffic_history.js';
import { Attention } from './attention.js';
import { Live } from './live.js';

export const stylesheet = [new URL('./overview.css', import.meta.url).href, new URL('../mirror/mirror.css', import.meta.url).href];

/** Between events the state is read again, while the page is seen. */
const STATUS_SECONDS = 5;
const EVENTS = ['breaker_changed', 'limit_hit', 'fill_failed', 'persist_failed', 'configuration_changed'];

function Failures({ outcomes }) {
  const { failures, absent } = failuresOf(outcomes);
  const most = failures.length > 0 ? failures[0][1] : 1;
  if (failures.length === 0) {
    return html`<${Empty} icon="good" title=${t('overview.no_failures')}>${absent > 0 ? t('overview.absent', { n: absent }) : t('overview.no_failures_text')}<//>`;
  }
  return html`<ul class="reasons">${failures.map(([label, count]) => html`<li key=${label}><div class="row-between"><span class="break">${reasonText(label)}</span><strong class="number">${formatNumber(count)}</strong></div>
    <${Progress} value=${count} max=${most} label=${reasonText(label)} text="" tone="bad" /></li>`)}</ul>
    ${absent > 0 && html`<p class="small muted">${t('overview.absent', { n: absent })}</p>`}`;
}

function Server({ status }) {
  const { contents, disk } = status;
  const used = disk.total_bytes !== null && disk.free_bytes !== null ? 1 - disk.free_bytes / disk.total_bytes : null;
  const unpersisted = rates.value?.unpersisted ?? status.unpersisted;
  return html`<${KeyValues} items=${[
    [t('overview.stored'), contents ? t('overview.stored_text', { objects: t('overview.objects', { n: contents.objects }), bytes: formatBytes(contents.bytes), buckets: t('overview.buckets', { n: contents.buckets }) }) : t('state.unknown')],
    [t('overview.disk'), used === null ? t('state.unknown') : html`<${Progress} value=${used} label=${t('overview.disk')} tone=${used > 0.95 ? 'bad' : used > 0.85 ? 'warn' : ''}
      text=${t('overview.disk_text', { free: formatBytes(disk.free_bytes), total: formatBytes(disk.total_bytes), percent: formatPercent(used, 0) })} />`],
    [t('overview.unpersisted'), unpersisted === 0 ? t('state.none') : t('overview.unpersisted_text', { n: unpersisted })],
    [t('overview.since_start'), status.latency?.since_start ? t('overview.latency_text', latencyOf(status.latency.since_start)) : t('overview.no_answers')],
    [t('overview.uptime'), formatDuration(status.uptime_seconds)],
    [t('overview.version'), `${status.version} · ${status.region}`],
  ]} />`;
}

const latencyOf = (one) => Object.fromEntries(['p50', 'p95', 'p99'].map((name) => [name, formatDuration(one[`${name}_ms`] / 1000)]));

/** Fetches of all buckets, and the origins. */
function Fetches({ mirror, list }) {
  const total = rates.value?.in_flight ?? mirror.in_flight;
  return list.length === 0
    ? html`<${Empty} icon="migration" title=${t('overview.no_fetches')}>${t('overview.no_fetches_text')}<//>`
    : html`<${FillList} fills=${list} total=${total} showBucket />`;
}

/** A bucket that begins to fetch has limits that were not read yet. */
function LearnLimits({ mirror }) {
  const busy = rates.value?.buckets.filter((row) => row.fetches_per_second > 0 && mirror.data && !(row.bucket in mirror.data.buckets)) ?? [];
  const names = busy.map(({ bucket }) => bucket).join();
  useEffect(() => {
    if (names !== '') mirror.reload();
  }, [names]);
  return null;
}

/** Overview. */
export default function Screen({ route }) {
  const status = useResource(({ signal }) => api.get('/v1/status', { signal }), [], { everySeconds: STATUS_SECONDS });
  const { list, resource: mirror } = useFills();
  const origins = useRef(null);
  const reload = () => {
    status.reload();
    mirror.reload();
  };
  useEventReload(EVENTS, reload);
  const range = route.query.range in RANGES ? route.query.range : 'hour';
  const shown = ['requests', 'traffic', 'latency'].includes(route.query.live) ? route.query.live : 'requests';
  const showOrigins = () => {
    origins.current?.scrollIntoView();
    origins.current?.focus({ preventScroll: true });
  };
  return html`<${Page} title=${t('overview.title')}>
    <${Loaded} resource=${status} lines=${3}>${(data) => html`<${Attention} items=${data.attention} onMended=${reload} onOrigins=${showOrigins} />`}<//>
    ${status.data?.contents?.buckets === 0 && html`<${Notice} title=${t('overview.first')} actions=${html`<${Button} variant="primary" href=${href(['buckets'])}>${t('nav.buckets')}<//>`}>${t('overview.first_text')}<//>`}
    <${LearnLimits} mirror=${mirror} />
    <${Live} status=${mirror.data} shown=${shown} onShow=${(live) => setQuery({ live: live === 'requests' ? '' : live })} />
    <${TrafficHistory} range=${range} onRange=${(next) => setQuery({ range: next === 'hour' ? '' : next })} />
    <${Card} title=${t('overview.fetches_now')}><${Loaded} resource=${mirror}>${(data) => html`<${Fetches} mirror=${data} list=${list} />`}<//><//>
    <div class="grid overview-columns">
      <${Card} title=${t('overview.failures')} sub=${t('overview.failures_sub')}><${Loaded} resource=${status}>${(data) => html`<${Failures} outcomes=${data.mirror.outcomes} />`}<//><//>
      <${Card} title=${t('overview.server')}><${Loaded} resource=${status}>${(data) => html`<${Server} status=${data} />`}<//><//>
    </div>
    <div ref=${origins} tabindex="-1" class="anchor"><${Card} title=${t('overview.origins')} sub=${t('overview.origins_sub')} flush><${Loaded} resource=${mirror}>${(data) => html`<${OriginTable} origins=${data.origins} onReset=${reload}
      empty=${html`<${Empty} icon="server" title=${t('overview.no_origins')} actions=${html`<${Button} href=${href(['buckets'])}>${t('nav.buckets')}<//>`}>${t('overview.no_origins_text')}<//>`} />`}<//><//></div>
  <//>`;
}
