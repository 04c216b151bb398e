// Signing in: the screen, and the dialog over a page whose session has expired.

import { html, useEffect, useRef, useState } from './html.js';
import { t } from './i18n.js';
import { signIn, leave } from './session.js';
import { useAction } from './resource.js';
import { Button, Dialog, ErrorBox, Form, SecretField, Logo } from './components/index.js';
import { LanguageMenu, ThemeMenu } from './shell_menus.js';

/** The form; `id` connects a button outside of it. */
function SignInForm({ id, action, token, setToken, children }) {
  const form = useRef(null);
  const [missing, setMissing] = useState(false);
  const submit = async () => {
    const text = token.trim();
    setMissing(text === '');
    // The token leaves the page's memory as soon as it is exchanged for a session; a refused one stays, to be corrected.
    if (text !== '' && (await action.run(text))) setToken('');
    else form.current?.querySelector('input.input')?.focus();
  };
  return html`<${Form} id=${id} onSubmit=${submit} class="stack"><div ref=${form} class="stack">
    <input type="text" autocomplete="username" value="admin" hidden readonly />
    <${SecretField} label=${t('sign_in.token')} value=${token} onInput=${setToken} autocomplete="current-password" autofocus
      error=${missing && token.trim() === '' ? t('sign_in.missing') : ''} help=${t('sign_in.where')} />
    <${ErrorBox} error=${action.error} title=${t('sign_in.failed')} />
    ${children}</div><//>`;
}

/** The first screen. */
export function SignInScreen() {
  const [token, setToken] = useState('');
  const action = useAction(signIn);
  const frame = useRef(null);
  useEffect(() => {
    document.title = `${t('sign_in.title')} · Coho`;
    frame.current.querySelector('input.input')?.focus();
  }, []);
  return html`<main class="sign-in" ref=${frame}>
    <div class="sign-in-tools"><${LanguageMenu} /><${ThemeMenu} /></div>
    <div class="card sign-in-card"><div class="card-body stack">
      <div class="sign-in-brand"><${Logo} size=${3} /><div><h1>${t('sign_in.title')}</h1><p class="muted">${t('sign_in.sub')}</p></div></div>
      <${SignInForm} action=${action} token=${token} setToken=${setToken}>
        <${Button} type="submit" variant="primary" busy=${action.busy}>${t('sign_in.submit')}<//>
      <//>
    </div></div>
  </main>`;
}

/** Over the page, which keeps its state; requests that met the expiry are sent again afterwards. */
export function ExpiredDialog() {
  const [token, setToken] = useState('');
  const action = useAction(signIn);
  const footer = html`<${Button} onClick=${leave}>${t('sign_in.leave')}<//>
    <${Button} type="submit" form="expired-form" variant="primary" busy=${action.busy}>${t('sign_in.submit')}<//>`;
  return html`<${Dialog} title=${t('sign_in.expired')} dismissable=${false} footer=${footer}>
    <p>${t('sign_in.expired_text')}</p>
    <${SignInForm} id="expired-form" action=${action} token=${token} setToken=${setToken} />
  <//>`;
}
