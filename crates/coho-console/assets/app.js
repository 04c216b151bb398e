// The start of the page: language, session, then the sign-in screen or the shell.

import { html, render, useEffect, useState } from './html.js';
import { startLanguage } from './i18n.js';
import { loadSession, sessionState } from './session.js';
import { startEvents } from './events.js';
import { reconnects } from './connection.js';
import { route } from './router.js';
import { ErrorBox, ErrorBoundary, Spinner, startToasts, ConfirmHost } from './components/index.js';
import { Shell } from './shell.js';
import { SignInScreen, ExpiredDialog } from './sign_in.js';
import { OfflineBanner } from './offline_banner.js';

/** The reading of the session that begins before the page is drawn. */
/** @type {Promise<boolean> | null} */
let first = null;

/** Chooses by the state of the session. While it is not known: a spinner, or why it cannot be known. */
function App() {
  const [error, setError] = useState(null);
  const state = sessionState.value;
  const read = () => {
    const reading = first ?? loadSession();
    first = null;
    return reading.then(() => setError(null), setError);
  };
  useEffect(() => {
    if (state === 'unknown') read();
  }, [reconnects.value]);
  if (state === 'unknown') {
    return html`<${OfflineBanner} /><main class="starting">${error ? html`<${ErrorBox} error=${error} retry=${read} />` : html`<${Spinner} />`}</main>`;
  }
  return html`<${OfflineBanner} />${state === 'signed_out' ? html`<${SignInScreen} />` : html`<${Shell} />`}
    ${state === 'expired' && html`<${ExpiredDialog} />`}<${ConfirmHost} />`;
}

// Asked for at once, not one after the other: texts, session, and the screen that will be shown if there is one.
const languageReady = startLanguage();
const begun = loadSession();
begun.catch(() => {});
first = begun;
if (route.value.area) import(`./screens/${route.value.area}/index.js`).catch(() => {});
await languageReady;
startEvents();
startToasts();
render(html`<${ErrorBoundary}><${App} /><//>`, /** @type {HTMLElement} */ (document.getElementById('app')));
