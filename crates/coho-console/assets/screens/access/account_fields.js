// The id and the display name of an account, and why they would be refused.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { TextField, Untrusted } from '../../components/index.js';
import { utf8Length } from '../objects/keys.js';

const MAX_ID = 64;
const MAX_NAME_BYTES = 128;
const ID = /^[A-Za-z0-9._-]*$/;

/** Keys of the catalogue; '' if the value is good. An id that is empty is made by the server. */
export const idFault = (id) => (id.length > MAX_ID || !ID.test(id) ? 'account.id_fault' : '');

export function nameFault(name, required = false) {
  if (name === '') return required ? 'account.name_missing' : '';
  return utf8Length(name) > MAX_NAME_BYTES || /\p{Cc}/u.test(name) ? 'account.name_fault' : '';
}

const errorOf = (fault, tried) => (tried && fault ? t(`access.${fault}`, { n: fault === 'account.id_fault' ? MAX_ID : MAX_NAME_BYTES }) : '');

export const NameField = ({ value, onInput, tried, required = false, ...rest }) => html`<${TextField} label=${t('access.account.name')} term="DisplayName" value=${value} onInput=${onInput}
  help=${t('access.account.name_help')} error=${errorOf(nameFault(value, required), tried)} ...${rest} />`;

export const IdField = ({ value, onInput, tried }) => html`<${TextField} label=${t('access.account.id')} term="ID" mono value=${value} onInput=${onInput}
  help=${t('access.account.id_help')} error=${errorOf(idFault(value), tried)} />`;

/** An account by its display name and its id, or by its id alone if it has no other name. */
export function AccountName({ account }) {
  if (account.display_name === account.id) return html`<span class="break"><${Untrusted} text=${account.id} /></span>`;
  return html`<span class="account-name"><span class="break"><${Untrusted} text=${account.display_name} /></span><code class="muted small break"><${Untrusted} text=${account.id} /></code></span>`;
}
