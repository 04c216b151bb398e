// Requests to the admin API and the way that all requests of the page take.
//   const status = await api.get('/v1/status', { signal });
//   const { data, headers } = await api.request('GET', '/v1/buckets/b/website', { signal });      // for ETags
//   await api.put('/v1/buckets/b/website', { body: document, headers: { 'if-match': etag } });
// A refusal is thrown as `ApiError`. Give every read an AbortSignal (`useResource` does).

import { ApiError, readError } from './api_error.js';
import { noteReached, noteUnreachable } from './connection.js';
import { session, beganAfter, loadSession, noteExpired, signedInAgain } from './session.js';

export { ApiError, isAbort, toApiError } from './api_error.js';

/** How long an admin request may take. Bodies of objects have no limit: their progress is seen. */
const API_TIMEOUT_MS = 30_000;

/** How often one request is sent: once more after signing in again, once more with a new CSRF token. */
const MAX_SENDS = 3;

/**
 * Sends a request and answers its `Response`, whose status is 2xx or 304. With `onProgress(sent, total)` the body's progress is
 * told. After an expired session it waits for the sign-in dialog and sends the request again: the refusal came before it had any effect.
 */
export async function send(method, url, { body, headers = {}, signal, onProgress } = /** @type {Sent} */ ({})) {
  for (let sends = 1; ; sends += 1) {
    const all = method === 'GET' || method === 'HEAD' ? headers : { ...headers, 'x-coho-csrf': session.value?.csrf ?? '' };
    const sentIn = session.value?.id;
    const response = await transmit(method, url, { body, headers: all, signal, onProgress });
    if (response.ok || response.status === 304) return response;
    const error = await readError(response);
    if (sends === MAX_SENDS) throw error;
    if (error.status === 401 && error.code === 'SessionRequired') {
      if (beganAfter(sentIn)) continue;
      noteExpired();
      await signedInAgain(signal);
    } else if (error.code === 'CsrfTokenRequired') {
      if (!(await loadSession())) await signedInAgain(signal);
    } else {
      throw error;
    }
  }
}

async function transmit(method, url, { body, headers, signal, onProgress }) {
  // Of other methods no answer is cached, and the browser would send a `Cache-Control` of its own, which a write stores with the object.
  const cache = method === 'GET' || method === 'HEAD' ? 'no-store' : 'default';
  try {
    const response = await (onProgress
      ? transmitWithProgress(method, url, { body, headers, signal, onProgress })
      : fetch(url, { method, body, headers, signal, cache }));
    noteReached();
    return response;
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    if (error.name === 'TimeoutError') throw new ApiError({ status: 0, code: 'RequestTimeout' });
    noteUnreachable();
    throw new ApiError({ status: 0, code: 'Unreachable' });
  }
}

/** `fetch` does not tell the progress of an upload; XMLHttpRequest does. */
function transmitWithProgress(method, url, { body, headers, signal, onProgress }) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    const abort = () => xhr.abort();
    const end = (settle) => {
      signal?.removeEventListener('abort', abort);
      settle();
    };
    xhr.open(method, url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => onProgress(event.loaded, event.total);
    xhr.onload = () => end(() => resolve(toResponse(xhr)));
    xhr.onerror = () => end(() => reject(new TypeError('no answer')));
    const aborted = () => end(() => reject(new DOMException('aborted', 'AbortError')));
    xhr.onabort = aborted;
    if (signal?.aborted) return aborted();
    signal?.addEventListener('abort', abort);
    xhr.send(body ?? null);
  });
}

function toResponse(xhr) {
  const headers = new Headers();
  for (const line of xhr.getAllResponseHeaders().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = xhr.status === 204 || xhr.status === 304 ? null : xhr.responseText;
  return new Response(body, { status: xhr.status, headers });
}

/** `{ prefix: 'a', page: 2, absent: null }` → `?prefix=a&page=2`. */
export function queryString(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined);
  return pairs.length === 0 ? '' : `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
}

async function request(method, path, { query, body, headers = {}, signal, base = '/api', timeoutMs = API_TIMEOUT_MS } = /** @type {Sent} */ ({})) {
  const plain = body === undefined || typeof body === 'string' || body instanceof Blob;
  const timeout = AbortSignal.timeout(timeoutMs);
  const response = await send(method, `${base}${path}${queryString(query)}`, {
    body: plain ? body : JSON.stringify(body),
    headers: plain ? headers : { 'content-type': 'application/json', ...headers },
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const type = response.headers.get('content-type') ?? '';
  const text = response.status === 204 || response.status === 304 ? '' : await response.text();
  const data = text === '' ? null : type.includes('json') ? JSON.parse(text) : text;
  return { data, headers: response.headers, status: response.status };
}

const data = (method) => async (path, options) => (await request(method, path, options)).data;

/** The admin API. `path` is as in docs/openapi.json: `/v1/status`. Options: `query`, `body`, `headers`, `signal`. */
export const api = {
  request,
  get: /** @type {import('admin-api').Get} */ (data('GET')),
  post: /** @type {import('admin-api').Post} */ (data('POST')),
  put: /** @type {import('admin-api').Put} */ (data('PUT')),
  patch: /** @type {import('admin-api').Patch} */ (data('PATCH')),
  delete: /** @type {import('admin-api').Delete} */ (data('DELETE')),
};

/** Sessions: their paths lie beside `/api`. */
export const sessions = {
  list: (options) => api.get('/sessions', { ...options, base: '' }),
  revoke: (id, options) => api.delete(`/sessions/${encodeURIComponent(id)}`, { ...options, base: '' }),
};
