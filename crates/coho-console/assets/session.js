// The session. The cookie is out of reach of scripts; the page knows only the CSRF token, in memory.
//
// `sessionState`: `unknown` → `signed_out` (sign-in screen) or `signed_in`; `expired` shows the sign-in dialog over the page, and
// requests that met the expiry wait in `signedInAgain` and are then sent again, so that nothing typed is lost.

import { signal, effect } from './html.js';
import { ApiError, readError } from './api_error.js';
import { noteReached, noteUnreachable } from './connection.js';

/** The session of the server (`id`, `csrf`, `expires_at`, …), or null. */
export const session = signal(/** @type {ConsoleSession | null} */ (null));
/** See above. */
export const sessionState = signal('unknown');

async function ask(method, path, options = {}) {
  let response;
  try {
    response = await fetch(path, { method, cache: 'no-store', ...options });
  } catch {
    noteUnreachable();
    throw new ApiError({ status: 0, code: 'Unreachable' });
  }
  noteReached();
  if (!response.ok) throw await readError(response);
  return response.status === 204 ? null : response.json();
}

const csrf = () => ({ 'x-coho-csrf': session.value?.csrf ?? '' });

function enter(found) {
  session.value = found;
  sessionState.value = 'signed_in';
}

/** Reads the session of the cookie; false: there is none. */
export async function loadSession() {
  const before = session.value?.id;
  try {
    enter(await ask('GET', '/session'));
    return true;
  } catch (error) {
    if (error.status !== 401) throw error;
    if (beganAfter(before)) return true;
    noteExpired();
    return false;
  }
}

/** Whether a session has begun that a request did not have which was sent when the session `id` was known: its refusal says nothing of it. */
export const beganAfter = (id) => sessionState.value === 'signed_in' && session.value?.id !== id;

/** The server no longer knows the session. */
export function noteExpired() {
  sessionState.value = sessionState.value === 'signed_in' || sessionState.value === 'expired' ? 'expired' : 'signed_out';
}

/** Signs in with `{ token }`, the admin token, or with `{ access_key_id, access_key_secret }` of a key that has the right `admin`. */
export async function signIn(proof) {
  const body = JSON.stringify(proof);
  enter(await ask('POST', '/session', { body, headers: { 'content-type': 'application/json' } }));
}

/** Ends this session; the page then shows the sign-in screen. A session that is gone already is no failure. */
export async function signOut() {
  try {
    await ask('DELETE', '/session', { headers: csrf() });
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  leave();
}

/** Ends every session. */
export async function signOutEverywhere() {
  await ask('DELETE', '/sessions', { headers: csrf() });
  leave();
}

/** Gives an expired page up: the sign-in screen. */
export function leave() {
  session.value = null;
  sessionState.value = 'signed_out';
}

/** Resolves when the reader has signed in again; rejects when `abort` fires or the page is given up. */
export function signedInAgain(abort) {
  return new Promise((resolve, reject) => {
    const gone = () => finish(() => reject(new DOMException('the request was given up', 'AbortError')));
    const stop = effect(() => {
      const state = sessionState.value;
      if (state === 'signed_in') queueMicrotask(() => finish(resolve));
      if (state === 'signed_out') queueMicrotask(gone);
    });
    function finish(end) {
      stop();
      abort?.removeEventListener('abort', gone);
      end();
    }
    abort?.addEventListener('abort', gone);
    if (abort?.aborted) gone();
  });
}
