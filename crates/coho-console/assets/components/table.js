// A table of up to some hundreds of rows; longer ones are a VirtualList.
//   html`<${Table} caption=${…} rows=${rows} rowKey=${(row) => row.id} columns=${[
//     { id: 'name', label: t('…'), cell: (row) => html`…`, sort: (row) => row.name, lead: true },
//     { id: 'size', label: t('…'), cell: …, end: true },
//     { id: 'actions', label: t('…'), hideLabel: true, cell: … },
//   ]} empty=${html`<${Empty}…`} initialSort=${{ id: 'name', descending: false }} />`
// `sort` makes the column sortable; `end` aligns numbers; on a narrow screen a row becomes a block, headed by the column with `lead`.
// `pageSize`: only so many rows are drawn, after sorting; a button draws as many more.

import { html, useState } from '../html.js';
import { t, locale } from '../i18n.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

function compare(a, b) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return typeof a === 'string' ? a.localeCompare(b, locale(), { numeric: true }) : a < b ? -1 : 1;
}

function sorted(rows, columns, order) {
  const column = order && columns.find((one) => one.id === order.id);
  if (!column?.sort) return rows;
  const direction = order.descending ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare(column.sort(a), column.sort(b)));
}

/** See the module comment. */
export function Table({ caption, rows, rowKey, columns, empty, initialSort = null, stacked = true, rowClass, pageSize = Infinity }) {
  const [order, setOrder] = useState(/** @type {{ id: string, descending: boolean } | null} */ (initialSort));
  const [limit, setLimit] = useState(pageSize);
  if (rows.length === 0 && empty) return empty;
  const head = (column) => {
    const active = order?.id === column.id;
    const descending = active && order?.descending === true;
    const turn = () => setOrder({ id: column.id, descending: active && !descending });
    const label = column.hideLabel ? html`<span class="visually-hidden">${column.label}</span>` : column.label;
    return html`<th key=${column.id} role="columnheader" scope="col" class=${column.end ? 'end' : ''} aria-sort=${active ? (descending ? 'descending' : 'ascending') : undefined}>
      ${column.sort ? html`<button type="button" class="sort" onClick=${turn}>${label}<${Icon} name=${active ? (descending ? 'down' : 'up') : 'blank'} size=${0.8} class=${active ? '' : 'blank'} /></button>` : label}</th>`;
  };
  return html`<div class="table-region" role="region" aria-label=${caption} tabindex="0">
    <table role="table" class=${`table${stacked ? ' stacked' : ''}`}><caption class="visually-hidden">${caption}</caption>
      <thead role="rowgroup"><tr role="row">${columns.map(head)}</tr></thead>
      <tbody role="rowgroup">${sorted(rows, columns, order).slice(0, limit).map((row, index) => html`<tr role="row" key=${rowKey ? rowKey(row) : index} class=${rowClass?.(row)}>
        ${columns.map((column) => html`<td role="cell" key=${column.id} data-label=${column.hideLabel ? '' : column.label}
          class=${[column.end && 'end', column.lead && 'lead', column.hideLabel && 'actions'].filter(Boolean).join(' ')}>${column.cell(row)}</td>`)}</tr>`)}</tbody>
    </table></div>
    ${rows.length > limit && html`<div class="table-more"><span class="muted small">${t('table.shown', { n: limit, total: rows.length })}</span>
      <${Button} size="small" onClick=${() => setLimit(limit + pageSize)}>${t('action.more')}<//></div>`}`;
}
