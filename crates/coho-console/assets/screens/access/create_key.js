// The form of a new access key.

import { html, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction } from '../../resource.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, Notice, NumberField, Select, visible } from '../../components/index.js';
import { IdField, idFault, NameField, nameFault } from './account_fields.js';
import { issuedKey } from './issued.js';
import { areGood, writeRight } from './rights.js';
import { RightsEditor } from './rights_editor.js';

const DAY_SECONDS = 86_400;
const MAX_DAYS = 366;
/** Life of a key in seconds, as the choices of a form. */
const LIVES = { never: null, hour: 3600, half_day: 43_200, week: 7 * DAY_SECONDS, month: 30 * DAY_SECONDS, days: null };
/** The value of the choice that makes an account. No id has a blank. */
const NEW_ACCOUNT = ' ';

const isDays = (days) => Number.isInteger(days) && days >= 1 && days <= MAX_DAYS;
const secondsOf = ({ life, days }) => (life === 'days' ? days * DAY_SECONDS : LIVES[life]);

function faultsOf(form) {
  const isNew = form.account === NEW_ACCOUNT;
  return [isNew && idFault(form.id), isNew && nameFault(form.name), form.life === 'days' && !isDays(form.days) && 'life.fault', !areGood(form.rights) && 'right'].filter(Boolean);
}

function AccountChoice({ form, set, tried, accounts }) {
  const label = ({ id, display_name: name }) => (name === id ? visible(id) : `${visible(name)} (${visible(id)})`);
  const options = [...accounts.map((account) => ({ value: account.id, label: label(account) })), { value: NEW_ACCOUNT, label: t('access.create.new_account') }];
  return html`<${Select} label=${t('access.column.account')} value=${form.account} options=${options} help=${t('access.create.account_help')} onInput=${(account) => set({ account })} autofocus />
    ${form.account === NEW_ACCOUNT && html`<div class="grid access-pair"><${NameField} value=${form.name} tried=${tried} onInput=${(name) => set({ name })} /><${IdField} value=${form.id} tried=${tried} onInput=${(id) => set({ id })} /></div>`}`;
}

function Life({ form, set, tried }) {
  const options = Object.keys(LIVES).map((value) => ({ value, label: t(`access.life.${value}`) }));
  return html`<div class="grid access-pair"><${Select} label=${t('access.life.label')} value=${form.life} options=${options} onInput=${(life) => set({ life })} />
      ${form.life === 'days' && html`<${NumberField} label=${t('access.life.number')} min="1" max=${MAX_DAYS} step="1" value=${form.days} suffix=${t('access.life.unit')} onInput=${(days) => set({ days })}
        error=${tried && !isDays(form.days) ? t('access.life.fault', { n: MAX_DAYS }) : ''} />`}</div>
    ${form.life !== 'never' && html`<${Notice}>${t('access.life.token')}<//>`}`;
}

/** The account that is chosen, made if it is a new one. It stays if the key is refused: the form then names it. */
async function accountOf(form, set) {
  if (form.account !== NEW_ACCOUNT) return form.account;
  const made = await api.post('/v1/accounts', { body: { id: form.id || null, display_name: form.name || null } });
  set({ account: made.id, made });
  return made.id;
}

/** `account`: the one that is chosen at first. `onIssued` gets what is shown once; `onMade` is called when an account was made for it. */
export function CreateKeyDialog({ accounts, account, onClose, onIssued, onMade }) {
  const [form, setForm] = useState({ account: account ?? accounts[0]?.id ?? NEW_ACCOUNT, id: '', name: '', life: 'never', days: 90, rights: [{ level: 'read-write', bucket: '', prefix: '' }],
    made: /** @type {import('admin-api').AccountSummary | null} */ (null) });
  const [tried, setTried] = useState(false);
  const body = useRef(null);
  const create = useAction(async () => {
    const owner = await accountOf(form, (parts) => {
      setForm((old) => ({ ...old, ...parts }));
      onMade();
    });
    const rights = form.rights.map(writeRight);
    const made = await api.post('/v1/access-keys', { body: { account: owner, rights, expires_seconds: secondsOf(form) } });
    onIssued(issuedKey(made));
  });
  const set = (parts) => {
    setForm((old) => ({ ...old, ...parts }));
    create.clear();
  };
  const submit = () => {
    setTried(true);
    if (faultsOf(form).length > 0) focusFirstError(body.current);
    else create.run();
  };
  const known = form.made && !accounts.some(({ id }) => id === form.made?.id) ? [...accounts, form.made] : accounts;
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form="create-key" variant="primary" busy=${create.busy}>${t('access.create.action')}<//>`;
  return html`<${Dialog} wide title=${t('access.create.title')} onClose=${onClose} footer=${footer}>
    <div ref=${body}><${Form} id="create-key" class="stack" onSubmit=${submit}>
      <${AccountChoice} form=${form} set=${set} tried=${tried} accounts=${known} />
      <${RightsEditor} rows=${form.rights} tried=${tried} onInput=${(rights) => set({ rights })} />
      <${Life} form=${form} set=${set} tried=${tried} />
      <${ErrorBox} error=${create.error} area="access" title=${t('access.create.failed')} />
    <//></div><//>`;
}
