// One bucket: what it holds, where to go from here, its configurations, its end.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { oss } from '../../oss.js';
import { href, navigate } from '../../router.js';
import { useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';
import { initialEndpoint } from '../objects/endpoint.js';
import { formatBytes, formatNumber } from '../../format.js';
import { Button, Card, CopyText, Icon, KeyValues, Loaded, Page, Stats, Time, toast, Untrusted } from '../../components/index.js';
import { ConfigurationCard, LazyConfiguration } from './configuration_card.js';
import { CONFIGURATIONS } from './configurations.js';
import { FORMS } from './forms.js';
import { DeleteDialog } from './delete.js';
import { OtherConfigurations } from './others.js';
import { ruleText } from './facts.js';

const REFRESH_SECONDS = 30;

/** The summary of the admin API, the location that OSS's own answer names, and where clients find the OSS API. */
async function read(bucket, signal) {
  // The endpoints of OSS's answer are the address that was asked, here the console's: no client could use it.
  const [summary, info, endpoint] = await Promise.all([api.get(`/v1/buckets/${encodeURIComponent(bucket)}`, { signal }), oss.bucketInfo(bucket, { signal }), initialEndpoint(signal)]);
  return { ...summary, info, endpoint };
}

/** See the module comment. */
export function BucketSettings({ bucket }) {
  const found = useResource(({ signal }) => read(bucket, signal), [bucket], { everySeconds: REFRESH_SECONDS });
  const [deleting, setDeleting] = useState(false);
  useEventReload('configuration_changed', found.reload, ({ bucket: name }) => name === bucket && !deleting);
  const deleted = () => {
    toast.good(t('buckets.delete.done', { name: bucket }));
    navigate(href(['buckets']));
  };
  const isGone = found.error?.code === 'NoSuchBucket';
  return html`<${Page} title=${bucket} crumbs=${[{ label: t('nav.buckets'), href: href(['buckets']) }]} sub=${t('buckets.settings_sub')}
    actions=${!isGone && html`<${Button} href=${href(['buckets', bucket, 'objects'])} icon="object">${t('buckets.open_objects')}<//>`}>
    <${Loaded} resource=${found} lines=${8} area="buckets">${(data) => html`<${Figures} data=${data} />
      <div class="grid bucket-grid"><${Properties} data=${data} /><${Places} data=${data} /></div>`}<//>
    ${isGone ? html`<div class="row"><${Button} href=${href(['buckets'])}>${t('buckets.back')}<//></div>` : found.data !== undefined && html`
      ${CONFIGURATIONS.map((configuration) => html`<${configuration.lazy ? LazyConfiguration : ConfigurationCard} key=${configuration.id} configuration=${configuration} bucket=${bucket} form=${FORMS[configuration.id]} onSaved=${found.reload} />`)}
      <${OtherConfigurations} bucket=${bucket} />
      <${Card} title=${t('buckets.delete.heading')} sub=${t('buckets.delete.sub')} class="danger-card">
        <${Button} variant="danger" icon="trash" onClick=${() => setDeleting(true)}>${t('buckets.delete.open')}<//><//>`}
    ${deleting && html`<${DeleteDialog} bucket=${bucket} onClose=${() => setDeleting(false)} onDeleted=${deleted} />`}
  <//>`;
}

function Figures({ data }) {
  return html`<${Stats} min="9rem" items=${[
    { label: t('buckets.figure.objects'), value: formatNumber(data.objects) },
    { label: t('buckets.figure.bytes'), value: formatBytes(data.object_bytes), note: t('buckets.figure.bytes_note') },
    { label: t('buckets.figure.mirrored'), value: formatNumber(data.mirrored_objects), note: formatBytes(data.mirrored_bytes) },
    { label: t('buckets.figure.written'), value: formatNumber(data.objects - data.mirrored_objects), note: formatBytes(data.object_bytes - data.mirrored_bytes) },
    { label: t('buckets.figure.uploads'), value: formatNumber(data.uploads), note: t('buckets.figure.parts', { n: data.parts }), tone: data.uploads > 0 ? 'warn' : '' },
  ]} />`;
}

const labelOf = (kind, value) => t(`buckets.${kind}.${value}`);

function Properties({ data }) {
  const { info, endpoint } = data;
  return html`<${Card} title=${t('buckets.properties')}><${KeyValues} items=${[
    [t('buckets.column.name'), html`<${CopyText} text=${data.name} label=${t('buckets.copy_name')} />`],
    [t('buckets.column.owner'), html`<${Untrusted} text=${data.owner} />`],
    [t('buckets.column.created'), html`<${Time} value=${data.created_at} />`],
    [t('buckets.column.class'), labelOf('class', data.storage_class)],
    [t('buckets.redundancy'), labelOf('redundancy_type', data.redundancy)],
    info.location && [t('buckets.location'), html`<code>${info.location}</code>`],
    endpoint !== '' && [t('buckets.endpoint'), html`<${CopyText} text=${endpoint} label=${t('buckets.copy_endpoint')} />`],
  ]} /><p class="field-help">${t('buckets.labels_note')}</p><//>`;
}

function Place({ icon, address, label, text }) {
  return html`<li><a class="place" href=${address}><${Icon} name=${icon} /><span class="place-text"><span class="place-label">${label}</span><span class="muted small">${text}</span></span><${Icon} name="right" size=${0.875} /></a></li>`;
}

function Places({ data }) {
  const to = (area, query) => href(['buckets', data.name, area], query);
  const { website } = data;
  const pages = website && (website.index_page || website.error_page) ? [website.index_page, website.error_page].filter(Boolean).join(', ') : t('state.none');
  return html`<${Card} title=${t('buckets.places')} flush><ul class="places">
    <${Place} icon="object" address=${to('objects')} label=${t('nav.objects')} text=${t('buckets.place.objects', { n: data.objects, size: formatBytes(data.object_bytes) })} />
    <${Place} icon="rules" address=${to('rules')} label=${t('nav.rules')} text=${ruleText(website)} />
    <${Place} icon="external" address=${to('rules', { tab: 'pages' })} label=${t('buckets.place.pages')} text=${pages} />
    <${Place} icon="activity" address=${to('rules', { tab: 'limits' })} label=${t('buckets.place.limits')} text=${t('buckets.place.limits_text')} />
    <${Place} icon="history" address=${to('rules', { tab: 'history' })} label=${t('buckets.place.history')} text=${t(data.website_version ? 'buckets.place.history_text' : 'buckets.place.history_none')} />
    <${Place} icon="migration" address=${to('migration')} label=${t('nav.migration')} text=${t('buckets.place.migration')} />
  </ul><//>`;
}
