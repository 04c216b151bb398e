// A link by which anybody may do one thing with the object until it expires.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction } from '../../resource.js';
import { Button, CopyButton, Details, ErrorBox, Field, Form, Notice, Select, TextField, Time } from '../../components/index.js';
import { attachment } from './download.js';

const LIFETIMES = [['minutes', 900], ['hour', 3600], ['day', 86_400], ['week', 604_800]];
const METHODS = ['GET', 'PUT', 'HEAD', 'DELETE'];
const OVERRIDES = ['response-content-type', 'response-cache-control', 'response-content-disposition', 'response-content-language', 'response-content-encoding', 'response-expires'];

/** The parameters that have a value. */
const given = (overrides) => Object.fromEntries(Object.entries(overrides).filter(([, value]) => value.trim() !== ''));

function Link({ link }) {
  return html`<${Notice} tone="good" live title=${t('objects.link.made')}>
    <${Field} label=${t('objects.link.url')} hideLabel>${(props) => html`<div class="row nowrap"><textarea ...${props} class="input mono grow link-url" readonly rows="4" onFocus=${(event) => event.currentTarget.select()}>${link.url}</textarea>
      <${CopyButton} text=${link.url} label=${t('objects.link.copy')} /></div>`}<//>
    <p class="small">${t('objects.link.until')} <${Time} value=${link.expires_at} /></p><//>`;
}

/** See the module comment. */
export function LinkForm({ bucket, objectKey }) {
  const [method, setMethod] = useState('GET');
  const [seconds, setSeconds] = useState('3600');
  const [overrides, setOverrides] = useState({});
  const [link, setLink] = useState(null);
  const make = useAction(async () => {
    const parameters = method === 'GET' ? given(overrides) : {};
    setLink(await api.post(`/v1/buckets/${encodeURIComponent(bucket)}/presign`, { body: { key: objectKey, method, expires_seconds: Number(seconds), parameters } }));
  });
  const change = (set) => (value) => {
    setLink(null);
    set(value);
  };
  const override = (name) => change((value) => setOverrides({ ...overrides, [name]: value }));
  return html`<${Form} class="stack" onSubmit=${make.run}>
    <p>${t('objects.link.text')}</p>
    <${ErrorBox} error=${make.error} area="objects" />
    <div class="grid link-grid"><${Select} label=${t('objects.link.method')} value=${method} onInput=${change(setMethod)} options=${METHODS.map((value) => ({ value, label: t(`objects.link.method_${value}`) }))} />
      <${Select} label=${t('objects.link.expires')} value=${seconds} onInput=${change(setSeconds)} options=${LIFETIMES.map(([name, value]) => ({ value: String(value), label: t(`objects.link.${name}`) }))} /></div>
    ${method === 'GET' && html`<${Details} summary=${t('objects.link.headers')}><div class="stack-s">
      <p class="muted small">${t('objects.link.headers_help')}</p>
      <div class="row"><${Button} size="small" icon="download" onClick=${() => override('response-content-disposition')(attachment(objectKey))}>${t('objects.link.as_download')}<//></div>
      ${OVERRIDES.map((name) => html`<${TextField} key=${name} label=${t(`objects.link.${name}`)} term=${name} mono value=${overrides[name] ?? ''} onInput=${override(name)} />`)}</div><//>`}
    <div class="row"><${Button} type="submit" variant="primary" icon="link" busy=${make.busy}>${t('objects.link.make')}<//></div>
    ${link && html`<${Link} link=${link} />`}
    ${method !== 'GET' && html`<${Notice} tone="warn">${t(`objects.link.warn_${method}`)}<//>`}
  <//>`;
}
