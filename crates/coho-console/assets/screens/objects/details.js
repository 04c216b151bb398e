// One object, or one version of it, beside the list: what it looks like, what is known of it, its headers and tags, its versions, and links to it.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useResource } from '../../resource.js';
import { Badge, Button, Dialog, Loaded, Tabs, visible } from '../../components/index.js';
import { downloadUrl } from './download.js';
import { nameOf } from './keys.js';
import { lookUp } from './look_up.js';
import { versionState, versionTone } from './view.js';
import { Preview } from './preview.js';
import { Properties } from './properties.js';
import { MetadataForm } from './metadata_form.js';
import { LinkForm } from './link_form.js';
import { TagsForm } from './attributes/tags_form.js';
import { Versions } from './versions/versions.js';
import { Marker } from './versions/marker.js';
import { useVersionActions } from './versions/actions.js';

/** Seconds between two looks at an object that is being restored. */
const RESTORE_SECONDS = 5;

function Tab({ id, view, objectKey, version, found, reload, actions }) {
  const { bucket } = view;
  const { head } = found;
  const versionId = version || undefined;
  switch (id) {
    case 'preview':
      return html`<${Preview} key=${head.etag} bucket=${bucket} objectKey=${objectKey} versionId=${versionId} head=${head} readable=${found.readable} dangling=${found.dangling} />`;
    case 'properties':
      return html`<${Properties} view=${view} objectKey=${objectKey} versionId=${versionId} found=${found} reload=${reload} />`;
    case 'metadata':
      return html`<${MetadataForm} key=${head.etag + head.lastModified} view=${view} objectKey=${objectKey} head=${head} onSaved=${reload} />`;
    case 'tags':
      return html`<${TagsForm} bucket=${bucket} objectKey=${objectKey} versionId=${versionId} onSaved=${reload} />`;
    case 'versions':
      return html`<${Versions} view=${view} objectKey=${objectKey} actions=${actions} />`;
    default:
      return html`<${LinkForm} bucket=${bucket} objectKey=${objectKey} versionId=${versionId ?? head.headers.get('x-oss-version-id') ?? ''} isFixed=${versionId !== undefined} />`;
  }
}

/** What can be done: with the object, or with a version that is not its current one. */
function Footer({ view, objectKey, found, then, actions }) {
  const { row } = found;
  const download = found.head && found.readable && downloadUrl(view.bucket, objectKey, row?.versionId);
  const get = download && html`<${Button} size="small" variant="primary" icon="download" href=${download} download="">${t('objects.download')}<//>`;
  if (row?.isMarker) return html`<${Button} size="small" variant="primary" icon="undo" busy=${actions.busy} onClick=${() => actions.remove(row)}>${t('objects.version.remove_marker')}<//>`;
  const purge = row && html`<${Button} size="small" icon="trash" busy=${actions.busy} onClick=${() => actions.remove(row)}>${t('objects.purge')}<//>`;
  if (row && !row.isLatest) return html`${purge}<${Button} size="small" icon="undo" busy=${actions.busy} onClick=${() => actions.restore(row)}>${t('objects.version.restore')}<//>${get}`;
  return html`${purge || html`<${Button} size="small" icon="trash" onClick=${then('delete')}>${t('objects.delete')}<//>`}
    <${Button} size="small" icon="copy" onClick=${then('copy')}>${t('objects.copy')}<//>
    <${Button} size="small" icon="edit" onClick=${then('rename')}>${t('objects.rename')}<//>${get}`;
}

function tabsOf(view, { row }) {
  const old = row && !row.isLatest;
  const ids = ['properties', 'preview', !old && 'metadata', 'link', 'tags', (view.versioning || row) && 'versions'];
  return ids.filter(Boolean).map((id) => ({ id, label: t(`objects.tab.${id}`) }));
}

/** See the module comment. `version` is '' for the object as it is. */
export function Details({ view, objectKey, version, tools, onClose }) {
  const [tab, setTab] = useState('properties');
  const [restoring, setRestoring] = useState(false);
  const found = useResource(async ({ signal }) => {
    const answer = await lookUp(view.bucket, objectKey, version, signal);
    setRestoring(answer.archive?.state === 'restoring');
    return answer;
  }, [], { everySeconds: restoring ? RESTORE_SECONDS : 0 });
  const row = { kind: 'object', key: objectKey };
  const then = (kind) => () => {
    onClose();
    tools.dialog({ kind, rows: [row] });
  };
  const reload = () => {
    found.reload();
    tools.reload();
  };
  const actions = useVersionActions(view, objectKey, (gone) => {
    tools.reload();
    if (gone && gone === version) onClose();
    else found.reload();
  });
  const data = found.data;
  const footer = data && html`<${Footer} view=${view} objectKey=${objectKey} found=${data} then=${then} actions=${actions} />`;
  const title = html`${visible(nameOf(objectKey)) || objectKey}${data?.row && html` <${Badge} tone=${versionTone(data.row)}>${versionState(data.row)}<//>`}`;
  return html`<${Dialog} drawer title=${title} onClose=${onClose} footer=${footer}>
    <${Loaded} resource=${found} area="objects">${(all) => (all.head === null ? html`<${Marker} view=${view} row=${all.row} actions=${actions} />`
      : html`<${Tabs} label=${t('objects.tab.label')} tabs=${tabsOf(view, all)} selected=${tab} onSelect=${setTab}>
      ${(id) => html`<${Tab} id=${id} view=${view} objectKey=${objectKey} version=${version} found=${all} reload=${reload} actions=${actions} />`}<//>`)}<//><//>`;
}
