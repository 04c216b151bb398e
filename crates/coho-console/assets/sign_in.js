// Signing in: the screen, and the dialog over a page whose session has expired.

import { html, useEffect, useRef, useState } from './html.js';
import { t } from './i18n.js';
import { signIn, leave } from './session.js';
import { readPreference, writePreference } from './storage.js';
import { useAction } from './resource.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, SecretField, Segmented, TextField, Logo } from './components/index.js';
import { LanguageMenu, ThemeMenu } from './shell_menus.js';

const KINDS = ['token', 'key'];
const NOTHING = { token: '', id: '', secret: '' };

/** What is typed, in the memory of the page until it is exchanged for a session; a refused one stays, to be corrected. */
function useSignIn() {
  const [kind, setKind] = useState(() => (readPreference('sign_in') === 'key' ? 'key' : 'token'));
  const [typed, setTyped] = useState(NOTHING);
  const action = useAction(async (proof) => {
    await signIn(proof);
    setTyped(NOTHING);
    writePreference('sign_in', kind);
  });
  const choose = (next) => {
    setKind(next);
    action.clear();
  };
  return { kind, choose, typed, set: (parts) => setTyped({ ...typed, ...parts }), action };
}

/** What the server is sent; null while something is missing. */
function proofOf(kind, { token, id, secret }) {
  const [text, key, password] = [token, id, secret].map((one) => one.trim());
  if (kind === 'token') return text === '' ? null : { token: text };
  return key === '' || password === '' ? null : { access_key_id: key, access_key_secret: password };
}

function TokenFields({ typed, set, error }) {
  return html`<input type="text" autocomplete="username" value="admin" hidden readonly />
    <${SecretField} label=${t('sign_in.token')} value=${typed.token} onInput=${(token) => set({ token })} autocomplete="current-password" autofocus
      error=${error(typed.token, 'sign_in.missing')} help=${t('sign_in.where')} />`;
}

function KeyFields({ typed, set, error }) {
  return html`<${TextField} label=${t('sign_in.key_id')} mono value=${typed.id} onInput=${(id) => set({ id })} autocomplete="username" autofocus error=${error(typed.id, 'sign_in.missing_id')} />
    <${SecretField} label=${t('sign_in.key_secret')} value=${typed.secret} onInput=${(secret) => set({ secret })} autocomplete="current-password"
      error=${error(typed.secret, 'sign_in.missing_secret')} help=${t('sign_in.key_help')} />`;
}

/** The form; `id` connects a button outside of it. */
function SignInForm({ id, form, children }) {
  const { kind, choose, typed, set, action } = form;
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [tried, setTried] = useState(false);
  const submit = async () => {
    const proof = proofOf(kind, typed);
    setTried(proof === null);
    if (proof === null) focusFirstError(frame.current);
    else if (!(await action.run(proof))) frame.current?.querySelector('input.input')?.focus();
  };
  const error = (text, key) => (tried && text.trim() === '' ? t(key) : '');
  const Fields = kind === 'key' ? KeyFields : TokenFields;
  const change = (next) => {
    setTried(false);
    choose(next);
  };
  return html`<${Form} id=${id} onSubmit=${submit} class="stack"><div ref=${frame} class="stack">
    <${Segmented} label=${t('sign_in.with')} value=${kind} onInput=${change} options=${KINDS.map((value) => ({ value, label: t(`sign_in.with_${value}`) }))} />
    <${Fields} typed=${typed} set=${set} error=${error} />
    <${ErrorBox} error=${action.error} title=${t('sign_in.failed')} area=${kind === 'key' ? 'sign_in.key' : ''} />
    ${children}</div><//>`;
}

/** The first screen. */
export function SignInScreen() {
  const form = useSignIn();
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = `${t('sign_in.title')} · Coho`;
    frame.current?.querySelector('input.input')?.focus();
  }, []);
  return html`<main class="sign-in" ref=${frame}>
    <div class="sign-in-tools"><${LanguageMenu} /><${ThemeMenu} /></div>
    <div class="card sign-in-card"><div class="card-body stack">
      <div class="sign-in-brand"><${Logo} size=${3} /><div><h1>${t('sign_in.title')}</h1><p class="muted">${t('sign_in.sub')}</p></div></div>
      <${SignInForm} form=${form}><${Button} type="submit" variant="primary" busy=${form.action.busy}>${t('sign_in.submit')}<//><//>
    </div></div>
  </main>`;
}

/** Over the page, which keeps its state; requests that met the expiry are sent again afterwards. */
export function ExpiredDialog() {
  const form = useSignIn();
  const footer = html`<${Button} onClick=${leave}>${t('sign_in.leave')}<//>
    <${Button} type="submit" form="expired-form" variant="primary" busy=${form.action.busy}>${t('sign_in.submit')}<//>`;
  return html`<${Dialog} title=${t('sign_in.expired')} dismissable=${false} footer=${footer}>
    <p>${t('sign_in.expired_text')}</p>
    <${SignInForm} id="expired-form" form=${form} />
  <//>`;
}
