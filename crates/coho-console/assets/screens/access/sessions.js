// The sessions of the console: who is signed in, and ending one or all of them.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { sessions } from '../../api.js';
import { signOut, signOutEverywhere } from '../../session.js';
import { useResource } from '../../resource.js';
import { Badge, Button, Card, confirm, Loaded, Table, Time, toast, Untrusted } from '../../components/index.js';
import { browserName } from './browser_name.js';

/** Ends one session; a session that has ended already is as good. */
async function end({ id, is_current: isCurrent }) {
  if (isCurrent) {
    await signOut();
    return;
  }
  await sessions.revoke(id).catch((error) => {
    if (error.code !== 'NoSuchSession') throw error;
  });
}

async function askAndEnd(session, reload) {
  const name = browserName(session.user_agent) || t('access.browser_unknown');
  const question = session.is_current ? { title: t('access.end_own_title'), text: t('access.end_own_text'), action: t('shell.sign_out') }
    : { title: t('access.end_title'), text: t('access.end_text', { name, address: session.address }), action: t('access.end'), danger: true };
  if (!(await confirm(question))) return;
  try {
    await end(session);
    if (session.is_current) return;
    toast.good(t('access.ended'));
    await reload();
    document.getElementById('sessions-heading')?.focus();
  } catch (error) {
    toast.bad(error);
  }
}

async function askAndEndAll() {
  const question = { title: t('shell.everywhere_title'), text: t('shell.everywhere_text'), action: t('shell.sign_out_everywhere'), danger: true };
  if (await confirm(question)) await signOutEverywhere().catch(toast.bad);
}

function Browser({ session }) {
  const name = browserName(session.user_agent);
  return html`<span class="browser"><span class="row"><span>${name || t('access.browser_unknown')}</span>${session.is_current && html`<${Badge} tone="good" dot>${t('access.this_session')}<//>`}</span>
    ${session.user_agent && html`<span class="muted small agent"><${Untrusted} text=${session.user_agent} /></span>`}</span>`;
}

/** When, and with the token or with which access key. */
function SignedIn({ session }) {
  const key = session.access_key_id;
  return html`<div><${Time} value=${session.created_at} /><div class="small muted">${key ? html`<code class="break"><${Untrusted} text=${key} /></code>` : t('access.by_token')}</div></div>`;
}

const columns = (reload) => [
  { id: 'browser', label: t('access.column.browser'), lead: true, cell: (session) => html`<${Browser} session=${session} />` },
  { id: 'address', label: t('access.column.address'), sort: (one) => one.address, cell: ({ address }) => html`<code class="session-address">${address || '—'}</code>` },
  { id: 'created', label: t('access.column.signed_in'), sort: (one) => one.created_at, cell: (one) => html`<${SignedIn} session=${one} />` },
  { id: 'used', label: t('access.column.used'), sort: (one) => one.last_used_at, cell: (one) => html`<${Time} value=${one.last_used_at} ago />` },
  { id: 'ends', label: t('access.column.ends'), sort: (one) => one.idle_expires_at, cell: (one) => html`<${Time} value=${one.idle_expires_at} />` },
  { id: 'actions', label: t('access.column.actions'), hideLabel: true, cell: (one) => html`<${Button} size="small" icon=${one.is_current ? 'signout' : 'close'}
    aria-label=${one.is_current ? undefined : t('access.end_one', { name: browserName(one.user_agent) || t('access.browser_unknown'), address: one.address })}
    onClick=${() => askAndEnd(one, reload)}>${t(one.is_current ? 'shell.sign_out' : 'access.end')}<//>` },
];

/** See the module comment. */
export function Sessions() {
  const found = useResource(({ signal }) => sessions.list({ signal }));
  const actions = html`<${Button} size="small" icon="refresh" busy=${found.loading && found.data !== undefined} onClick=${found.reload}>${t('action.refresh')}<//>
    <${Button} size="small" icon="lock" onClick=${askAndEndAll}>${t('shell.sign_out_everywhere')}<//>`;
  return html`<${Card} title=${html`<span id="sessions-heading" tabindex="-1">${t('access.sessions')}</span>`} sub=${t('access.sessions_sub')} actions=${actions} flush class="access-card">
    <${Loaded} resource=${found} area="access">${(data) => html`<${Table} caption=${t('access.sessions')} rows=${data.sessions} rowKey=${(one) => one.id} columns=${columns(found.reload)}
      rowClass=${(one) => (one.is_current ? 'selected' : '')} />`}<//>
  <//>`;
}
