// An account is made, renamed, or deleted with its keys and roles.

import { html, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { ApiError } from '../../api_error.js';
import { href } from '../../router.js';
import { useAction, useResource } from '../../resource.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, Loaded, Notice, TextField, toast, Untrusted, visible } from '../../components/index.js';
import { IdField, idFault, NameField, nameFault } from './account_fields.js';
import { isOwn } from './key_dialogs.js';
import { removeKey } from './key_menu.js';
import { removeRole } from './roles.js';

/** Buckets and keys that are named before an account is deleted. */
const NAMED = 10;

const pathOf = ({ id }) => /** @type {const} */ (`/v1/accounts/${encodeURIComponent(id)}`);

/** `onDone` is called after it. */
export function CreateAccountDialog({ onClose, onDone }) {
  const [form, setForm] = useState({ id: '', name: '' });
  const [tried, setTried] = useState(false);
  const body = useRef(null);
  const create = useAction(async () => {
    await api.post('/v1/accounts', { body: { id: form.id || null, display_name: form.name || null } });
    toast.good(t('access.account.created_one'));
    onDone();
  });
  const set = (parts) => {
    setForm({ ...form, ...parts });
    create.clear();
  };
  const submit = () => {
    setTried(true);
    if (idFault(form.id) === '' && nameFault(form.name) === '') create.run();
    else focusFirstError(body.current);
  };
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//><${Button} type="submit" form="create-account" variant="primary" busy=${create.busy}>${t('access.account.create')}<//>`;
  return html`<${Dialog} title=${t('access.account.create_title')} onClose=${onClose} footer=${footer}>
    <div ref=${body}><${Form} id="create-account" class="stack" onSubmit=${submit}>
      <${NameField} value=${form.name} tried=${tried} onInput=${(name) => set({ name })} autofocus />
      <${IdField} value=${form.id} tried=${tried} onInput=${(id) => set({ id })} />
      <${ErrorBox} error=${create.error} area="access" /><//></div><//>`;
}

export function RenameAccountDialog({ target, onClose, onDone }) {
  const [name, setName] = useState(target.display_name === target.id ? '' : target.display_name);
  const [tried, setTried] = useState(false);
  const body = useRef(null);
  const rename = useAction(async () => {
    await api.patch(pathOf(target), { body: { display_name: name } });
    toast.good(t('access.account.renamed'));
    onDone();
  });
  const submit = () => {
    setTried(true);
    if (nameFault(name, true) === '') rename.run();
    else focusFirstError(body.current);
  };
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//><${Button} type="submit" form="rename-account" variant="primary" busy=${rename.busy}>${t('access.account.rename_action')}<//>`;
  return html`<${Dialog} title=${t('access.account.rename_title')} onClose=${onClose} footer=${footer}>
    <p><span class="muted">${t('access.account.id')}</span> <code class="break">${visible(target.id)}</code></p>
    <div ref=${body}><${Form} id="rename-account" class="stack" onSubmit=${submit}>
      <${NameField} value=${name} tried=${tried} required onInput=${setName} autofocus /><${ErrorBox} error=${rename.error} area="access" /><//></div><//>`;
}

const Names = ({ title, names, more, linked }) => html`<div><p>${title}</p><ul class="owned">${names.map((name) => html`<li key=${name}>${linked ? html`<a href=${href(['buckets', name])}>${name}</a>` : html`<code class="break"><${Untrusted} text=${name} /></code>`}</li>`)}
  ${more && html`<li class="muted">…</li>`}</ul></div>`;

function Owned({ keys, roles, buckets, more }) {
  if (buckets.length > 0) return html`<${Notice} tone="warn" live title=${t('access.account.has_buckets')}><${Names} title=${t('access.account.buckets_first')} names=${buckets} more=${more} linked /><//>`;
  if (keys.length + roles.length === 0) return html`<p role="status">${t('access.account.owns_nothing')}</p>`;
  return html`${keys.length > 0 && html`<${Notice} tone="warn" live title=${t('access.account.keys_too', { n: keys.length })}>
    <${Names} title=${t('access.account.keys_refused')} names=${keys.slice(0, NAMED).map(({ id }) => id)} more=${keys.length > NAMED} /><//>`}
    ${roles.length > 0 && html`<${Notice} tone="warn" live title=${t('access.account.roles_too', { n: roles.length })}>
    <${Names} title=${t('access.account.roles_end')} names=${roles.slice(0, NAMED).map(({ arn }) => arn)} more=${roles.length > NAMED} /><//>`}
    ${keys.some(isOwn) && html`<${Notice} tone="warn">${t('access.own_ends')}<//>`}`;
}

async function readOwned({ id }, signal) {
  const [{ buckets, next_after: next }, { keys }, { roles }] = await Promise.all(
    [api.get('/v1/buckets', { query: { owner: id, max: NAMED }, signal }), api.get('/v1/access-keys', { signal }), api.get('/v1/roles', { signal })]);
  const isOwned = ({ account }) => account === id;
  return { buckets: buckets.map(({ name }) => name), more: next !== null, keys: keys.filter(isOwned), roles: roles.filter(isOwned) };
}

/** What it owns is shown, and read again before anything is deleted: keys and roles are deleted with it, buckets before it. */
export function DeleteAccountDialog({ target, onClose, onDone }) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const owned = useResource(({ signal }) => readOwned(target, signal), []);
  const remove = useAction(async () => {
    const now = await readOwned(target);
    const shown = [...owned.data.keys, ...owned.data.roles].map(({ id }) => id);
    if (now.buckets.length > 0 || ![...now.keys, ...now.roles].every(({ id }) => shown.includes(id))) {
      owned.setData(now);
      throw new ApiError({ status: 409, code: 'AccountInUse' });
    }
    for (const key of now.keys) await removeKey(key);
    for (const role of now.roles) await removeRole(role);
    await api.delete(pathOf(target)).catch((error) => {
      if (error.code === 'AccountInUse') owned.reload();
      if (error.code !== 'NoSuchAccount') throw error;
    });
    toast.good(t('access.account.deleted'));
    onDone();
  });
  const good = typed === target.id;
  const submit = () => {
    setTried(true);
    if (good) remove.run();
  };
  const can = owned.data !== undefined && owned.data.buckets.length === 0;
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    ${can && html`<${Button} type="submit" form="delete-account" variant="danger" busy=${remove.busy}>${t('access.account.delete_action')}<//>`}`;
  return html`<${Dialog} title=${t('access.account.delete_title', { name: visible(target.display_name) })} onClose=${onClose} footer=${footer}>
    <${Loaded} resource=${owned} lines=${2} area="access">${(data) => html`<${Owned} ...${data} />`}<//>
    ${can && html`<${Form} id="delete-account" class="stack" onSubmit=${submit}>
      <${TextField} label=${t('confirm.type', { typed: visible(target.id) })} mono value=${typed} onInput=${setTyped} error=${tried && !good ? t('confirm.differs') : ''} /><//>`}
    <${ErrorBox} error=${remove.error} retry=${remove.run} area="access" /><//>`;
}
