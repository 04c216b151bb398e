// One object beside the list: what it looks like, what is known of it, its headers, and links to it.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useResource } from '../../resource.js';
import { oss } from '../../oss.js';
import { Button, Dialog, Loaded, Tabs, visible } from '../../components/index.js';
import { downloadUrl } from './download.js';
import { nameOf } from './keys.js';
import { Preview } from './preview.js';
import { Properties } from './properties.js';
import { MetadataForm } from './metadata_form.js';
import { LinkForm } from './link_form.js';

function Tab({ id, bucket, objectKey, head, reload }) {
  switch (id) {
    case 'preview':
      return html`<${Preview} key=${head.etag} bucket=${bucket} objectKey=${objectKey} head=${head} />`;
    case 'properties':
      return html`<${Properties} bucket=${bucket} objectKey=${objectKey} head=${head} />`;
    case 'metadata':
      return html`<${MetadataForm} key=${head.etag + head.lastModified} bucket=${bucket} objectKey=${objectKey} head=${head} onSaved=${reload} />`;
    default:
      return html`<${LinkForm} bucket=${bucket} objectKey=${objectKey} />`;
  }
}

/** See the module comment. */
export function Details({ bucket, objectKey, tools, onClose }) {
  const [tab, setTab] = useState('properties');
  const head = useResource(({ signal }) => oss.headObject(bucket, objectKey, { signal }), []);
  const row = { kind: 'object', key: objectKey };
  const then = (kind) => () => {
    onClose();
    tools.dialog({ kind, rows: [row] });
  };
  const reload = () => {
    head.reload();
    tools.reload();
  };
  const footer = html`<${Button} size="small" icon="trash" onClick=${then('delete')}>${t('objects.delete')}<//>
    <${Button} size="small" icon="copy" onClick=${then('copy')}>${t('objects.copy')}<//>
    <${Button} size="small" icon="edit" onClick=${then('rename')}>${t('objects.rename')}<//>
    <${Button} size="small" variant="primary" icon="download" href=${downloadUrl(bucket, objectKey) || undefined} download="">${t('objects.download')}<//>`;
  const tabs = ['properties', 'preview', 'metadata', 'link'].map((id) => ({ id, label: t(`objects.tab.${id}`) }));
  return html`<${Dialog} drawer title=${visible(nameOf(objectKey)) || objectKey} onClose=${onClose} footer=${footer}>
    <${Loaded} resource=${head} area="objects">${(data) => html`<${Tabs} label=${t('objects.tab.label')} tabs=${tabs} selected=${tab} onSelect=${setTab}>
      ${(id) => html`<${Tab} id=${id} bucket=${bucket} objectKey=${objectKey} head=${data} reload=${reload} />`}<//>`}<//><//>`;
}
