// The rows of a folder.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { Badge, Button, Bytes, Empty, ErrorBox, Icon, Skeleton, Time, Untrusted, visible } from '../../components/index.js';
import { VirtualList } from '../../components/virtual_list.js';
import { nameOf } from './keys.js';
import { downloadUrl } from './download.js';
import { originHost, originUrl } from './origin_url.js';
import { useProvenance } from './provenance.js';
import { ARCHIVE_CLASSES, kept, objectAddress, versionState, versionTone } from './view.js';

/** From these widths on, more columns are shown. */
const MIDDLE = '(min-width: 44rem)';
const WIDE = '(min-width: 84rem)';

/** Heights of a row; on a narrow screen, and of a version, it has two lines. */
const ROW_PX = 40;
const TALL_ROW_PX = 56;
/** Height of a long list. */
const FULL_HEIGHT = 'max(16rem, calc(100dvh - 23rem))';

function useMedia(query) {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => set(list.matches);
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return matches;
}

function columnsOf(versions, middle, wide, selectAll) {
  return [
    { id: 'select', width: '2.75rem', label: selectAll, name: t('objects.column.select') },
    { id: 'name', label: t('objects.column.name'), width: 'minmax(10rem, 1fr)' },
    middle && { id: 'size', label: t('objects.column.size'), width: '7.5rem', end: true },
    middle && { id: 'modified', label: t('objects.column.modified'), width: '13rem' },
    middle && (versions ? { id: 'state', label: t('objects.column.version'), width: '11rem' } : { id: 'origin', label: t('objects.column.origin'), width: 'minmax(6rem, 11rem)' }),
    wide && { id: 'class', label: t('objects.column.class'), width: '8.5rem' },
    wide && { id: 'etag', label: 'ETag', width: 'minmax(8rem, 20rem)' },
    middle && { id: 'actions', label: html`<span class="visually-hidden">${t('objects.column.actions')}</span>`, name: t('objects.column.actions'), width: '3.25rem' },
  ].filter(Boolean);
}

/** What a row is called within its folder. A segment may be empty. */
function RowName({ row, view }) {
  if (row.key === view.folder) return html`<em>${t('objects.this_folder')}</em>`;
  const name = view.flat ? row.key.slice(view.folder.length) : nameOf(row.key);
  return name === '/' ? html`<em>${t('objects.empty_name')}</em>/` : html`<${Untrusted} text=${name} />`;
}

/** Whether the object was fetched, and from which host; nothing while that is not known. */
function OriginCell({ origin }) {
  if (!origin?.mirrored_from) return null;
  const title = `${t('objects.origin.mirrored')}: ${visible(originUrl(origin.mirrored_from))}`;
  return html`<span class="origin-cell" title=${title}><${Icon} name="migration" size=${0.875} /><span class="visually-hidden">${t('objects.origin.mirrored')} </span>
    <span class="truncate"><${Untrusted} text=${originHost(origin.mirrored_from)} /></span></span>`;
}

const iconOf = (row) => (row.kind === 'folder' ? 'folder' : row.isMarker ? 'trash' : row.type === 'Symlink' ? 'link' : 'object');

/** The second line of a name: of a version its id, on a narrow screen what other columns have. */
function NameNote({ row, middle, origin }) {
  if (row.kind === 'folder' || (middle && row.kind === 'object')) return null;
  if (middle) return html`<span class="small muted mono truncate">${row.versionId}</span>`;
  return html`<span class="small muted truncate">${!row.isMarker && html`<${Bytes} value=${row.size} /> · `}<${Time} value=${row.lastModified} ago />
    ${row.kind === 'version' && html` · ${versionState(row)}`}${origin?.mirrored_from && html` · ${t('objects.origin.mirrored')}`}</span>`;
}

/** The object that a symbolic link shows, with the way there. */
function LinkTarget({ view, target, active }) {
  return html`<span class="object-target"><span aria-hidden="true">→</span><span class="visually-hidden">${t('objects.symlink.shows')} </span>
    <a class="truncate" href=${objectAddress(view.bucket, target, kept(view))} tabindex=${active ? 0 : -1} title=${visible(target)}><${Untrusted} text=${target} /></a></span>`;
}

function NameCell({ row, view, address, active, middle, origin }) {
  return html`<span class="object-cell"><${Icon} name=${iconOf(row)} />
    <span class="object-text"><span class="object-line"><a class="object-name truncate" href=${address} tabindex=${active ? 0 : -1} title=${visible(row.key)}><${RowName} row=${row} view=${view} /></a>
      ${row.type === 'Symlink' && html`<span class="visually-hidden"> ${t('objects.symlink.type')}</span>`}
      ${origin?.symlink_target && html`<${LinkTarget} view=${view} target=${origin.symlink_target} active=${active} />`}</span>
      <${NameNote} row=${row} middle=${middle} origin=${origin} /></span></span>`;
}

/** The storage class, and whether an archived object can be read. */
function ClassCell({ row }) {
  if (!ARCHIVE_CLASSES.includes(row.storageClass) || !row.restore) return row.storageClass;
  return html`${row.storageClass} <span class="small muted">${t(row.restore.includes('true') ? 'objects.archive.restoring' : 'objects.archive.restored')}</span>`;
}

function Placeholder({ id }) {
  return id === 'name' ? html`<span class="skeleton object-skeleton"></span>` : null;
}

/** One cell. */
function Cell({ row, id, view, address, active, middle, selected, origin, onToggle }) {
  if (!row) return html`<${Placeholder} id=${id} />`;
  switch (id) {
    case 'select':
      return html`<input type="checkbox" class="object-check" tabindex=${active ? 0 : -1} checked=${selected} aria-label=${t('objects.select_one', { name: visible(row.key) })}
        onClick=${(event) => onToggle({ shift: event.shiftKey })} />`;
    case 'name':
      return html`<${NameCell} row=${row} view=${view} address=${address} active=${active} middle=${middle} origin=${origin} />`;
    case 'state':
      return row.kind === 'version' && html`<${Badge} tone=${versionTone(row)}>${versionState(row)}<//>`;
    case 'origin':
      return html`<${OriginCell} origin=${origin} />`;
    case 'actions':
      return row.kind !== 'folder' && !row.isMarker && downloadUrl(view.bucket, row.key) !== '' && html`<${Button} variant="quiet" size="small" class="icon-only" icon="download" href=${downloadUrl(view.bucket, row.key, row.versionId)} download=""
        tabindex=${active ? 0 : -1} aria-label=${t('objects.download_one', { name: visible(row.key) })} title=${t('objects.download')} />`;
    default:
      if (row.kind === 'folder' || (row.isMarker && id !== 'modified')) return null;
      return { size: () => html`<${Bytes} value=${row.size} />`, modified: () => html`<${Time} value=${row.lastModified} />`,
        class: () => html`<${ClassCell} row=${row} />`, etag: () => html`<span class="mono">${row.etag.replaceAll('"', '')}</span>` }[id]();
  }
}

/** The address of a row: a folder is opened, an object's details are shown. */
export function addressOf(view, query, row) {
  const path = ['buckets', view.bucket, 'objects'];
  return row.kind === 'folder' ? href(path, { prefix: row.key, ...kept(query) }) : href(path, { ...query, key: row.key, version: row.versionId });
}

function ListEmpty({ view, query, actions }) {
  const filtered = view.prefix !== view.folder;
  const all = href(['buckets', view.bucket, 'objects'], { prefix: view.folder, ...kept(query) });
  if (filtered || view.after) {
    return html`<${Empty} icon="search" title=${t('objects.none_found')} actions=${html`<${Button} href=${all}>${t('objects.show_folder')}<//>`}>
      ${filtered ? html`${t('objects.none_begins')} <code class="break"><${Untrusted} text=${view.prefix} /></code>` : t('objects.none_after')}<//>`;
  }
  return html`<${Empty} icon=${view.folder === '' ? 'bucket' : 'folder'} title=${t(view.folder === '' ? 'objects.empty_bucket' : 'objects.empty_folder')} actions=${actions}>
    ${t('objects.empty_text')}<//>`;
}

/** The list, or what stands in its place. */
export function ObjectList({ listing, view, query, selection, onOpen, handle, emptyActions }) {
  const middle = useMedia(MIDDLE);
  const wide = useMedia(WIDE);
  const provenance = useProvenance(listing, view.bucket);
  const rowHeight = middle && !view.versions ? ROW_PX : TALL_ROW_PX;
  const failed = listing.error && html`<${ErrorBox} error=${listing.error} retry=${() => listing.retry()} area="objects" />`;
  if (!listing.ready) return html`<div class="list-state">${failed || html`<${Skeleton} lines=${8} />`}</div>`;
  if (listing.count === 0 && !listing.more) return failed || html`<${ListEmpty} view=${view} query=${query} actions=${emptyActions} />`;
  const chosen = selection.rows.length;
  const selectAll = html`<input type="checkbox" class="object-check" checked=${chosen > 0 && chosen >= listing.count} aria-label=${t('objects.select_loaded')}
    title=${t('objects.select_loaded')} onClick=${(event) => (event.currentTarget.checked ? selection.all() : selection.clear())} />`;
  const address = (row) => addressOf(view, query, row);
  const cell = (index, id, { active }) => {
    const row = listing.row(index);
    return html`<${Cell} row=${row} id=${id} view=${view} address=${row && address(row)} active=${active} middle=${middle} selected=${row !== null && selection.has(row)} origin=${row?.kind === 'object' ? provenance.of(row) : null}
      onToggle=${({ shift }) => selection.toggle(index, shift)} />`;
  };
  const inView = (first, last) => {
    listing.want(first, last);
    provenance.want(first, last);
  };
  const key = (event) => {
    if (event.key.toLowerCase() !== 'a' || !(event.ctrlKey || event.metaKey) || event.target.matches('input:not([type=checkbox])')) return;
    event.preventDefault();
    selection.all();
  };
  return html`<div class="object-list" onKeyDown=${key}>${failed && html`<div class="list-state">${failed}</div>`}
    <${VirtualList} label=${t(view.versions ? 'objects.list_versions' : 'objects.list')} count=${listing.count + (listing.more ? 1 : 0)} columns=${columnsOf(view.versions, middle, wide, selectAll)} rowHeight=${rowHeight}
      cell=${cell} rowKey=${(index) => index} onRange=${inView} isSelected=${(index) => selectedAt(listing, selection, index)}
      onToggle=${(index, { shift }) => selection.toggle(index, shift)} onOpen=${(index) => listing.row(index) && onOpen(address(listing.row(index)))} handle=${handle}
      height=${listing.more ? FULL_HEIGHT : `min(${listing.count * rowHeight}px, ${FULL_HEIGHT})`} /></div>`;
}

function selectedAt(listing, selection, index) {
  const row = listing.row(index);
  return row !== null && selection.has(row);
}
