// The roles, whose rights trusted keys get for some time by AssumeRole.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { formatDuration } from '../../format.js';
import { Badge, Button, Card, confirm, CopyButton, Empty, Loaded, Menu, Table, toast, Untrusted, visible } from '../../components/index.js';
import { Rights } from './right_list.js';

const PAGE_ROWS = 100;

const pathOf = ({ id }) => /** @type {const} */ (`/v1/roles/${encodeURIComponent(id)}`);

/** Deletes a role; one that is gone already is as good. */
export const removeRole = (role) => api.delete(pathOf(role)).catch((error) => {
  if (error.code !== 'NoSuchRole') throw error;
});

async function act(work, done, reload) {
  try {
    await work();
    toast.good(done);
  } catch (error) {
    toast.bad(error);
  }
  await reload();
  document.getElementById('roles-heading')?.focus();
}

async function setEnabled(role, enabled, reload) {
  if (!enabled && !(await confirm({ title: t('access.role.disable_title', { name: visible(role.name) }), text: t('access.role.disable_text'), action: t('access.disable.action'), danger: true }))) return;
  await act(() => api.patch(pathOf(role), { body: { enabled } }), t(enabled ? 'access.role.enabled' : 'access.role.disabled'), reload);
}

async function askAndDelete(role, reload) {
  const name = visible(role.name);
  if (!(await confirm({ title: t('access.role.delete_title', { name }), text: t('access.role.delete_text'), action: t('access.delete.action'), danger: true, typed: role.name }))) return;
  await act(() => removeRole(role), t('access.role.deleted'), reload);
}

function RoleMenu({ role, open, reload }) {
  return html`<${Menu} size="small" label=${t('access.role.menu', { name: visible(role.name) })} items=${[
    { label: t('access.role.edit'), icon: 'edit', onClick: () => open('role', role) },
    '-',
    { label: t(role.enabled ? 'access.menu.disable' : 'access.menu.enable'), icon: role.enabled ? 'pause' : 'play', onClick: () => setEnabled(role, !role.enabled, reload) },
    { label: t('access.menu.delete'), icon: 'trash', danger: true, onClick: () => askAndDelete(role, reload) },
  ]} />`;
}

const columns = (open, reload) => [
  { id: 'name', label: t('access.role.name'), lead: true, sort: (role) => role.name, cell: (role) => html`<div><${Untrusted} text=${role.name} /><div class="key-id"><code class="muted small break"><${Untrusted} text=${role.arn} /></code><${CopyButton} text=${role.arn} label=${t('access.role.copy_arn')} /></div></div>` },
  { id: 'state', label: t('access.column.state'), sort: (role) => String(role.enabled), cell: ({ enabled }) => html`<${Badge} tone=${enabled ? 'good' : ''} dot>${t(`access.state.${enabled ? 'active' : 'disabled'}`)}<//>` },
  { id: 'rights', label: t('access.column.rights'), cell: ({ rights }) => html`<${Rights} rights=${rights} />` },
  { id: 'trusted', label: t('access.role.trusted'), cell: ({ trusted }) => html`<${Rights} rights=${trusted} />` },
  { id: 'life', label: t('access.role.life'), sort: (role) => role.max_session_seconds, cell: (role) => formatDuration(role.max_session_seconds) },
  { id: 'actions', label: t('access.column.actions'), hideLabel: true, cell: (role) => html`<${RoleMenu} role=${role} open=${open} reload=${reload} />` },
];

/** `found`: what the screen has read. */
export function Roles({ found, open }) {
  const actions = html`<${Button} size="small" icon="plus" onClick=${() => open('role')}>${t('access.role.create')}<//>`;
  return html`<${Card} title=${html`<span id="roles-heading" tabindex="-1">${t('access.roles')}</span>`} sub=${t('access.roles_sub')} actions=${actions} flush class="access-card">
    <${Loaded} resource=${found} area="access">${(data) => html`<${Table} caption=${t('access.roles')} rows=${data.roles} rowKey=${(role) => role.id} columns=${columns(open, found.reload)}
      pageSize=${PAGE_ROWS} initialSort=${{ id: 'name', descending: false }} empty=${html`<${Empty} icon="user" title=${t('access.role.none')}>${t('access.role.none_help')}<//>`} />`}<//>
  <//>`;
}
