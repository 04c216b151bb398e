// One request in full, with the ways to what it was about.

import { html, useState } from '../../html.js';
import { t, loadArea } from '../../i18n.js';
import { api, queryString } from '../../api.js';
import { href, navigate } from '../../router.js';
import { loadStyles } from '../../styles.js';
import { useAction } from '../../resource.js';
import { formatDuration } from '../../format.js';
import { Badge, Bytes, Button, CopyText, Dialog, ErrorBox, KeyValues, Time, Untrusted } from '../../components/index.js';

/** Only requests for an object by GET or HEAD go through the rules. */
const canExplain = ({ bucket, method }) => Boolean(bucket) && (method === 'GET' || method === 'HEAD');

/** How the same request would be answered now; the view is that of the rules' screen. */
function Explain({ request }) {
  const [shown, setShown] = useState(null);
  const explain = useAction(async () => {
    const query = { bucket: request.bucket, key: request.key, method: request.method, query: request.query || null, access: 'presigned' };
    const [explanation, { Explanation }] = await Promise.all([api.get(`/v1/rules/explain${queryString(query)}`), import('../rules/explanation.js'), loadArea('rules'), loadStyles(new URL('../rules/rules.css', import.meta.url).href)]);
    setShown({ explanation, Explanation });
  });
  return html`<section class="stack-s"><div class="row-between"><h3>${t('activity.explain')}</h3><${Button} size="small" icon="test" busy=${explain.busy} onClick=${explain.run}>${t('activity.explain_now')}<//></div>
    <p class="small muted">${t('activity.explain_help')}</p><${ErrorBox} error=${explain.error} />
    ${shown && html`<${shown.Explanation} data=${shown.explanation} onJump=${() => navigate(href(['buckets', request.bucket, 'rules']))} />`}</section>`;
}

const text = (value) => (value ? html`<span class="mono break"><${Untrusted} text=${value} /></span>` : t('state.none'));

/** The drawer. */
export function RequestDetails({ request, onClose }) {
  const { bucket, key, status } = request;
  const tone = status >= 500 ? 'bad' : status >= 400 ? 'warn' : status >= 300 ? 'info' : 'good';
  return html`<${Dialog} drawer title=${t('activity.request')} onClose=${onClose}>
    <p class="row"><strong>${request.method}</strong><${Badge} tone=${tone}>${String(status)}<//>${request.code && html`<code>${request.code}</code>`}<span class="muted">${t(`activity.answer.${request.answered}`)}</span></p>
    <${KeyValues} items=${[
      [t('activity.time'), html`<${Time} value=${request.at} />`],
      [t('activity.operation'), request.operation === 'unknown' ? t('activity.operation_unknown') : request.operation],
      bucket && [t('nav.bucket'), html`<a class="break" href=${href(['buckets', bucket])}>${bucket}</a>`],
      key !== null && [t('activity.key'), text(key)],
      request.path && [t('activity.path'), text(request.path)],
      request.query && [t('activity.query'), text(request.query)],
      [t('activity.duration'), formatDuration(request.duration_ms / 1000)],
      [t('activity.sent'), html`<${Bytes} value=${request.out_bytes} />`],
      [t('activity.received'), html`<${Bytes} value=${request.in_bytes} />`],
      [t('activity.client'), text(request.client)],
      [t('activity.user_agent'), text(request.user_agent)],
      [t('error.request_id'), html`<${CopyText} text=${request.request_id} label=${t('error.copy_request_id')} />`],
    ]} />
    ${bucket && html`<div class="row">${key && html`<${Button} size="small" icon="object" href=${href(['buckets', bucket, 'objects'], { prefix: key.slice(0, key.lastIndexOf('/') + 1), key })}>${t('activity.go_object')}<//>`}
      <${Button} size="small" icon="rules" href=${href(['buckets', bucket, 'rules'])}>${t('nav.rules')}<//><${Button} size="small" icon="migration" href=${href(['buckets', bucket, 'migration'])}>${t('nav.migration')}<//></div>`}
    ${canExplain(request) && html`<${Explain} request=${request} />`}
  <//>`;
}
