// Who may use the store: accounts, the access keys of clients, roles, and the sessions of this console.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';
import { Page } from '../../components/index.js';
import { Accounts } from './accounts.js';
import { CreateAccountDialog, DeleteAccountDialog, RenameAccountDialog } from './account_dialogs.js';
import { CreateKeyDialog } from './create_key.js';
import { IssuedDialog } from './issued.js';
import { RightsDialog, RotateDialog, TemporaryDialog } from './key_dialogs.js';
import { Keys } from './keys.js';
import { RoleDialog } from './role_dialog.js';
import { Roles } from './roles.js';
import { Sessions } from './sessions.js';

export const stylesheet = new URL('./access.css', import.meta.url).href;

/** The changes that concern the page: the configuration was read again, accounts or keys were changed. */
const CHANGES = ['reload', 'access'];

async function read(signal) {
  const [{ keys }, { accounts }, { roles }, { settings }] = await Promise.all(
    [api.get('/v1/access-keys', { signal }), api.get('/v1/accounts', { signal }), api.get('/v1/roles', { signal }), api.get('/v1/configuration', { signal })]);
  const valueOf = (key) => settings.find((one) => one.key === key)?.value ?? null;
  return { keys, accounts, roles, file: valueOf('credentials_file'), dataDir: valueOf('data_dir') };
}

/** The dialog that is open: `{ kind, target }`, or, with a secret that is shown once, `{ kind: 'issued', title, issued }`. */
function OpenDialog({ dialog, set, found }) {
  const close = () => set(null);
  const done = () => {
    set(null);
    found.reload();
  };
  const issue = (title) => (issued) => {
    set({ kind: 'issued', title, issued });
    found.reload();
  };
  const { kind, target } = dialog;
  const common = { target, onClose: close, onDone: done };
  switch (kind) {
    case 'issued':
      return html`<${IssuedDialog} title=${t(dialog.title)} issued=${dialog.issued} onClose=${close} />`;
    case 'create':
      return html`<${CreateKeyDialog} accounts=${found.data.accounts} account=${target?.id} onClose=${close} onIssued=${issue('access.issued.created')} onMade=${found.reload} />`;
    case 'rights':
      return html`<${RightsDialog} ...${common} />`;
    case 'rotate':
      return html`<${RotateDialog} ...${common} onIssued=${issue('access.issued.rotated')} />`;
    case 'temporary':
      return html`<${TemporaryDialog} ...${common} onIssued=${issue('access.issued.temporary')} />`;
    case 'role':
      return html`<${RoleDialog} ...${common} found=${found.data} />`;
    case 'create_account':
      return html`<${CreateAccountDialog} ...${common} />`;
    case 'rename_account':
      return html`<${RenameAccountDialog} ...${common} />`;
    default:
      return html`<${DeleteAccountDialog} ...${common} />`;
  }
}

/** The screen. */
export default function Screen({ route }) {
  const found = useResource(({ signal }) => read(signal), []);
  useEventReload('configuration_changed', found.reload, ({ what }) => CHANGES.includes(what));
  const [dialog, set] = useState(/** @type {{ kind: string, target?: any, title?: string, issued?: any } | null} */ (null));
  const names = new Map((found.data?.accounts ?? []).map((account) => [account.id, account.display_name]));
  const nameOf = (id) => names.get(id) ?? id;
  const open = (kind, target = null) => found.data && set({ kind, target });
  return html`<${Page} title=${t('access.title')} sub=${t('access.sub')}>
    <${Keys} found=${found} find=${route.query.find ?? ''} nameOf=${nameOf} open=${open} /><${Roles} found=${found} open=${open} /><${Accounts} found=${found} open=${open} /><${Sessions} />
    ${dialog && html`<${OpenDialog} dialog=${dialog} set=${set} found=${found} />`}<//>`;
}
