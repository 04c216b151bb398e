// What can be done with one access key.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { confirm, KeyValues, Menu, Time, toast, Untrusted, visible } from '../../components/index.js';
import { isOwn } from './key_dialogs.js';

/** Characters of the id that are typed to confirm a deletion: ids begin alike. */
const TYPED_CHARS = 6;

const pathOf = ({ id }) => /** @type {const} */ (`/v1/access-keys/${encodeURIComponent(id)}`);

/** Deletes a key; one that is gone already is as good. */
export const removeKey = (key) => api.delete(pathOf(key)).catch((error) => {
  if (error.code !== 'NoSuchAccessKey') throw error;
});

const Facts = ({ target }) => html`<${KeyValues} items=${[
  [t('access.column.id'), html`<code class="break"><${Untrusted} text=${target.id} /></code>`],
  [t('access.column.account'), html`<${Untrusted} text=${target.account} />`],
  [t('access.column.used'), target.last_used_at ? html`<${Time} value=${target.last_used_at} />` : t('access.never_used')],
]} />`;

/** A question whose text says what is lost, with a warning if the session of this page is. */
function ask(key, kind, more = {}) {
  const own = isOwn(key) ? ` ${t('access.own_ends')}` : '';
  return confirm({ title: t(`access.${kind}.title`), text: t(`access.${kind}.text`) + own, details: html`<${Facts} target=${key} />`, action: t(`access.${kind}.action`), danger: true, ...more });
}

async function setEnabled(key, enabled, reload) {
  if (!enabled && !(await ask(key, 'disable'))) return;
  try {
    await api.patch(pathOf(key), { body: { enabled } });
    toast.good(t(enabled ? 'access.enabled' : 'access.disabled'));
  } catch (error) {
    toast.bad(error);
  }
  reload();
}

async function askAndDelete(key, reload) {
  if (!(await ask(key, 'delete', { typed: key.id.slice(-TYPED_CHARS) }))) return;
  try {
    await removeKey(key);
    toast.good(t('access.deleted'));
  } catch (error) {
    toast.bad(error);
  }
  await reload();
  document.getElementById('keys-heading')?.focus();
}

/** `open(kind, key)` opens a dialog. */
export function KeyMenu({ target, open, reload }) {
  const configured = target.source !== 'stored' && t('access.configured');
  const temporary = target.kind === 'with_security_token' && t('access.temporary_key');
  const item = (label, icon, reason, onClick, danger = false) => ({ label: t(`access.menu.${label}`), icon, onClick, danger, disabled: Boolean(reason), disabledReason: reason || undefined });
  const enabled = target.state !== 'disabled';
  return html`<${Menu} size="small" label=${t('access.menu.label', { id: visible(target.id) })} items=${[
    item('rights', 'edit', configured, () => open('rights', target)),
    item('rotate', 'refresh', configured || temporary, () => open('rotate', target)),
    item('temporary', 'clock', temporary || (target.state !== 'active' && t('access.not_active')), () => open('temporary', target)),
    '-',
    item(enabled ? 'disable' : 'enable', enabled ? 'pause' : 'play', configured, () => setEnabled(target, !enabled, reload)),
    item('delete', 'trash', configured, () => askAndDelete(target, reload), true),
  ]} />`;
}
