// A link by which anybody may do one thing with the object, or with one of its versions, until it expires.

import { html, useEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { Button, Checkbox, CopyButton, Details, ErrorBox, Field, focusFirstError, Form, KeyValues, Loaded, Notice, Select, TextField, Time, Untrusted } from '../../components/index.js';
import { attachment } from './download.js';
import { endpointOrigin, initialEndpoint, rememberEndpoint } from './endpoint.js';

const LIFETIMES = [['minutes', 900], ['hour', 3600], ['day', 86_400], ['week', 604_800]];
const METHODS = ['GET', 'PUT', 'HEAD', 'DELETE'];
/** Nothing is written into a version. */
const VERSION_METHODS = METHODS.filter((method) => method !== 'PUT');
/** Headers of the answer that a link sets, as the API names them. */
const OVERRIDES = ['content_type', 'content_disposition', 'cache_control', 'content_language', 'content_encoding', 'expires'];

/** What has a value. */
const given = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));

function Link({ link }) {
  const headers = Object.entries(link.headers);
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  return html`<div ref=${place}><${Notice} tone="good" live title=${t('objects.link.made')}>
    <${Field} label=${t('objects.link.url')} hideLabel>${(props) => html`<div class="row nowrap"><textarea ...${props} class="input mono grow link-url" readonly rows="5" onFocus=${(event) => event.currentTarget.select()}>${link.url}</textarea>
      <${CopyButton} text=${link.url} label=${t('objects.link.copy')} /></div>`}<//>
    <p class="small">${t('objects.link.until')} <${Time} value=${link.expires_at} /></p>
    <p class="small">${t('objects.link.signed_by')} <code class="break">${link.access_key_id}</code></p>
    ${headers.length > 0 && html`<p class="small">${t('objects.link.must_have')}</p><${KeyValues} items=${headers.map(([name, value]) => [html`<code>${name}</code>`, html`<code class="break"><${Untrusted} text=${value} /></code>`])} />`}<//></div>`;
}

function Overrides({ overrides, set, objectKey }) {
  return html`<${Details} summary=${t('objects.link.headers')}><div class="stack-s">
    <p class="muted small">${t('objects.link.headers_help')}</p>
    <div class="row"><${Button} size="small" icon="download" onClick=${() => set('content_disposition', attachment(objectKey))}>${t('objects.link.as_download')}<//></div>
    ${OVERRIDES.map((name) => html`<${TextField} key=${name} label=${t(`objects.link.${name}`)} term=${`response-${name.replace('_', '-')}`} mono value=${overrides[name] ?? ''}
      onInput=${(value) => set(name, value)} />`)}</div><//>`;
}

/** `versionId`: '' in a bucket without versions; `isFixed`: it is the version that is shown, and not only the current one. */
function FormBody({ bucket, objectKey, versionId, isFixed, known }) {
  const [endpoint, setEndpoint] = useState(known);
  const [form, setForm] = useState({ method: 'GET', seconds: '3600', contentType: '', overrides: {}, ofVersion: isFixed });
  const [tried, setTried] = useState(false);
  const [link, setLink] = useState(/** @type {(import('admin-api').PresignedAddress & { url: string }) | null} */ (null));
  const origin = endpointOrigin(endpoint);
  const make = useAction(async () => {
    const body = {
      key: objectKey, method: form.method, ...(form.ofVersion ? { version_id: versionId } : {}), expires_seconds: Number(form.seconds),
      response_headers: form.method === 'GET' ? given(form.overrides) : {},
      ...(form.method === 'PUT' && form.contentType.trim() !== '' ? { content_type: form.contentType.trim() } : {}),
    };
    const made = await api.post(`/v1/buckets/${encodeURIComponent(bucket)}/presign`, { body });
    rememberEndpoint(origin);
    setLink({ ...made, url: origin + made.path_and_query });
  });
  // What is changed after a link was made is not in that link.
  const change = (values) => {
    setLink(null);
    setForm({ ...form, ...values });
  };
  const changeEndpoint = (value) => {
    setLink(null);
    setEndpoint(value);
  };
  const submit = () => {
    setTried(true);
    if (origin !== '') make.run();
    else focusFirstError();
  };
  const { method, ofVersion } = form;
  const methods = ofVersion ? VERSION_METHODS : METHODS;
  const chooseVersion = (on) => change({ ofVersion: on, method: on && method === 'PUT' ? 'GET' : method });
  return html`<${Form} class="stack" onSubmit=${submit}>
    <p>${t('objects.link.text')}</p>
    <${ErrorBox} error=${make.error} area="objects" />
    <div class="grid link-grid"><${Select} label=${t('objects.link.method')} value=${method} onInput=${(value) => change({ method: value })} options=${methods.map((value) => ({ value, label: t(`objects.link.method_${value}`) }))} />
      <${Select} label=${t('objects.link.lifetime')} value=${form.seconds} onInput=${(seconds) => change({ seconds })} options=${LIFETIMES.map(([name, value]) => ({ value: String(value), label: t(`objects.link.${name}`) }))} /></div>
    ${versionId !== '' && html`<${Checkbox} label=${t('objects.link.of_version')} term="versionId" help=${t('objects.link.of_version_help', { id: versionId })} checked=${ofVersion} onInput=${chooseVersion} />`}
    <${TextField} label=${t('objects.link.endpoint')} mono value=${endpoint} onInput=${changeEndpoint} help=${t('objects.link.endpoint_help')}
      error=${tried && origin === '' ? t('objects.link.endpoint_fault') : ''} placeholder="https://oss.example.com" />
    ${method === 'GET' && html`<${Overrides} overrides=${form.overrides} objectKey=${objectKey} set=${(name, value) => change({ overrides: { ...form.overrides, [name]: value } })} />`}
    ${method === 'PUT' && html`<${TextField} label=${t('objects.link.content_type')} term="Content-Type" mono value=${form.contentType} onInput=${(contentType) => change({ contentType })} help=${t('objects.link.put_type_help')} />`}
    ${method !== 'GET' && html`<${Notice} tone="warn">${t(ofVersion && method === 'DELETE' ? 'objects.link.warn_DELETE_version' : `objects.link.warn_${method}`)}<//>`}
    <div class="row"><${Button} type="submit" variant="primary" icon="link" busy=${make.busy}>${t('objects.link.make')}<//></div>
    ${link && html`<${Link} link=${link} />`}
  <//>`;
}

/** See the module comment. */
export function LinkForm({ bucket, objectKey, versionId, isFixed }) {
  const known = useResource(({ signal }) => initialEndpoint(signal), []);
  return html`<${Loaded} resource=${known} area="objects">${(endpoint) => html`<${FormBody} bucket=${bucket} objectKey=${objectKey} versionId=${versionId} isFixed=${isFixed} known=${endpoint} />`}<//>`;
}
