// The form of a role: a new one, or one that exists.

import { html, useId, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction } from '../../resource.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, IconButton, Select, TextField, toast, visible } from '../../components/index.js';
import { areGood, LEVELS, parseRight, writeRight } from './rights.js';
import { RightsEditor } from './rights_editor.js';

const NAME = /^[A-Za-z0-9-]{1,64}$/;
const EXTERNAL_ID = /^[A-Za-z0-9_+=,.@:/-]{2,1224}$/;
/** Most keys and accounts that one role trusts. */
const MAX_TRUSTED = 32;
/** The longest life of a session, in seconds. */
const LIVES = { quarter: 900, hour: 3600, quarter_day: 21_600, half_day: 43_200 };
/** A session is never an administrator. */
const ROLE_LEVELS = LEVELS.filter((level) => level !== 'admin');

/** `key:ID` or `account:ID` as a row. */
function parseTrusted(text) {
  const [kind, ...rest] = text.split(':');
  return { kind, id: rest.join(':') };
}

const writeTrusted = ({ kind, id }) => `${kind}:${id}`;

function Trusted({ rows, onInput, tried, found }) {
  const id = useId();
  const ids = { key: found.keys.map((key) => key.id), account: found.accounts.map((account) => account.id) };
  const change = (at, parts) => onInput(rows.map((row, index) => (index === at ? { ...row, ...parts } : row)));
  const kinds = ['key', 'account'].map((value) => ({ value, label: t(`access.role.trusts_${value}`) }));
  return html`<div class="stack-s" role="group" aria-labelledby=${`${id}-label`}><p class="field-label" id=${`${id}-label`}>${t('access.role.trusted')}</p>
    <p class="field-help">${t('access.role.trusted_help')}</p>
    ${Object.entries(ids).map(([kind, all]) => html`<datalist key=${kind} id=${`${id}-${kind}`}>${all.map((one) => html`<option key=${one} value=${one}></option>`)}</datalist>`)}
    ${rows.map((row, at) => html`<div class="right-row" role="group" key=${at} aria-label=${t('access.role.trusted_nth', { n: at + 1 })}>
      <${Select} label=${t('access.role.trusted_kind')} value=${row.kind} options=${kinds} onInput=${(kind) => change(at, { kind, id: '' })} />
      <${TextField} class="trusted-id" label=${t(row.kind === 'key' ? 'access.column.id' : 'access.account.id')} mono list=${`${id}-${row.kind}`} value=${row.id} error=${tried && row.id === '' ? t('access.role.trusted_missing') : ''} onInput=${(text) => change(at, { id: text.trim() })} />
      ${rows.length > 1 && html`<${IconButton} icon="trash" label=${t('access.role.trusted_remove', { n: at + 1 })} onClick=${() => onInput(rows.filter((_, index) => index !== at))} />`}</div>`)}
    <div><${Button} size="small" icon="plus" disabled=${rows.length >= MAX_TRUSTED} disabledReason=${t('access.role.trusted_full', { n: MAX_TRUSTED })} onClick=${() => onInput([...rows, { kind: 'key', id: '' }])}>${t('access.role.trusted_add')}<//></div></div>`;
}

function initial(target, accounts) {
  const account = target?.account ?? accounts[0]?.id ?? '';
  const life = Object.keys(LIVES).find((one) => LIVES[one] === (target?.max_session_seconds ?? LIVES.hour)) ?? String(target.max_session_seconds);
  return {
    name: target?.name ?? '', account, life, external: target?.external_id ?? '',
    rights: (target?.rights ?? ['read-only']).map(parseRight), trusted: (target?.trusted ?? [`account:${account}`]).map(parseTrusted),
  };
}

function faultsOf({ name, external, rights, trusted }) {
  return {
    name: NAME.test(name) ? '' : t('access.role.name_fault'),
    external: external === '' || EXTERNAL_ID.test(external) ? '' : t('access.role.external_fault'),
    others: areGood(rights) && trusted.every(({ id }) => id !== '') ? '' : 'others',
  };
}

/** `target`: the role; null: a new one. `found`: keys and accounts. */
export function RoleDialog({ target, found, onClose, onDone }) {
  const [form, setForm] = useState(() => initial(target, found.accounts));
  const [tried, setTried] = useState(false);
  const body = useRef(/** @type {HTMLElement | null} */ (null));
  const faults = faultsOf(form);
  const save = useAction(async () => {
    const settings = { rights: form.rights.map(writeRight), trusted: form.trusted.map(writeTrusted), max_session_seconds: LIVES[form.life] ?? Number(form.life) };
    if (target) await api.patch(/** @type {const} */ (`/v1/roles/${encodeURIComponent(target.id)}`), { body: { ...settings, external_id: form.external } });
    else await api.post('/v1/roles', { body: { ...settings, name: form.name, account: form.account, external_id: form.external || null } });
    toast.good(t(target ? 'access.role.saved' : 'access.role.created'));
    onDone();
  });
  const set = (parts) => {
    setForm({ ...form, ...parts });
    save.clear();
  };
  const submit = () => {
    setTried(true);
    if (Object.values(faults).every((fault) => fault === '')) save.run();
    else focusFirstError(body.current);
  };
  const lives = [...Object.keys(LIVES).map((value) => ({ value, label: t(`access.session_life.${value}`) })), !(form.life in LIVES) && { value: form.life, label: `${form.life} s` }].filter(Boolean);
  const accounts = found.accounts.map((account) => ({ value: account.id, label: account.display_name === account.id ? visible(account.id) : `${visible(account.display_name)} (${visible(account.id)})` }));
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//><${Button} type="submit" form="role-form" variant="primary" busy=${save.busy}>${t(target ? 'action.save' : 'access.role.create_action')}<//>`;
  return html`<${Dialog} wide title=${t(target ? 'access.role.edit_title' : 'access.role.create_title')} onClose=${onClose} footer=${footer}>
    <div ref=${body}><${Form} id="role-form" class="stack" onSubmit=${submit}>
      ${target ? html`<p><code class="break">${visible(target.arn)}</code></p>`
        : html`<div class="grid access-pair"><${TextField} label=${t('access.role.name')} term="RoleName" mono value=${form.name} error=${tried ? faults.name : ''} help=${t('access.role.name_help')} onInput=${(name) => set({ name })} autofocus />
          <${Select} label=${t('access.column.account')} value=${form.account} options=${accounts} help=${t('access.role.account_help')} onInput=${(account) => set({ account })} /></div>`}
      <${RightsEditor} rows=${form.rights} tried=${tried} levels=${ROLE_LEVELS} help=${t('access.role.rights_help')} onInput=${(rights) => set({ rights })} />
      <${Trusted} rows=${form.trusted} tried=${tried} found=${found} onInput=${(trusted) => set({ trusted })} />
      <div class="grid access-pair"><${Select} label=${t('access.role.life')} term="MaxSessionDuration" value=${form.life} options=${lives} onInput=${(life) => set({ life })} />
        <${TextField} label=${t('access.role.external')} term="ExternalId" mono value=${form.external} error=${tried ? faults.external : ''} help=${t('access.role.external_help')} onInput=${(external) => set({ external })} /></div>
      <${ErrorBox} error=${save.error} area="access" /><//></div><//>`;
}
