// The origins and their circuit breakers.
//   html`<${OriginTable} origins=${status.origins} onReset=${reload} empty=${…} />`

import { html } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { api, isAbort } from '../../api.js';
import { useAction } from '../../resource.js';
import { formatNumber } from '../../format.js';
import { Badge, Button, Table, Time, toast, Untrusted, visible } from '../../components/index.js';
import { breakerText } from './reasons.js';

/** A button that closes the breaker of an origin. A row has no room for an error: it is a message. */
export function ResetButton({ origin, onReset }) {
  const reset = useAction(async () => {
    try {
      await api.post('/v1/mirror/origins/reset', { body: { origin } });
    } catch (error) {
      if (!isAbort(error)) toast.bad(error.code === 'NoSuchOrigin' ? t('mirror.origin.advice.NoSuchOrigin') : error);
      return;
    }
    toast.good(t('mirror.origin.reset_done', { origin: visible(origin) }));
    onReset?.();
  });
  return html`<${Button} size="small" icon="undo" busy=${reset.busy} onClick=${reset.run} aria-label=${t('mirror.origin.reset_label', { origin: visible(origin) })}>${t('mirror.origin.reset')}<//>`;
}

/** Short; the tooltip says what it means. */
const stateText = (state) => (hasText(`mirror.breaker_short.${state}`) ? t(`mirror.breaker_short.${state}`) : state);

const TONES = { closed: 'good', open: 'bad', 'half-open': 'warn' };

/** The recently used origins. */
export function OriginTable({ origins, onReset, empty }) {
  const columns = [
    { id: 'origin', label: t('mirror.origin.name'), lead: true, sort: (row) => row.origin, cell: (row) => html`<span class="origin-name break"><${Untrusted} text=${row.origin} /></span>` },
    { id: 'breaker', label: t('mirror.origin.breaker'), sort: (row) => row.breaker, cell: (row) => html`<${Badge} tone=${TONES[row.breaker] ?? ''} dot title=${breakerText(row.breaker)}>${stateText(row.breaker)}<//>` },
    { id: 'requests', label: t('mirror.origin.requests'), end: true, sort: (row) => row.requests, cell: (row) => (row.waiting > 0 ? t('mirror.origin.and_waiting', { requests: row.requests, waiting: row.waiting }) : formatNumber(row.requests)) },
    { id: 'success', label: t('mirror.origin.last_success'), sort: (row) => row.last_success_at, cell: (row) => (row.last_success_at ? html`<${Time} value=${row.last_success_at} ago />` : t('mirror.origin.never')) },
    { id: 'failure', label: t('mirror.origin.last_failure'), sort: (row) => row.last_failure_at, cell: (row) => html`<${LastFailure} row=${row} />` },
    { id: 'reset', label: t('mirror.origin.reset'), hideLabel: true, cell: (row) => (row.breaker !== 'closed' || row.failures > 0) && html`<${ResetButton} origin=${row.origin} onReset=${onReset} />` },
  ];
  return html`<${Table} caption=${t('mirror.origin.list')} rows=${origins} rowKey=${(row) => row.origin} columns=${columns} empty=${empty} />`;
}

function LastFailure({ row }) {
  if (!row.last_failure_at) return t('mirror.origin.no_failure');
  return html`<div class="last-failure stack-s"><span>${row.failures > 0 && html`${t('mirror.origin.failures', { n: row.failures })} · `}<${Time} value=${row.last_failure_at} ago /></span>
    ${row.last_failure && html`<span class="small muted break" lang="en"><${Untrusted} text=${row.last_failure} /></span>`}</div>`;
}
