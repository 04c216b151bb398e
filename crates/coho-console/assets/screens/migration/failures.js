// The fetches of a bucket that failed last: a list, and each with its trace.

import { html, useEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { formatDuration, formatNumber } from '../../format.js';
import { Badge, Button, Card, confirm, CopyText, Dialog, Empty, ErrorBox, KeyValues, Loaded, Notice, Table, Time, toast, Untrusted, visible } from '../../components/index.js';
import { reasonAdvice, reasonText } from '../mirror/reasons.js';
import { useEventReload } from '../mirror/reload.js';
import { fetchAgain, retryOne } from './retry.js';

/** Most failures that are shown at first. */
const FIRST = 50;
/** Most that the server keeps. */
const MOST = 1000;

const idOf = (failure) => `${failure.rule}\n${failure.key}`;
const milliseconds = (value) => formatDuration(value / 1000);

function Attempt({ attempt, number }) {
  const { status, reason, error, url, address, redirects, from_bytes: from } = attempt;
  const good = status !== null && status < 400;
  return html`<li class="attempt"><p class="row"><strong>${t('migration.attempt', { number })}</strong>
      <${Badge} tone=${good ? 'good' : 'bad'}>${status === null ? reasonText(reason) : t('migration.status', { status: String(status) })}<//>
      <span class="muted small number">${milliseconds(attempt.elapsed_ms)}</span></p>
    <p class="mono small break"><${Untrusted} text=${url} /></p>
    ${error && html`<p class="small break" lang="en"><${Untrusted} text=${error} /></p>`}
    <p class="row small muted"><span>${t('migration.origin_number', { number: attempt.origin + 1 })}</span>
      ${address ? html`<span>${t('migration.connected', { address })}</span>` : html`<span>${t('migration.not_connected')}</span>`}
      ${redirects > 0 && html`<span>${t('migration.redirects', { n: redirects })}</span>`}
      ${from > 0 && html`<span>${t('migration.resumed', { offset: formatNumber(from) })}</span>`}</p></li>`;
}

/** One failure with every request to an origin. */
function Trace({ failure, error, onClose, actions }) {
  return html`<${Dialog} drawer title=${t('migration.trace')} onClose=${onClose} footer=${actions}>
    <p class="mono break"><${Untrusted} text=${failure.key} /></p>
    <${Notice} tone="bad" title=${reasonText(failure.reason)}><p>${reasonAdvice(failure.reason)}</p><p class="small break" lang="en"><${Untrusted} text=${failure.error} /></p><//>
    <${KeyValues} items=${[
      [t('migration.at'), html`<${Time} value=${failure.at} />`],
      [t('migration.times'), t('migration.times_text', { n: failure.times })],
      [t('migration.rule'), String(failure.rule)],
      [t('migration.elapsed'), milliseconds(failure.elapsed_ms)],
      [t('error.request_id'), html`<${CopyText} text=${failure.request_id} label=${t('error.copy_request_id')} />`],
    ]} />
    <h3>${t('migration.attempts')}</h3>
    ${failure.attempts.length === 0 ? html`<p class="muted">${t('migration.no_attempts')}</p>`
      : html`<ol class="attempts">${failure.attempts.map((attempt, index) => html`<${Attempt} key=${index} attempt=${attempt} number=${index + 1} />`)}</ol>`}
    <${ErrorBox} error=${error} area="migration" />
    ${failure.more_attempts > 0 && html`<p class="muted">${t('migration.more_attempts', { n: failure.more_attempts })}</p>`}
  <//>`;
}

/** The button of one retry. `onError` gets why it was refused, and null when it begins: a row has no room for a text. */
function Retry({ bucket, failure, onError }) {
  const retry = useAction(async () => {
    onError(null);
    try {
      await retryOne(bucket, failure.key);
    } catch (error) {
      onError(error);
    }
  });
  return html`<${Button} size="small" icon="refresh" busy=${retry.busy} onClick=${retry.run} aria-label=${t('migration.retry_of', { key: visible(failure.key) })}>${t('migration.retry')}<//>`;
}

/** All of the list, one after the other, until one is refused. */
function useRetryAll(bucket, list) {
  const [done, setDone] = useState(null);
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const all = useAction(async () => {
    stop.current = new AbortController();
    const keys = list.map(({ key }) => key);
    try {
      for (const [at, key] of keys.entries()) {
        setDone([at, keys.length]);
        await fetchAgain(bucket, key, { signal: stop.current.signal });
      }
      toast.good(t('migration.retried', { n: keys.length }));
    } finally {
      setDone(null);
    }
  });
  return { ...all, done };
}

function columns({ bucket, onOpen, onError }) {
  return [
    { id: 'key', label: t('migration.object'), lead: true, cell: (row) => html`<button type="button" class="link-button" onClick=${() => onOpen(row)}><span class="clamp"><${Untrusted} text=${row.key} /></span></button>` },
    { id: 'reason', label: t('migration.reason'), cell: (row) => html`<span class="reason">${reasonText(row.reason)}</span>` },
    { id: 'times', label: t('migration.times'), end: true, cell: (row) => formatNumber(row.times) },
    { id: 'at', label: t('migration.at'), cell: (row) => html`<${Time} value=${row.at} ago />` },
    { id: 'actions', label: t('migration.actions'), hideLabel: true, cell: (row) => html`<div class="row row-end">
      <${Button} size="small" onClick=${() => onOpen(row)} aria-label=${t('migration.trace_of', { key: visible(row.key) })}>${t('migration.trace')}<//><${Retry} bucket=${bucket} failure=${row} onError=${onError} /></div>` },
  ];
}

/** The card. */
export function Failures({ bucket }) {
  const [max, setMax] = useState(FIRST);
  const [open, setOpen] = useState(null);
  const [refused, setRefused] = useState(null);
  const failures = useResource(({ signal }) => api.get('/v1/mirror/failures', { query: { bucket, max }, signal }), [bucket]);
  useEventReload(['fill_failed', 'fill_ended'], failures.reload, (event) => event.bucket === bucket);
  const show = (failure) => {
    setRefused(null);
    setOpen(failure);
  };
  const more = () => {
    setMax(MOST);
    failures.reload();
  };
  const clear = useAction(async () => {
    const yes = await confirm({ title: t('migration.clear_title'), text: t('migration.clear_text'), action: t('migration.clear') });
    if (!yes) return;
    const { cleared } = await api.delete('/v1/mirror/failures', { query: { bucket } });
    toast.good(t('migration.cleared', { n: cleared }));
    failures.reload();
  });
  const kept = failures.data?.kept ?? 0;
  const all = useRetryAll(bucket, failures.data?.failures ?? []);
  return html`<${Card} title=${t('migration.failures')} sub=${kept > 0 ? t('migration.failures_count', { n: kept }) : undefined} flush
    actions=${kept > 0 && html`<${Button} size="small" icon="refresh" busy=${all.busy} onClick=${all.run}>${all.done ? t('migration.retrying', { done: all.done[0] + 1, n: all.done[1] }) : t('migration.retry_all')}<//>
      <${Button} size="small" busy=${clear.busy} onClick=${clear.run}>${t('migration.clear')}<//>`}>
    <${ErrorBox} error=${all.error ?? clear.error ?? (open ? null : refused)} area="migration" />
    <${Loaded} resource=${failures}>${(data) => html`<${Table} caption=${t('migration.failures')} rows=${data.failures} rowKey=${idOf} columns=${columns({ bucket, onOpen: show, onError: setRefused })}
        empty=${html`<${Empty} icon="good" title=${t('migration.no_failures')}>${t('migration.no_failures_text')}<//>`} />
      ${data.kept > data.failures.length && html`<p class="card-foot"><${Button} size="small" busy=${failures.loading} onClick=${more}>${t('migration.show_all', { n: data.kept })}<//></p>`}`}<//>
    ${open && html`<${Trace} failure=${open} error=${refused} onClose=${() => show(null)} actions=${html`<${Retry} bucket=${bucket} failure=${open} onError=${setRefused} />`} />`}
  <//>`;
}
