// What the saved rules of a bucket would do, what runs have done, and beginning one.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { formatBytes, formatNumber } from '../../format.js';
import { useEventReload } from '../mirror/reload.js';
import { Badge, Bytes, Button, confirm, Empty, ErrorBox, KeyValues, Loaded, Notice, Table, TextField, Time, toast, Untrusted } from '../../components/index.js';

const PAGE = 100;
/** Most pages that are read for one click: a page may hold nothing. */
const MOST_PAGES = 50;
/** How often a run under way is looked at. */
const LOOK_EVERY_SECONDS = 2;

/** See the module comment. `dirty`: the form has changes that are not saved. */
export function LifecycleRuns({ bucket, dirty }) {
  return html`<hr class="lifecycle-line" /><div class="lifecycle-below"><${DryRun} bucket=${bucket} dirty=${dirty} /><${Runs} bucket=${bucket} /></div>`;
}

function countsOf(run) {
  return html`<${KeyValues} items=${[
    [t('lifecycle.run.began'), html`<${Time} value=${run.started_at} />`],
    run.finished_at && [t('lifecycle.run.ended'), html`<${Time} value=${run.finished_at} />`],
    [t('lifecycle.run.of'), run.bucket === null ? t('lifecycle.run.all') : html`<${Untrusted} text=${run.bucket} />`],
    [t('lifecycle.run.scanned'), formatNumber(run.scanned)],
    [t('lifecycle.run.expired'), `${formatNumber(run.expired)} · ${formatBytes(run.expired_bytes)}`],
    [t('lifecycle.run.transitioned'), `${formatNumber(run.transitioned)} · ${formatBytes(run.transitioned_bytes)}`],
    run.versions_removed > 0 && [t('lifecycle.run.versions'), `${formatNumber(run.versions_removed)} · ${formatBytes(run.versions_removed_bytes)}`],
    run.markers_removed > 0 && [t('lifecycle.run.markers'), formatNumber(run.markers_removed)],
    [t('lifecycle.run.aborted'), formatNumber(run.aborted)],
    run.overtaken > 0 && [t('lifecycle.run.overtaken'), formatNumber(run.overtaken)],
  ]} />`;
}

function Runs({ bucket }) {
  const [running, setRunning] = useState(false);
  const status = useResource(async ({ signal }) => {
    const read = await api.get('/v1/lifecycle', { signal });
    setRunning(read.running !== null);
    return read;
  }, [], { everySeconds: running ? LOOK_EVERY_SECONDS : 0 });
  useEventReload('lifecycle_run', status.reload);
  const run = useAction(async () => {
    const sure = await confirm({ title: t('lifecycle.run.confirm', { bucket }), text: t('lifecycle.run.confirm_text'), action: t('lifecycle.run.now'), danger: true });
    if (!sure) return;
    await api.post('/v1/lifecycle/run', { body: { bucket } });
    toast.good(t('lifecycle.run.begun'));
    status.reload();
  });
  return html`<section class="stack" aria-label=${t('lifecycle.run.title')}><div class="row-between"><h3>${t('lifecycle.run.title')}</h3>
      <${Button} size="small" icon="play" busy=${run.busy || running} onClick=${run.run}>${t('lifecycle.run.now')}<//></div>
    <${ErrorBox} error=${run.error} area="lifecycle" />
    <${Loaded} resource=${status} area="lifecycle">${(data) => html`<div class="stack" role="status">
      ${data.running && html`<div class="row"><${Badge} tone="info" dot>${t('lifecycle.run.present')}<//></div>${countsOf(data.running)}`}
      ${data.last_failure && html`<${Notice} tone="bad" title=${t('lifecycle.run.failed')}><${Untrusted} text=${data.last_failure} /><//>`}
      ${data.last ? html`<p class="field-label">${t('lifecycle.run.last')}</p>${countsOf(data.last)}` : html`<p class="muted">${t('lifecycle.run.none')}</p>`}
      <p class="muted small">${t('lifecycle.run.next')} <${Time} value=${data.next_at} /></p></div>`}<//></section>`;
}

const actionText = (change) => t(`lifecycle.action.${change.action}`, { class: change.storage_class ? t(`buckets.class.${change.storage_class}`) : '' });

/** The object, or the version of it or the upload that the change is about. */
function Subject({ change }) {
  const { version_id: version, noncurrent_since: since, upload_id: upload } = change;
  return html`<span class="mono clamp"><${Untrusted} text=${change.key} /></span>
    ${version && html`<div class="small muted">${t('lifecycle.dry.version')} <code class="break">${version}</code></div>`}
    ${since && html`<div class="small muted">${t('lifecycle.dry.noncurrent')} <${Time} value=${since} /></div>`}
    ${upload && html`<div class="small muted">${t('lifecycle.dry.upload')} <code class="break">${upload}</code></div>`}`;
}

const columns = () => [
  { id: 'key', label: t('lifecycle.dry.key'), lead: true, cell: (change) => html`<${Subject} change=${change} />` },
  { id: 'action', label: t('lifecycle.dry.action'), cell: (change) => html`<${Badge} tone=${change.action === 'transition' ? 'info' : 'warn'}>${actionText(change)}<//>` },
  { id: 'rule', label: t('lifecycle.dry.rule'), cell: ({ rule }) => html`<${Untrusted} text=${rule} />` },
  { id: 'since', label: t('lifecycle.dry.since'), cell: ({ due_since: since }) => html`<${Time} value=${since} />` },
  { id: 'modified', label: t('lifecycle.dry.modified'), cell: ({ last_modified: modified }) => html`<${Time} value=${modified} />` },
  { id: 'bytes', label: t('lifecycle.dry.bytes'), end: true, cell: ({ bytes }) => html`<${Bytes} value=${bytes} />` },
];

/** Pages until there is something to show. */
async function readMore(bucket, at, changes, after) {
  let next = after;
  const found = [];
  for (let page = 0; page < MOST_PAGES && found.length === 0; page += 1) {
    const read = await api.get('/v1/lifecycle/preview', { query: { bucket, at, after: next, max: PAGE } });
    found.push(...read.changes);
    next = read.next_after;
    if (next === null) break;
  }
  return { at, changes: [...changes, ...found], next };
}

function DryRun({ bucket, dirty }) {
  const [day, setDay] = useState('');
  const [shown, setShown] = useState(/** @type {any} */ (null));
  const at = day === '' ? null : `${day}T00:00:00Z`;
  const look = useAction(async () => setShown(await readMore(bucket, at, [], null)));
  const more = useAction(async () => setShown(await readMore(bucket, shown.at, shown.changes, shown.next)));
  return html`<section class="stack"><h3>${t('lifecycle.dry.title')}</h3><p class="muted small">${t('lifecycle.dry.sub')}</p>
    ${dirty && html`<${Notice} tone="warn">${t('lifecycle.dry.unsaved')}<//>`}
    <div class="row"><${TextField} label=${t('lifecycle.dry.at')} help=${t('lifecycle.dry.at_help')} type="date" value=${day} onInput=${setDay} />
      <${Button} icon="search" busy=${look.busy} onClick=${look.run}>${t('lifecycle.dry.look')}<//></div>
    <${ErrorBox} error=${look.error ?? more.error} area="lifecycle" />
    ${shown && html`<div role="status">${shown.changes.length > 0 && html`<p>${t(shown.next ? 'lifecycle.dry.some' : 'lifecycle.dry.all', { n: shown.changes.length })}</p>`}</div>
      <${Table} caption=${t('lifecycle.dry.title')} rows=${shown.changes} rowKey=${(row) => `${row.key} ${row.version_id ?? ''} ${row.upload_id ?? ''}`} columns=${columns()} pageSize=${PAGE}
        empty=${html`<${Empty} icon="good" title=${t(shown.next ? 'lifecycle.dry.not_yet' : 'lifecycle.dry.nothing')} />`} />
      ${shown.next && html`<div><${Button} size="small" busy=${more.busy} onClick=${more.run}>${t('action.more')}<//></div>`}`}</section>`;
}
