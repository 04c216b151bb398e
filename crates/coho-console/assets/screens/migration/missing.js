// The negative cache of a bucket: keys that origins did not have a moment ago, and how to forget them.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { isAbort, toApiError } from '../../api_error.js';
import { href } from '../../router.js';
import { formatDuration } from '../../format.js';
import { useEventReload } from '../mirror/reload.js';
import { Button, Card, confirm, Empty, ErrorBox, Form, Skeleton, Table, TextField, Time, toast, Untrusted, visible } from '../../components/index.js';

const PAGE = 100;
/** Most rows in the page; a prefix narrows the list. */
const MOST = 1000;

/** Pages of the list, one after the other. */
function usePages(path, prefix) {
  const [state, setState] = useState({ rows: null, next: null, error: null, busy: true });
  const [turn, setTurn] = useState(0);
  const read = async (rows, after, signal) => {
    setState((old) => ({ ...old, busy: true }));
    try {
      const page = await api.get(path, { query: { prefix: prefix || null, after, max: PAGE }, signal });
      setState({ rows: [...rows, ...page.missing], next: page.next_after, error: null, busy: false });
    } catch (error) {
      if (!isAbort(error)) setState((old) => ({ ...old, error: toApiError(error), busy: false }));
    }
  };
  useEffect(() => {
    const controller = new AbortController();
    read([], null, controller.signal);
    return () => controller.abort();
  }, [path, prefix, turn]);
  return { ...state, reload: () => setTurn((n) => n + 1), more: () => read(state.rows, state.next) };
}

/** Nothing is remembered: for now, or because the cache is off. */
function None({ prefix, off, bucket }) {
  if (off) return html`<${Empty} icon="info" title=${t('migration.missing_off')} actions=${html`<${Button} href=${href(['buckets', bucket, 'rules'], { tab: 'limits' })}>${t('migration.go_limits')}<//>`}>${t('migration.missing_off_text')}<//>`;
  return html`<${Empty} icon="good" title=${prefix ? t('migration.none_missing_prefix') : t('migration.none_missing')}>${t('migration.none_missing_text')}<//>`;
}

/** The card. */
export function Missing({ bucket }) {
  const path = `/v1/buckets/${encodeURIComponent(bucket)}/mirror/missing`;
  const settings = useResource(({ signal }) => api.get(`/v1/buckets/${encodeURIComponent(bucket)}/mirror`, { signal }), [bucket]);
  useEventReload(['configuration_changed'], settings.reload, (event) => event.bucket === bucket || event.bucket === null);
  const seconds = settings.data?.effective.missing_seconds;
  const [typed, setTyped] = useState('');
  const [prefix, setPrefix] = useState('');
  const pages = usePages(path, prefix);
  const forget = useAction(async (query, text) => {
    if (text && !(await confirm({ title: t('migration.forget_title'), text, action: t('migration.forget') }))) return;
    const { forgotten } = await api.delete(path, { query });
    toast.good(t('migration.forgotten', { n: forgotten }));
    pages.reload();
  });
  const forgetAll = () => forget.run(prefix ? { prefix } : {}, prefix ? t('migration.forget_prefix_text', { prefix: visible(prefix) }) : t('migration.forget_all_text'));
  const columns = [
    { id: 'key', label: t('migration.object'), lead: true, cell: (row) => html`<span class="mono clamp"><${Untrusted} text=${row.key} /></span>` },
    { id: 'rules', label: t('migration.rules'), cell: (row) => row.rules.join(', ') },
    { id: 'at', label: t('migration.asked'), cell: (row) => html`<${Time} value=${row.at} ago />` },
    { id: 'expires', label: t('migration.expires'), cell: (row) => formatDuration(Math.ceil(row.expires_in_ms / 1000)) },
    { id: 'forget', label: t('migration.forget'), hideLabel: true, cell: (row) => html`<${Button} size="small" onClick=${() => forget.run({ key: row.key })} aria-label=${t('migration.forget_of', { key: visible(row.key) })}>${t('migration.forget')}<//>` },
  ];
  const rows = pages.rows ?? [];
  const full = rows.length >= MOST;
  return html`<${Card} title=${t('migration.missing')} sub=${seconds > 0 ? t('migration.missing_sub', { time: formatDuration(seconds) }) : undefined} flush
    actions=${html`<${Button} size="small" icon="refresh" onClick=${pages.reload}>${t('action.refresh')}<//>
      ${rows.length > 0 && html`<${Button} size="small" busy=${forget.busy} onClick=${forgetAll}>${prefix ? t('migration.forget_prefix') : t('migration.forget_all')}<//>`}`}>
    <${Form} class="missing-filter" onSubmit=${() => setPrefix(typed)}>
      <${TextField} label=${t('migration.prefix')} mono value=${typed} onInput=${setTyped} maxlength="1023" class="grow" /><${Button} type="submit" icon="filter">${t('migration.filter')}<//><//>
    <${ErrorBox} error=${forget.error ?? pages.error} retry=${pages.error ? pages.reload : undefined} />
    ${pages.rows === null ? pages.error === null && html`<div class="card-foot"><${Skeleton} lines=${3} /></div>`
      : html`<${Table} caption=${t('migration.missing')} rows=${rows} rowKey=${(row) => row.key} columns=${columns}
        empty=${html`<${None} prefix=${prefix} off=${seconds === 0} bucket=${bucket} />`} />`}
    ${pages.next !== null && html`<div class="card-foot row">${full ? html`<p class="muted">${t('migration.missing_full', { n: rows.length })}</p>` : html`<${Button} size="small" busy=${pages.busy} onClick=${pages.more}>${t('action.more')}<//>`}</div>`}
  <//>`;
}
