// Where in the bucket the list is: the folders above, the field that narrows it down or jumps, and how many rows are known.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href, navigate, setQuery } from '../../router.js';
import { formatNumber } from '../../format.js';
import { Button, Checkbox, Form, Icon, IconButton, Notice, Select, TextField, Untrusted, visible } from '../../components/index.js';
import { foldersOf } from './keys.js';
import { kept } from './view.js';

/** Folders that are shown of a deep path: the first and the last ones. */
const FIRST_FOLDERS = 1;
const LAST_FOLDERS = 3;

function Folders({ view, query }) {
  const path = ['buckets', view.bucket, 'objects'];
  const folders = foldersOf(view.folder);
  const hidden = folders.length - FIRST_FOLDERS - LAST_FOLDERS;
  const shown = hidden > 0 ? [...folders.slice(0, FIRST_FOLDERS), null, ...folders.slice(-LAST_FOLDERS)] : folders;
  const link = (prefix, label, current) => html`<a class="folder-link" href=${href(path, { prefix, ...kept(query) })} aria-current=${current ? 'location' : undefined}>${label}</a>`;
  const item = (folder, at) => {
    if (folder === null) return html`<li key="hidden" title=${t('objects.folders_between', { n: hidden })}><span aria-hidden="true">…</span><span class="visually-hidden">${t('objects.folders_between', { n: hidden })}</span></li>`;
    const label = folder.name === '' ? html`<em>${t('objects.empty_name')}</em>` : html`<span class="truncate" title=${visible(folder.name)}><${Untrusted} text=${folder.name} /></span>`;
    return html`<li key=${folder.prefix}>${link(folder.prefix, label, at === shown.length - 1)}</li>`;
  };
  return html`<nav class="folders" aria-label=${t('objects.folders')}><ol>
    <li>${link('', html`<${Icon} name="bucket" /><span class="truncate">${view.bucket}</span>`, shown.length === 0)}</li>${shown.map(item)}</ol></nav>`;
}

const typedOf = (view) => (view.after ? view.after.slice(view.after.startsWith(view.folder) ? view.folder.length : 0) : view.prefix.slice(view.folder.length));

/** Two ways to find something among millions: what begins with a text, or all from a key on. */
function Find({ view, query }) {
  const [mode, setMode] = useState(view.after ? 'after' : 'prefix');
  const [typed, setTyped] = useState(typedOf(view));
  useEffect(() => {
    setTyped(typedOf(view));
    if (view.after) setMode('after');
  }, [view.prefix, view.after]);
  const go = () => {
    const next = mode === 'prefix' ? { prefix: view.folder + typed } : { prefix: view.folder, after: typed === '' ? '' : view.folder + typed };
    navigate(href(['buckets', view.bucket, 'objects'], { ...next, ...kept(query) }));
  };
  return html`<${Form} class="find" onSubmit=${go} role="search" aria-label=${t('objects.find')}>
    <${Select} label=${t('objects.find_how')} hideLabel value=${mode} onInput=${setMode} options=${[{ value: 'prefix', label: t('objects.find_prefix') }, { value: 'after', label: t('objects.find_after') }]} />
    <${TextField} class="grow" label=${t('objects.find')} hideLabel mono type="search" value=${typed} onInput=${setTyped} placeholder=${t('objects.find_placeholder')} data-search />
    <${Button} type="submit" icon="search">${t('objects.find_go')}<//>
    ${(view.versioning || view.versions) && html`<${Checkbox} label=${t('objects.show_versions')} checked=${view.versions} onInput=${(on) => setQuery({ versions: on ? '1' : '', key: null, version: null }, { push: true })} />`}
  <//>`;
}

function Known({ listing }) {
  if (!listing.ready) return null;
  const n = listing.count;
  return html`<span class="muted small number" role="status">${listing.more ? t('objects.rows_so_far', { n, count: formatNumber(n) }) : t('objects.rows', { n })}</span>`;
}

/** See the module comment. */
export function PathBar({ view, query, listing, arrivals }) {
  const refresh = () => {
    arrivals.clear();
    listing.refresh();
  };
  return html`<div class="path-bar"><div class="row-between"><${Folders} view=${view} query=${query} />
      <div class="row nowrap"><${Known} listing=${listing} revision=${listing.revision} /><${IconButton} icon="refresh" label=${t('action.refresh')} onClick=${refresh} aria-busy=${listing.busy ? 'true' : undefined} /></div></div>
    <${Find} view=${view} query=${query} />
    ${view.after && html`<${Notice} actions=${html`<${Button} size="small" href=${href(['buckets', view.bucket, 'objects'], { prefix: view.folder, ...kept(query) })}>${t('objects.from_start')}<//>`}>
      ${t('objects.after_note')} <code class="break"><${Untrusted} text=${view.after} /></code><//>`}
    ${arrivals.count > 0 && html`<${Notice} live actions=${html`<${Button} size="small" icon="refresh" onClick=${refresh}>${t('action.refresh')}<//>`}>${t('objects.arrivals', { n: arrivals.count })}<//>`}
  </div>`;
}
