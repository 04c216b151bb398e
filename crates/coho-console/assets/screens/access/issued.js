// A secret that was just made: it is shown this once, and is nowhere on the page after the dialog was closed.
//   html`<${IssuedDialog} title=${…} issued=${{ id, secret, token, expires, text }} onClose=${…} />`

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useLeaveGuard } from '../../router.js';
import { Button, copyText, CopyText, Dialog, KeyValues, Notice, Time } from '../../components/index.js';

/** What the command line of Coho and the SDKs read. The values are letters, digits and signs that need no escape within quotes. */
function variablesOf({ id, secret, token }) {
  const pairs = [['OSS_ACCESS_KEY_ID', id], ['OSS_ACCESS_KEY_SECRET', secret], ['OSS_SESSION_TOKEN', token]];
  return pairs.filter(([, value]) => value).map(([name, value]) => `export ${name}='${value}'\n`).join('');
}

/** See the module comment. Neither Esc nor a click beside it closes the dialog. `text`: what else is to be known. */
export function IssuedDialog({ title, issued, onClose }) {
  useLeaveGuard(true);
  const [copied, setCopied] = useState(false);
  const copyAll = async () => {
    await copyText(variablesOf(issued));
    setCopied(true);
  };
  const footer = html`<${Button} variant="primary" onClick=${onClose}>${t('access.issued.done')}<//>`;
  return html`<${Dialog} title=${title} dismissable=${false} footer=${footer}>
    <${Notice} tone="warn" title=${t('access.issued.once')}>${t('access.issued.once_text')}<//>
    <${KeyValues} items=${[
      [t('access.column.id'), html`<${CopyText} text=${issued.id} label=${t('access.copy_id')} />`],
      [t('access.issued.secret'), html`<${CopyText} text=${issued.secret} label=${t('access.issued.copy_secret')} />`],
      issued.token && [t('access.issued.token'), html`<${CopyText} text=${issued.token} label=${t('access.issued.copy_token')} />`],
      issued.expires && [t('access.issued.expires'), html`<${Time} value=${issued.expires} />`],
    ]} />
    ${issued.text && html`<p>${issued.text}</p>`}
    <div class="row"><${Button} icon=${copied ? 'check' : 'copy'} onClick=${copyAll}>${t('access.issued.copy_variables')}<//>
      <span class="muted small" role="status">${copied ? t('action.copied') : ''}</span></div>
  <//>`;
}

/** What an answer of the server has issued. */
export const issuedKey = ({ key, secret, security_token: token }) => ({ id: key.id, secret, token, expires: key.expires_at });
export const issuedSession = (made) => ({ id: made.access_key_id, secret: made.access_key_secret, token: made.security_token, expires: made.expires_at });
