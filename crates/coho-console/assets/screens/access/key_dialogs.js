// What is changed of a key that exists: its rights, its secret, its temporary credentials.

import { html, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { session } from '../../session.js';
import { useAction } from '../../resource.js';
import { formatTime } from '../../format.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, Notice, Select, TextArea, toast, visible } from '../../components/index.js';
import { utf8Length } from '../objects/keys.js';
import { issuedKey, issuedSession } from './issued.js';
import { areGood, isAdmin, parseRight, writeRight } from './rights.js';
import { RightsEditor } from './rights_editor.js';

const GRACES = { none: 0, hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 };
const SESSION_LIVES = { quarter: 900, hour: 3600, quarter_day: 21_600, half_day: 43_200 };
const MAX_POLICY_BYTES = 2048;
const EXAMPLE = `{
  "Version": "1",
  "Statement": [
    { "Effect": "Allow", "Action": ["oss:GetObject"], "Resource": ["acs:oss:*:*:BUCKET/PREFIX/*"] }
  ]
}`;

/** Whether the session of this page was made with the key. */
export const isOwn = (key) => session.value?.access_key_id === key.id;

const pathOf = (key, rest = '') => /** @type {const} */ (`/v1/access-keys/${encodeURIComponent(key.id)}${rest}`);
const choices = (kind, values) => Object.keys(values).map((value) => ({ value, label: t(`access.${kind}.${value}`) }));

/** A dialog with one form, about one key. */
function KeyForm({ title, keyId, id, action, label, wide = false, onSubmit, onClose, children }) {
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form=${id} variant="primary" busy=${action.busy}>${label}<//>`;
  return html`<${Dialog} title=${title} wide=${wide} onClose=${onClose} footer=${footer}>
    <p><span class="muted">${t('access.column.id')}</span> <code class="break">${visible(keyId)}</code></p>
    <${Form} id=${id} class="stack" onSubmit=${onSubmit}>${children}<${ErrorBox} error=${action.error} area="access" /><//><//>`;
}

/** `onDone` is called after the change. */
export function RightsDialog({ target, onClose, onDone }) {
  const [rows, setRows] = useState(() => target.rights.map(parseRight));
  const [tried, setTried] = useState(false);
  const body = useRef(null);
  const action = useAction(async () => {
    await api.patch(pathOf(target), { body: { rights: rows.map(writeRight) } });
    toast.good(t('access.rights_saved'));
    onDone();
  });
  const submit = () => {
    setTried(true);
    if (areGood(rows)) action.run();
    else focusFirstError(body.current);
  };
  const losesConsole = isOwn(target) && !isAdmin(rows);
  return html`<${KeyForm} wide title=${t('access.rights_title')} keyId=${target.id} id="key-rights" action=${action} label=${t('action.save')} onSubmit=${submit} onClose=${onClose}>
    <div ref=${body}><${RightsEditor} rows=${rows} tried=${tried} onInput=${setRows} /></div>
    <p class="field-help">${t('access.rights_when')}</p>
    ${losesConsole && html`<${Notice} tone="warn" live>${t('access.own_loses')}<//>`}<//>`;
}

/** `onIssued` gets what is shown once. */
export function RotateDialog({ target, onClose, onIssued }) {
  const [grace, setGrace] = useState('day');
  const action = useAction(async () => {
    const made = await api.post(pathOf(target, '/rotate'), { body: { grace_seconds: GRACES[grace] } });
    const until = made.key.previous_secret_until;
    onIssued({ ...issuedKey(made), text: until ? t('access.rotate.until', { time: formatTime(until) }) : t('access.rotate.refused') });
  });
  return html`<${KeyForm} title=${t('access.rotate.title')} keyId=${target.id} id="key-rotate" action=${action} label=${t('access.rotate.action')} onSubmit=${action.run} onClose=${onClose}>
    <p>${t('access.rotate.text')}</p>
    <${Select} label=${t('access.rotate.grace')} value=${grace} options=${choices('grace', GRACES)} onInput=${setGrace} help=${t('access.rotate.grace_help')} autofocus />
    ${GRACES[grace] === 0 && html`<${Notice} tone="warn" live>${t('access.rotate.at_once')}<//>`}
    ${target.previous_secret_until && html`<${Notice} tone="warn">${t('access.rotate.twice', { time: formatTime(target.previous_secret_until) })}<//>`}<//>`;
}

function policyFault(policy) {
  if (policy.trim() === '') return '';
  if (utf8Length(policy) > MAX_POLICY_BYTES) return t('access.temporary.long', { n: MAX_POLICY_BYTES });
  try {
    JSON.parse(policy);
    return '';
  } catch (error) {
    return t('access.temporary.json', { what: error.message });
  }
}

/** Credentials that end by themselves; `onIssued` gets them. */
export function TemporaryDialog({ target, onClose, onIssued }) {
  const [life, setLife] = useState('hour');
  const [policy, setPolicy] = useState('');
  const [tried, setTried] = useState(false);
  const fault = policyFault(policy);
  const body = useRef(null);
  const action = useAction(async () => {
    const asked = { expires_seconds: SESSION_LIVES[life], policy: policy.trim() === '' ? null : policy };
    onIssued({ ...issuedSession(await api.post(pathOf(target, '/sessions'), { body: asked })), text: t('access.temporary.not_listed') });
  });
  const submit = () => {
    setTried(true);
    if (fault === '') action.run();
    else focusFirstError(body.current);
  };
  return html`<${KeyForm} title=${t('access.temporary.title')} keyId=${target.id} id="key-temporary" action=${action} label=${t('access.temporary.action')} onSubmit=${submit} onClose=${onClose}>
    <p>${t('access.temporary.text')}</p>
    <${Select} label=${t('access.temporary.life')} value=${life} options=${choices('session_life', SESSION_LIVES)} onInput=${setLife} autofocus />
    <div ref=${body} class="stack-s"><${TextArea} label=${t('access.temporary.policy')} term="Policy" mono rows=${8} value=${policy} onInput=${setPolicy} error=${tried ? fault : ''}
        help=${t('access.temporary.policy_help', { n: MAX_POLICY_BYTES, used: utf8Length(policy) })} />
      <div><${Button} size="small" icon="edit" onClick=${() => setPolicy(EXAMPLE)} disabled=${policy !== ''} disabledReason=${t('access.temporary.not_empty')}>${t('access.temporary.example')}<//></div></div><//>`;
}
