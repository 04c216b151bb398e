// Errors and what waits for an answer.
//   html`<${ErrorBox} error=${error} retry=${reload} />`                 what happened, what to do next, code and request id
//   html`<${Loaded} resource=${resource} empty=${…}>${(data) => …}<//>`  skeleton, error or content of a `useResource`
//   html`<${ErrorBoundary}>…<//>`                                        a failure of the program shows itself and leaves the rest usable
// The advice for a code is the text `advice.<Code>` of the catalogue; screens may add `<area>.advice.<Code>`, given as `area`.

import { html, useErrorBoundary } from '../html.js';
import { t, hasText } from '../i18n.js';
import { toApiError } from '../api_error.js';
import { Button, CopyText } from './button.js';
import { Notice, Skeleton, Details } from './layout.js';

/** What to do about an error, as a text. */
export function adviceFor(error, area = '') {
  const keys = [area && `${area}.advice.${error.code}`, `advice.${error.code}`, error.status >= 500 ? 'advice.5xx' : 'advice.other'];
  const key = keys.find((name) => name && hasText(name));
  return t(key, { ...error.elements, seconds: error.retryAfterSeconds ?? 0 });
}

/** One line about an error, for toasts and fields. */
export function errorText(error) {
  const known = toApiError(error);
  const said = known.detail || known.code;
  return hasText(`advice.${known.code}`) ? adviceFor(known) : said;
}

/** See the module comment. */
export function ErrorBox({ error, retry, area, title, live = true }) {
  if (!error) return null;
  const known = toApiError(error);
  const detail = known.detail && known.detail !== known.code;
  return html`<${Notice} tone="bad" live=${live} title=${title ?? t('error.title')}
    actions=${retry && html`<${Button} size="small" icon="refresh" onClick=${retry}>${t('action.retry')}<//>`}>
    <p>${adviceFor(known, area)}</p>
    <${Details} summary=${t('error.details')}>
      ${detail && html`<p class="break">${known.detail}</p>`}
      <p class="small"><code>${known.code}</code>${known.status > 0 && html` · HTTP ${known.status}`}</p>
      ${known.requestId && html`<p class="small">${t('error.request_id')} <${CopyText} text=${known.requestId} label=${t('error.copy_request_id')} /></p>`}
    <//>
  <//>`;
}

/** See the module comment. What was read stays shown above an error of a later reading. */
export function Loaded({ resource, lines = 4, area, children }) {
  const { data, error, reload } = resource;
  if (data === undefined) return error ? html`<${ErrorBox} error=${error} retry=${reload} area=${area} />` : html`<${Skeleton} lines=${lines} />`;
  return html`${error && html`<${ErrorBox} error=${error} retry=${reload} area=${area} title=${t('error.stale')} />`}${children(data)}`;
}

/** Catches what a screen throws while it renders. */
export function ErrorBoundary({ children }) {
  const [error, reset] = useErrorBoundary((thrown) => console.error(thrown));
  if (!error) return children;
  return html`<div class="page"><h1 tabindex="-1">${t('error.broken_title')}</h1><${Notice} tone="bad" live title=${t('error.broken')}
    actions=${html`<${Button} icon="refresh" onClick=${reset}>${t('action.retry')}<//><${Button} href="#/" onClick=${reset}>${t('nav.overview')}<//>`}>
    <p>${t('error.broken_advice')}</p>
    <${Details} summary=${t('error.details')}><pre class="code">${String(error?.stack ?? error)}</pre><//>
  <//></div>`;
}
