// The log of requests: live, filtered, with the details of each.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { setQuery } from '../../router.js';
import { formatBytes, formatClock, formatDuration, formatNumber, formatTime } from '../../format.js';
import { Badge, Button, Card, Empty, Notice, Page, Untrusted, visible } from '../../components/index.js';
import { VirtualList } from '../../components/virtual_list.js';
import { Filter, filterOf } from './filter.js';
import { RequestDetails } from './details.js';
import { MAX_ROWS, useRequests } from './stream.js';

export const stylesheet = new URL('./activity.css', import.meta.url).href;

/** Keys that move the active row: under a moving list another one would be opened. */
const MOVES = new Set(['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End']);
const STATES = { open: 'good', connecting: '', retrying: 'warn', hidden: '' };

const toneOf = (status) => (status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 300 ? 'info' : 'good');

const ALL_COLUMNS = () => [
  { id: 'time', label: t('activity.time'), width: '5.75rem' },
  { id: 'status', label: t('activity.status'), width: '4.5rem' },
  { id: 'operation', label: t('activity.operation'), width: 'minmax(7rem, 10rem)' },
  { id: 'target', label: t('activity.target'), width: 'minmax(9rem, 1fr)' },
  { id: 'answered', label: t('activity.answered'), width: '8rem' },
  { id: 'bytes', label: t('activity.bytes'), width: '5.5rem', end: true },
  { id: 'duration', label: t('activity.duration'), width: '5.5rem', end: true },
];

/** On a narrow screen: when, how it ended, and what it was about. */
const narrow = matchMedia('(max-width: 48rem)');
const NARROW_COLUMNS = new Set(['time', 'status', 'target']);

function useColumns() {
  const [few, setFew] = useState(narrow.matches);
  useEffect(() => {
    const follow = () => setFew(narrow.matches);
    narrow.addEventListener('change', follow);
    return () => narrow.removeEventListener('change', follow);
  }, []);
  return ALL_COLUMNS().filter(({ id }) => !few || NARROW_COLUMNS.has(id));
}

function Target({ row }) {
  if (!row.bucket) return html`<${Untrusted} text=${row.path ?? '/'} />`;
  return html`<span class="muted">${row.bucket}/</span><${Untrusted} text=${row.key ?? ''} />`;
}

function cellOf(row, column, { active, open }) {
  switch (column) {
    case 'time': return html`<span class="number" title=${formatTime(row.at)}>${formatClock(row.at)}</span>`;
    case 'status': return html`<${Badge} tone=${toneOf(row.status)}>${String(row.status)}<//>`;
    case 'operation': return row.operation === 'unknown' ? html`<span class="muted">${row.method}</span>` : row.operation;
    case 'target': return html`<button type="button" class="link-button truncate" tabindex=${active ? 0 : -1} onClick=${open} title=${visible(`${row.bucket ?? ''}/${row.key ?? row.path ?? ''}`)}><${Target} row=${row} /></button>`;
    case 'answered': return t(`activity.answer.${row.answered}`);
    case 'bytes': return formatBytes(row.out_bytes > 0 ? row.out_bytes : row.in_bytes);
    default: return formatDuration(row.duration_ms / 1000);
  }
}

/** What is missing of the list, said once each. */
function Gaps({ log }) {
  return html`${log.lost > 0 && html`<${Notice} tone="warn" live title=${t('activity.lost', { n: log.lost })}>${t('activity.lost_text')}<//>`}
    ${log.gaps > 0 && html`<${Notice} tone="info" title=${t('activity.gaps', { n: log.gaps })}>${t('activity.gaps_text')}<//>`}`;
}

function Waiting({ log, filtered }) {
  if (log.state === 'retrying') return html`<${Empty} icon="offline" title=${t('activity.no_stream')}>${t('activity.state_help.retrying')}<//>`;
  return html`<${Empty} icon="activity" title=${t('activity.none')} actions=${filtered && html`<${Button} onClick=${() => setQuery({ bucket: '', operation: '', method: '', prefix: '', status: '' })}>${t('activity.no_filter')}<//>`}>
    ${t(filtered ? 'activity.none_filtered' : 'activity.none_text')}<//>`;
}

function Head({ log }) {
  const turn = () => (log.paused ? log.resume() : log.pause());
  return html`<div class="row-between activity-head">
    <div class="row"><${Badge} dot tone=${log.paused ? '' : STATES[log.state]} title=${t(`activity.state_help.${log.paused ? 'paused' : log.state}`)}>${t(`activity.state.${log.paused ? 'paused' : log.state}`)}<//>
      <span class="muted small" role="status">${log.paused ? t('activity.added', { n: log.added }) : t('activity.shown', { n: log.rows.length, most: formatNumber(MAX_ROWS) })}</span></div>
    <div class="row"><${Button} size="small" icon=${log.paused ? 'play' : 'pause'} onClick=${turn}>${t(log.paused ? 'activity.resume' : 'activity.pause')}<//>
      <${Button} size="small" icon="trash" onClick=${log.clear}>${t('activity.clear')}<//></div></div>`;
}

/** Activity. */
export default function Screen({ route }) {
  const filter = filterOf(route.query);
  const log = useRequests(filter);
  const columns = useColumns();
  const [open, setOpen] = useState(null);
  const filtered = Object.values(filter).some((value) => value !== null);
  const moved = (first) => first > 0 && !log.paused && log.pause();
  const key = (event) => MOVES.has(event.key) && !log.paused && log.rows.length > 0 && log.pause();
  return html`<${Page} title=${t('activity.title')} sub=${t('activity.sub')} wide>
    <${Filter} query=${route.query} />
    <${Gaps} log=${log} />
    <${Card} flush><${Head} log=${log} />
      ${log.rows.length === 0 ? html`<${Waiting} log=${log} filtered=${filtered} />`
        : html`<div class="requests" onKeyDown=${key}><${VirtualList} label=${t('activity.list')} count=${log.rows.length} columns=${columns} rowKey=${(index) => log.rows[index]?.request_id ?? index}
          cell=${(index, column, { active }) => (log.rows[index] ? cellOf(log.rows[index], column, { active, open: () => setOpen(log.rows[index]) }) : '')} onRange=${moved} onOpen=${(index) => setOpen(log.rows[index] ?? null)} /></div>`}<//>
    ${open && html`<${RequestDetails} request=${open} onClose=${() => setOpen(null)} />`}
  <//>`;
}
