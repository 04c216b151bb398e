// Multipart uploads that have not ended, of this page and of every other client: their parts take room.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useAction, useResource } from '../../resource.js';
import { multipart } from '../../oss_multipart.js';
import { Button, confirm, Dialog, Empty, ErrorBox, IconButton, Loaded, Table, Time, toast, Untrusted, visible } from '../../components/index.js';
import { allUploads, isUnfinished } from './uploads/queue.js';
import { forget } from './uploads/records.js';

/** Uploads that are read at a time. */
const PAGE_UPLOADS = 200;

/** See the module comment. */
export function UnfinishedDialog({ view, onClose }) {
  const [more, setMore] = useState(/** @type {any} */ (null));
  const first = useResource(({ signal }) => multipart.listUploads(view.bucket, { prefix: view.prefix, maxUploads: PAGE_UPLOADS }, { signal }), []);
  const page = more ?? first.data;
  const next = useAction(async () => {
    const read = await multipart.listUploads(view.bucket, { prefix: view.prefix, keyMarker: page.nextKey, uploadIdMarker: page.nextUploadId, maxUploads: PAGE_UPLOADS });
    setMore({ ...read, uploads: [...page.uploads, ...read.uploads] });
  });
  const abort = useAction(async (upload) => {
    const mine = allUploads().some((one) => one.uploadId === upload.uploadId && isUnfinished(one));
    const sure = await confirm({ title: t('objects.abort_title'), text: t(mine ? 'objects.abort_mine' : 'objects.abort_text', { key: visible(upload.key) }), action: t('objects.abort'), danger: true });
    if (!sure) return;
    await multipart.abort(view.bucket, upload.key, upload.uploadId);
    if (!mine) forget(upload.uploadId);
    toast.good(t('objects.aborted'));
    setMore({ ...page, uploads: page.uploads.filter((one) => one.uploadId !== upload.uploadId) });
  });
  const columns = [
    { id: 'key', label: t('objects.column.key'), lead: true, cell: (one) => html`<span class="mono break"><${Untrusted} text=${one.key} /></span>` },
    { id: 'begun', label: t('objects.column.begun'), cell: (one) => html`<${Time} value=${one.initiated} ago />` },
    { id: 'id', label: 'UploadId', cell: (one) => html`<code class="small break">${one.uploadId}</code>` },
    { id: 'actions', label: t('objects.column.actions'), hideLabel: true, cell: (one) => html`<${IconButton} icon="trash" label=${t('objects.abort_one', { key: visible(one.key) })} onClick=${() => abort.run(one)} />` },
  ];
  return html`<${Dialog} wide title=${t('objects.unfinished')} onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>${t('action.close')}<//>`}>
    <p>${t('objects.unfinished_text')}</p>
    <${ErrorBox} error=${abort.error ?? next.error} area="objects" />
    <${Loaded} resource=${{ ...first, data: page }} area="objects">${(data) => html`
      <${Table} caption=${t('objects.unfinished')} rows=${data.uploads} rowKey=${(one) => one.uploadId} columns=${columns} empty=${html`<${Empty} icon="good" title=${t('objects.unfinished_none')} />`} />
      ${data.truncated && html`<${Button} busy=${next.busy} onClick=${next.run}>${t('action.more')}<//>`}`}<//><//>`;
}
