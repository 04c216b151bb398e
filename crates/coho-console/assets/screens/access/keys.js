// The access keys: who they act for, what they may do, and what can be done with them.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { setQuery } from '../../router.js';
import { Badge, Button, Card, CopyButton, Details, Empty, Loaded, Table, TextField, Time, Untrusted } from '../../components/index.js';
import { AccountName } from './account_fields.js';
import { KeyMenu } from './key_menu.js';
import { Rights } from './right_list.js';
import { Steps } from './steps.js';

const PAGE_ROWS = 100;
const TONES = { active: 'good', disabled: '', expired: 'warn' };

function Id({ target }) {
  return html`<span class="key-id"><code class="break"><${Untrusted} text=${target.id} /></code><${CopyButton} text=${target.id} label=${t('access.copy_id')} /></span>
    <div class="small muted">${t(`access.source.${target.source}`)}${target.created_at && html`, <${Time} value=${target.created_at} day />`}</div>
    ${target.kind !== 'permanent' && html`<div class="small muted">${t(`access.kind.${target.kind}`)}</div>`}`;
}

function State({ target }) {
  return html`<${Badge} tone=${TONES[target.state]} dot>${t(`access.state.${target.state}`)}<//>
    ${target.expires_at && target.state !== 'expired' && html`<div class="small muted">${t('access.expires')} <${Time} value=${target.expires_at} ago /></div>`}
    ${target.previous_secret_until && html`<div class="small muted">${t('access.previous')} <${Time} value=${target.previous_secret_until} ago /></div>`}`;
}

const columns = (nameOf, open, reload) => [
  { id: 'id', label: t('access.column.id'), lead: true, sort: (key) => key.id, cell: (key) => html`<${Id} target=${key} />` },
  { id: 'account', label: t('access.column.account'), sort: (key) => nameOf(key.account), cell: ({ account }) => html`<div class="key-account"><${AccountName} account=${{ id: account, display_name: nameOf(account) }} /></div>` },
  { id: 'state', label: t('access.column.state'), sort: (key) => key.state, cell: (key) => html`<div><${State} target=${key} /></div>` },
  { id: 'rights', label: t('access.column.rights'), cell: ({ rights }) => html`<${Rights} rights=${rights} />` },
  { id: 'used', label: t('access.column.used'), sort: (key) => key.last_used_at, cell: (key) => (key.last_used_at ? html`<${Time} value=${key.last_used_at} ago />` : html`<span class="muted">${t('access.never_used')}</span>`) },
  { id: 'actions', label: t('access.column.actions'), hideLabel: true, cell: (key) => html`<${KeyMenu} target=${key} open=${open} reload=${reload} />` },
];

/** Keys whose id, account or rights have the text. */
function fitting(keys, nameOf, find) {
  const lower = find.trim().toLowerCase();
  if (lower === '') return keys;
  return keys.filter((key) => [key.id, key.account, nameOf(key.account), t(`access.state.${key.state}`), ...key.rights].some((text) => text.toLowerCase().includes(lower)));
}

/** `found`: what the screen has read; `find`: the search; `nameOf(id)`: the display name of an account. */
export function Keys({ found, find, nameOf, open }) {
  const { data, reload } = found;
  const actions = html`<${Button} size="small" icon="refresh" busy=${found.loading && data !== undefined} onClick=${reload}>${t('action.refresh')}<//>
    <${Button} size="small" variant="primary" icon="plus" onClick=${() => open('create')}>${t('access.create.open')}<//>`;
  const sub = data ? t('access.keys_count', { n: data.keys.length, accounts: data.accounts.length }) : t('access.keys_sub');
  return html`<${Card} title=${html`<span id="keys-heading" tabindex="-1">${t('access.keys')}</span>`} sub=${sub} actions=${actions} flush class="access-card">
    <${Loaded} resource=${found} area="access">${({ keys, file, dataDir }) => {
      const rows = fitting(keys, nameOf, find);
      const nothing = keys.length === 0 ? html`<${Empty} icon="access" title=${t('access.none')}>${t('access.none_help')}<//>`
        : html`<${Empty} icon="search" title=${t('access.find.none')} actions=${html`<${Button} onClick=${() => setQuery({ find: null })}>${t('access.find.all')}<//>`} />`;
      return html`<div class="access-find"><${TextField} label=${t('access.find.label')} hideLabel type="search" data-search placeholder=${t('access.find.label')} value=${find} onInput=${(text) => setQuery({ find: text })} />
          <span class="muted small" role="status">${find === '' ? '' : t('access.find.count', { n: rows.length })}</span></div>
        <${Table} caption=${t('access.keys')} rows=${rows} rowKey=${(key) => key.id} columns=${columns(nameOf, open, reload)} pageSize=${PAGE_ROWS} initialSort=${{ id: 'id', descending: false }} empty=${nothing} />
        <div class="access-more"><p class="muted small">${t('access.rights')}</p>
          <${Details} summary=${t('access.steps.title')}><${Steps} source=${keys.find(({ source }) => source !== 'stored')?.source ?? 'file'} file=${file} dataDir=${dataDir} /><//></div>`;
    }}<//>
  <//>`;
}
