// The list of uploads: sums, and the files that need the reader or are under way. Waiting files are counted, not listed one by one.

import { html } from '../../../html.js';
import { t } from '../../../i18n.js';
import { formatBytes, formatByteRate, formatDuration, formatNumber } from '../../../format.js';
import { adviceFor, Badge, Button, Card, IconButton, Progress, Untrusted, visible } from '../../../components/index.js';
import * as queue from './queue.js';

/** Files that are listed. */
const MAX_SHOWN = 50;

const ORDER = ['failed', 'asking', 'interrupted', 'running', 'paused', 'waiting', 'done', 'skipped', 'cancelled'];
const TONES = { failed: 'bad', asking: 'warn', interrupted: 'warn', running: 'info', done: 'good' };

/** Counts by state, and bytes. */
export function summary() {
  const counts = Object.fromEntries(ORDER.map((state) => [state, 0]));
  let [bytes, sent] = [0, 0];
  for (const upload of queue.allUploads()) {
    counts[upload.state] += 1;
    if (['skipped', 'cancelled'].includes(upload.state)) continue;
    bytes += upload.file.size;
    sent += upload.state === 'done' ? upload.file.size : Math.min(upload.sent, upload.file.size);
  }
  const unfinished = counts.waiting + counts.running + counts.asking + counts.interrupted + counts.paused;
  return { counts, bytes, sent, unfinished, total: queue.allUploads().length };
}

function shown() {
  const groups = Object.fromEntries(ORDER.map((state) => [state, []]));
  for (const upload of queue.allUploads()) if (groups[upload.state].length < MAX_SHOWN) groups[upload.state].push(upload);
  return ORDER.flatMap((state) => groups[state]).slice(0, MAX_SHOWN);
}

function Actions({ upload }) {
  queue.revision.value;
  const { state } = upload;
  const name = visible(upload.key);
  return html`<div class="row nowrap">
    ${(queue.isActive(upload) || state === 'waiting') && html`<${IconButton} icon="pause" size="small" label=${t('objects.upload.pause_one', { name })} onClick=${() => queue.pauseUpload(upload)} />`}
    ${(state === 'paused' || (state === 'failed' && upload.retriable)) && html`<${IconButton} icon=${state === 'paused' ? 'play' : 'refresh'} size="small"
      label=${t(state === 'paused' ? 'objects.upload.resume_one' : 'objects.upload.retry_one', { name })} onClick=${() => queue.resumeUpload(upload)} />`}
    ${(queue.isUnfinished(upload) || state === 'failed') && html`<${IconButton} icon="close" size="small" label=${t('objects.upload.cancel_one', { name })} onClick=${() => queue.cancelUpload(upload)} />`}
  </div>`;
}

function Row({ upload }) {
  // A component that reads a signal is drawn again only for new props or signals, and an upload is changed in place.
  queue.revision.value;
  const { file, sent, state, error, completing } = upload;
  const checking = state === 'running' && upload.parts?.some((part) => part.stored && !part.etag);
  const shownState = completing ? 'completing' : checking ? 'checking' : state;
  const text = state === 'done' ? formatBytes(file.size) : t('objects.upload.of', { sent: formatBytes(sent), size: formatBytes(file.size) });
  const label = t('objects.upload.progress', { name: visible(upload.key) });
  return html`<li class="upload">
    <div class="upload-name"><p class="truncate" title=${visible(upload.key)}><${Untrusted} text=${upload.key} /></p>
      ${queue.isUnfinished(upload) && html`<${Progress} value=${completing ? null : sent} max=${file.size || 1} label=${label} />`}
      ${error && state !== 'done' && html`<p class=${`small break ${state === 'failed' ? 'upload-error' : ''}`}>${state === 'interrupted' ? t('objects.upload.interrupted') : adviceFor(error, 'objects')}</p>`}</div>
    <span class="number small muted upload-size">${text}</span>
    <span class="upload-state"><${Badge} tone=${TONES[state] ?? ''}>${t(`objects.upload.state.${shownState}`)}<//></span>
    <${Actions} upload=${upload} />
  </li>`;
}

function Sums({ sums }) {
  const rate = queue.rate();
  const parts = [
    t('objects.upload.files', { n: sums.total, done: formatNumber(sums.counts.done) }),
    t('objects.upload.of', { sent: formatBytes(sums.sent), size: formatBytes(sums.bytes) }),
    rate ? formatByteRate(rate) : null,
    rate ? t('objects.upload.left', { time: formatDuration((sums.bytes - sums.sent) / rate) }) : null,
    sums.counts.failed > 0 ? t('objects.upload.failed', { n: sums.counts.failed }) : null,
  ];
  return html`<span class="number">${parts.filter(Boolean).join(' · ')}</span>`;
}

/** The button goes away with the panel, and the focus to the heading of the screen. */
function clear() {
  queue.clearEnded();
  document.querySelector('main h1')?.focus({ preventScroll: true });
}

/** Nothing is shown while there are no uploads. */
export function UploadPanel() {
  queue.revision.value;
  const sums = summary();
  if (sums.total === 0) return null;
  const { waiting, running, asking, interrupted, paused, failed } = sums.counts;
  const rows = shown();
  const actions = html`
    ${waiting + running + asking + interrupted > 0 && html`<${Button} size="small" icon="pause" onClick=${queue.pauseAll}>${t('objects.upload.pause_all')}<//>`}
    ${paused + failed > 0 && html`<${Button} size="small" icon="play" onClick=${queue.resumeAll}>${t(paused > 0 ? 'objects.upload.resume_all' : 'objects.upload.retry_all')}<//>`}
    ${sums.unfinished > 0 && html`<${Button} size="small" onClick=${queue.cancelAll}>${t('objects.upload.cancel_all')}<//>`}
    ${sums.unfinished === 0 && html`<${Button} size="small" onClick=${clear}>${t('objects.upload.clear')}<//>`}`;
  return html`<${Card} title=${t('objects.upload.title')} sub=${html`<${Sums} sums=${sums} />`} actions=${actions} class="uploads">
    <${Progress} value=${sums.sent} max=${sums.bytes || 1} label=${t('objects.upload.progress_all')} tone=${sums.unfinished === 0 ? (failed > 0 ? 'bad' : 'good') : ''} />
    <ul class="upload-list" tabindex="0" aria-label=${t('objects.upload.list')}>${rows.map((upload) => html`<${Row} key=${upload.id} upload=${upload} />`)}</ul>
    ${rows.length < sums.total && html`<p class="small muted">${t('objects.upload.more', { n: sums.total - rows.length })}</p>`}
  <//>`;
}
