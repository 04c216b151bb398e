// What is known of an object, or of one of its versions: where it came from, its digests and dates, who may read it, and every header of its answer.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { href } from '../../router.js';
import { useAction, useResource } from '../../resource.js';
import { oss } from '../../oss.js';
import { Badge, Button, Bytes, CopyText, Details, ErrorBox, KeyValues, Loaded, Notice, Select, Time, toast, Untrusted } from '../../components/index.js';
import { objectAddress } from './view.js';
import { originUrl } from './origin_url.js';
import { headerText } from './header_text.js';
import { Archive } from './attributes/archive.js';

const ACLS = ['default', 'private', 'public-read', 'public-read-write'];

function Mirrored({ bucket, object }) {
  if (!object?.mirrored_from) return html`<p><${Badge}>${t('objects.origin.written')}<//> <span class="muted">${t('objects.origin.written_text')}</span></p>`;
  const { mirrored_from: from, fetched, rewritten } = object;
  const rules = href(['buckets', bucket, 'rules']);
  return html`<p><${Badge} tone="accent" icon="migration">${t('objects.origin.mirrored')}<//></p>
    <${KeyValues} items=${[
      [t('objects.origin.from'), html`<span class="mono break"><${Untrusted} text=${originUrl(from)} /></span>`],
      fetched && [t('objects.origin.at'), html`<${Time} value=${fetched.at} />`],
      fetched && [t('objects.origin.rule'), html`<a href=${rules}>${t('objects.origin.rule_number', { rule: fetched.rule })}</a>`],
      fetched && [t('objects.origin.etag'), fetched.origin_etag ? html`<code class="break"><${Untrusted} text=${fetched.origin_etag} /></code>` : t('objects.origin.not_sent')],
      fetched && [t('objects.origin.modified'), fetched.origin_last_modified ? html`<${Untrusted} text=${fetched.origin_last_modified} />` : t('objects.origin.not_sent')],
      rewritten && [t('objects.origin.rewritten'), html`<${Time} value=${rewritten} />`],
    ]} />${!fetched && html`<${Notice}>${t('objects.origin.not_kept')}<//>`}`;
}

/** Whether, from where, when and by which rule the object was fetched. */
function Origin({ bucket, objectKey }) {
  const query = { bucket, key: objectKey, access: 'signed' };
  const explained = useResource(({ signal }) => api.get('/v1/rules/explain', { query, signal }), []);
  return html`<section class="stack-s"><h3>${t('objects.origin.title')}</h3>
    <${Loaded} resource=${explained} lines=${3} area="objects">${(data) => html`<${Mirrored} bucket=${bucket} object=${data.object} />`}<//></section>`;
}

function Acl({ bucket, objectKey, versionId }) {
  const acl = useResource(({ signal }) => oss.getAcl(bucket, objectKey, { signal, versionId }), []);
  const [chosen, choose] = useState(null);
  const save = useAction(async () => {
    await oss.putAcl(bucket, objectKey, chosen, { versionId });
    acl.setData(chosen);
    choose(null);
    toast.good(t('objects.acl.saved'));
  });
  return html`<section class="stack-s"><h3>${t('objects.acl.title')}</h3><${ErrorBox} error=${save.error} area="objects" />
    <${Loaded} resource=${acl} lines=${1} area="objects">${(data) => html`<div class="row acl-row">
      <${Select} class="grow" label=${t('objects.acl.label')} term="x-oss-object-acl" value=${chosen ?? data} onInput=${choose} options=${ACLS.map((value) => ({ value, label: t(`objects.acl.${value}`) }))} />
      <${Button} busy=${save.busy} disabled=${chosen === null || chosen === data} disabledReason=${t('objects.acl.same')} onClick=${save.run}>${t('action.save')}<//></div>`}<//></section>`;
}

function Headers({ headers, open }) {
  const items = [...headers].map(([name, value]) => [html`<code class="break">${name}</code>`, html`<code class="break"><${Untrusted} text=${headerText(value)} /></code>`]);
  return html`<${Details} summary=${t('objects.headers')} open=${open}><${KeyValues} items=${items} /><//>`;
}

/** A link's target, with the way there. */
function Target({ bucket, found }) {
  return html`<a href=${objectAddress(bucket, found.target)} class="mono break"><${Untrusted} text=${found.target} /></a>${found.dangling && html` <${Badge} tone="warn">${t('objects.symlink.dangling')}<//>`}`;
}

const Encryption = ({ algorithm }) => (algorithm ? html`<${Badge} tone="good" icon="lock">${algorithm}<//>` : html`<span class="muted">${t('objects.not_encrypted')}</span>`);

/** What few objects have, and how the body is encrypted. */
function rareItems(bucket, found) {
  const { headers } = found.head;
  const [sealed, position] = [headers.get('x-oss-sealed-time'), headers.get('x-oss-next-append-position')];
  return [
    found.target && [t('objects.symlink.target'), html`<${Target} bucket=${bucket} found=${found} />`],
    sealed && [t('objects.append.sealed'), html`<${Time} value=${sealed} />`],
    position && [t('objects.append.position'), html`<${Bytes} value=${Number(position)} />`],
    [t('objects.encryption'), html`<${Encryption} algorithm=${headers.get('x-oss-server-side-encryption')} />`],
    headers.has('x-oss-version-id') && [t('objects.version.id'), html`<${CopyText} text=${headers.get('x-oss-version-id')} label=${t('objects.version.copy_id')} />`],
  ];
}

/** See the module comment. */
export function Properties({ view, objectKey, versionId, found, reload }) {
  const { bucket } = view;
  const { head, row } = found;
  const code = (text) => (text ? html`<code class="break"><${Untrusted} text=${headerText(text)} /></code>` : '—');
  return html`<div class="stack">
    <${KeyValues} items=${[
      [t('objects.column.key'), html`<span class="mono break"><${Untrusted} text=${objectKey} /></span>`],
      [t('objects.column.size'), html`<${Bytes} value=${head.size} />`],
      [t('objects.column.modified'), html`<${Time} value=${head.lastModified} />`],
      !found.dangling && [t('objects.content_type'), code(head.contentType)],
      head.storageClass && [t('objects.column.class'), head.storageClass],
      [t('objects.object_type'), found.target ? t('objects.symlink.type') : head.objectType],
      ...rareItems(bucket, found),
      ['ETag', head.etag ? html`<${CopyText} text=${head.etag.replaceAll('"', '')} label=${t('objects.copy_etag')} />` : '—'],
      ['CRC-64', head.crc64 ? html`<${CopyText} text=${head.crc64} label=${t('objects.copy_crc')} />` : t('state.unknown')],
    ]} />
    <${Archive} bucket=${bucket} objectKey=${objectKey} found=${found} onDone=${reload} />
    ${(!row || row.isLatest) && !found.target && html`<${Origin} bucket=${bucket} objectKey=${objectKey} />`}
    <${Acl} bucket=${bucket} objectKey=${objectKey} versionId=${versionId} />
    <${Headers} headers=${head.headers} open=${Boolean(row && !row.isLatest)} />
  </div>`;
}
