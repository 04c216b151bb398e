// Fetches in flight, live.
//   const { list, total, resource } = useFills(bucket)       bucket undefined: all
//   html`<${FillList} fills=${list} total=${total} showBucket />`

import { html, useEffect, useRef } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { adoptFills, eventState, fills, gaps } from '../../events.js';
import { useResource } from '../../resource.js';
import { href } from '../../router.js';
import { formatBytes, formatByteRate, formatDuration, formatPercent } from '../../format.js';
import { Progress, Untrusted, visible } from '../../components/index.js';
import './reasons.js';

/** Most fetches that are shown; the oldest are. */
const MAX_SHOWN = 50;
/** The stream does not tell the origin of a new fetch: it is read with the list, at most this often. */
const LEARN_EVERY_MS = 2000;

/** The running fetches, oldest first, and the state of the mirror. It is read again when events may have been missed. */
export function useFills(bucket) {
  const resource = useResource(async ({ signal }) => {
    const askedAt = Date.now();
    const status = await api.get('/v1/mirror/status', { signal });
    adoptFills(status.fills, askedAt);
    return status;
  }, []);
  const gap = gaps.value;
  const open = eventState.value === 'open';
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && open) resource.reload();
    first.current = false;
  }, [gap, open]);
  const list = [...fills.value.values()].filter((fill) => bucket === undefined || fill.bucket === bucket).sort((a, b) => a.startedAt - b.startedAt);
  const unknown = list.some((fill) => fill.url === undefined);
  useEffect(() => {
    if (!unknown) return undefined;
    const timer = setTimeout(() => document.hidden || resource.reload(), LEARN_EVERY_MS);
    return () => clearTimeout(timer);
  }, [unknown, resource.data]);
  return { list, resource };
}

/** Scheme, host and port of a URL, for narrow places. */
export function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return url;
  }
}

function Fill({ fill, showBucket }) {
  const { received_bytes: received = 0, length_bytes: length, rate, readers, rule, url } = fill;
  const started = received > 0;
  const known = length !== null && length !== undefined;
  const left = known && rate > 0 ? (length - received) / rate : null;
  const text = !started ? t('mirror.fill.waiting') : known ? t('mirror.fill.of', { received: formatBytes(received), length: formatBytes(length) }) : t('mirror.fill.received', { received: formatBytes(received) });
  const key = visible(fill.key);
  const label = known && length > 0 ? t('mirror.fill.progress', { key, percent: formatPercent(received / length, 0) }) : t('mirror.fill.progress_unknown', { key });
  return html`<li class="fill"><div class="row-between">
      <a class="fill-key" href=${href(['buckets', fill.bucket, 'objects'], { prefix: fill.key })}>${showBucket && html`<span class="muted">${fill.bucket}/</span>`}<${Untrusted} text=${fill.key} /></a>
      <span class="number small muted">${started && rate !== undefined ? formatByteRate(rate) : ''}${left !== null && html` · ${t('mirror.fill.eta', { time: formatDuration(Math.ceil(left)) })}`}</span></div>
    <${Progress} value=${known && started ? received : undefined} max=${length || 1} label=${label} text=${text} />
    <p class="row small muted"><span>${t('mirror.fill.readers', { n: readers })}</span>${rule !== undefined && html`<span>${t('mirror.fill.rule', { rule })}</span>`}
      <span class="break">${url === undefined ? t('mirror.fill.origin_unknown') : html`<${Untrusted} text=${t('mirror.fill.origin', { origin: url })} />`}</span></p></li>`;
}

/** The list; `total`: how many run, if the server counts more than it lists. */
export function FillList({ fills: list, total = list.length, showBucket = false }) {
  const shown = list.slice(0, MAX_SHOWN);
  const more = Math.max(total, list.length) - shown.length;
  return html`<ul class="fills" aria-label=${t('mirror.fill.list')}>${shown.map((fill) => html`<${Fill} key=${fill.fill} fill=${fill} showBucket=${showBucket} />`)}</ul>
    ${more > 0 && html`<p class="small muted">${t('mirror.fill.more', { n: more })}</p>`}`;
}
