// The versions and delete markers of one object, newest first.

import { html, useEffect, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { formatTime } from '../../../format.js';
import { href, route } from '../../../router.js';
import { useAction, useResource } from '../../../resource.js';
import { objectApi } from '../../../oss_objects.js';
import { Badge, Button, Bytes, ErrorBox, IconButton, Loaded, Table, Time } from '../../../components/index.js';
import { downloadUrl } from '../download.js';
import { versionState, versionTone } from '../view.js';

function Actions({ view, row, actions }) {
  const at = formatTime(new Date(row.lastModified));
  const download = downloadUrl(view.bucket, row.key, row.versionId);
  return html`<div class="row nowrap">
    ${!row.isMarker && !row.isLatest && html`<${IconButton} size="small" icon="undo" label=${t('objects.version.restore_one', { at })} onClick=${() => actions.restore(row)} />`}
    ${!row.isMarker && download && html`<${IconButton} size="small" icon="download" label=${t('objects.version.download_one', { at })} href=${download} download="" />`}
    <${IconButton} size="small" icon=${row.isMarker && row.isLatest ? 'undo' : 'trash'} label=${t(row.isMarker ? 'objects.version.remove_marker_one' : 'objects.version.purge_one', { at })} onClick=${() => actions.remove(row)} /></div>`;
}

/** See the module comment. It is read again after each of the actions. */
export function Versions({ view, objectKey, actions }) {
  const [more, setMore] = useState(/** @type {any} */ (null));
  const first = useResource(({ signal }) => objectApi.versionsOf(view.bucket, objectKey, {}, { signal }), []);
  const page = more ?? first.data;
  const next = useAction(async () => {
    const read = await objectApi.versionsOf(view.bucket, objectKey, { token: page.nextToken });
    setMore({ ...read, versions: [...page.versions, ...read.versions] });
  });
  const { busy } = actions;
  useEffect(() => {
    if (busy || !first.data) return;
    setMore(null);
    first.reload();
  }, [busy]);
  const address = (row) => href(['buckets', view.bucket, 'objects'], { ...route.value.query, key: objectKey, version: row.versionId });
  const columns = [
    { id: 'modified', label: t('objects.column.modified'), lead: true, cell: (row) => html`<a href=${address(row)}><${Time} value=${row.lastModified} /></a> <${Badge} tone=${versionTone(row)}>${versionState(row)}<//>
      <div class="small muted mono break">${row.versionId}</div>` },
    { id: 'size', label: t('objects.column.size'), end: true, cell: (row) => (row.isMarker ? '—' : html`<${Bytes} value=${row.size} />`) },
    { id: 'actions', label: t('objects.column.actions'), hideLabel: true, cell: (row) => html`<${Actions} view=${view} row=${row} actions=${actions} />` },
  ];
  return html`<div class="stack-s"><${ErrorBox} error=${actions.error ?? next.error} area="objects" />
    <${Loaded} resource=${{ ...first, data: page }} area="objects">${(data) => html`
      <${Table} caption=${t('objects.tab.versions')} rows=${data.versions} rowKey=${(row) => row.versionId} columns=${columns} />
      ${data.truncated && html`<${Button} busy=${next.busy} onClick=${next.run}>${t('action.more')}<//>`}`}<//></div>`;
}
