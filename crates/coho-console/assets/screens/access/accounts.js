// The accounts, which own buckets and which keys act for.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { formatNumber } from '../../format.js';
import { Badge, Button, Card, Loaded, Menu, Table, Time, visible } from '../../components/index.js';
import { AccountName } from './account_fields.js';

const PAGE_ROWS = 100;

function AccountMenu({ account, open }) {
  const name = visible(account.display_name);
  return html`<${Menu} size="small" label=${t('access.account.menu', { name })} items=${[
    { label: t('access.create.open'), icon: 'plus', onClick: () => open('create', account) },
    { label: t('access.account.rename'), icon: 'edit', onClick: () => open('rename_account', account) },
    '-',
    { label: t('access.account.delete'), icon: 'trash', danger: true, disabled: account.is_configured, disabledReason: account.is_configured ? t('access.account.configured') : undefined,
      onClick: () => open('delete_account', account) },
  ]} />`;
}

const columns = (open) => [
  { id: 'name', label: t('access.column.account'), lead: true, sort: (account) => account.display_name, cell: (account) => html`<${AccountName} account=${account} />` },
  { id: 'keys', label: t('access.keys'), end: true, sort: (account) => account.access_keys, cell: (account) => html`<span class="number">${formatNumber(account.access_keys)}</span>` },
  { id: 'source', label: t('access.column.source'), sort: (account) => String(account.is_configured), cell: (account) => html`<${Badge}>${t(account.is_configured ? 'access.account.of_configuration' : 'access.source.stored')}<//>` },
  { id: 'created', label: t('access.account.created'), sort: (account) => account.created_at, cell: (account) => html`<${Time} value=${account.created_at} day />` },
  { id: 'actions', label: t('access.column.actions'), hideLabel: true, cell: (account) => html`<${AccountMenu} account=${account} open=${open} />` },
];

/** `found`: what the screen has read. */
export function Accounts({ found, open }) {
  const actions = html`<${Button} size="small" icon="plus" onClick=${() => open('create_account')}>${t('access.account.create')}<//>`;
  return html`<${Card} title=${html`<span id="accounts-heading" tabindex="-1">${t('access.accounts')}</span>`} sub=${t('access.accounts_sub')} actions=${actions} flush class="access-card">
    <${Loaded} resource=${found} area="access">${(data) => html`<${Table} caption=${t('access.accounts')} rows=${data.accounts} rowKey=${(account) => account.id} columns=${columns(open)}
      pageSize=${PAGE_ROWS} initialSort=${{ id: 'name', descending: false }} />`}<//>
  <//>`;
}
