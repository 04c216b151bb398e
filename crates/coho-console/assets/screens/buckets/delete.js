// Deletes a bucket. What is in it is counted first: OSS deletes only empty buckets, so the way to empty it is offered.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { oss } from '../../oss.js';
import { href } from '../../router.js';
import { formatBytes } from '../../format.js';
import { useAction, useResource } from '../../resource.js';
import { Button, Dialog, ErrorBox, Form, Notice, Spinner, TextField } from '../../components/index.js';
import { ruleCount } from './facts.js';

/** `onDeleted` is called when it is gone. */
export function DeleteDialog({ bucket, onClose, onDeleted }) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const counted = useResource(({ signal }) => api.get(`/v1/buckets/${encodeURIComponent(bucket)}`, { signal }), [bucket]);
  const found = counted.data;
  const isEmpty = found !== undefined && found.objects === 0 && found.uploads === 0;
  const good = typed === bucket;
  const remove = useAction(async () => {
    try {
      await oss.deleteBucket(bucket);
    } catch (error) {
      // Something was stored meanwhile: the numbers are read again.
      if (error.code === 'BucketNotEmpty') await counted.reload();
      throw error;
    }
    onDeleted();
  });
  const submit = () => {
    setTried(true);
    if (good && isEmpty) remove.run();
  };
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    ${isEmpty && html`<${Button} type="submit" form="delete-bucket" variant="danger" busy=${remove.busy}>${t('buckets.delete.action')}<//>`}`;
  return html`<${Dialog} title=${t('buckets.delete.title', { name: bucket })} onClose=${onClose} footer=${footer}>
    <${ErrorBox} error=${counted.error} retry=${counted.reload} area="buckets" />
    ${found === undefined && !counted.error && html`<${Spinner} label=${t('buckets.delete.counting')} />`}
    ${found !== undefined && html`<${Contents} found=${found} isEmpty=${isEmpty} bucket=${bucket} onClose=${onClose} />`}
    ${isEmpty && html`<${Form} id="delete-bucket" class="stack" onSubmit=${submit}>
      <${TextField} label=${t('confirm.type', { typed: bucket })} mono value=${typed} onInput=${setTyped} error=${tried && !good ? t('confirm.differs') : ''} autofocus />
    <//>`}
    <${ErrorBox} error=${remove.error} retry=${remove.run} area="buckets" />
  <//>`;
}

function Contents({ found, isEmpty, bucket, onClose }) {
  const objects = (open) => href(['buckets', bucket, 'objects'], { open });
  const rules = ruleCount(found.website);
  if (isEmpty) {
    return html`<p role="status">${t('buckets.delete.is_empty')}</p>
      <${Notice} tone="warn">${rules > 0 ? t('buckets.delete.final_rules', { n: rules }) : t('buckets.delete.final')}<//>`;
  }
  return html`<${Notice} tone="warn" live title=${t('buckets.delete.not_empty')}>
      <ul class="contents">${found.objects > 0 && html`<li>${t('buckets.delete.objects', { n: found.objects, size: formatBytes(found.object_bytes) })}</li>`}
        ${found.uploads > 0 && html`<li>${t('buckets.delete.uploads', { n: found.uploads, parts: found.parts })}</li>`}</ul>
      <p>${t('buckets.delete.empty_first')}</p><//>
    <div class="row">${found.objects > 0 && html`<${Button} icon="trash" href=${objects('delete_all')} onClick=${onClose}>${t('buckets.delete.open_objects')}<//>`}
      ${found.uploads > 0 && html`<${Button} icon="clock" href=${objects('unfinished')} onClick=${onClose}>${t('buckets.delete.open_uploads')}<//>`}</div>`;
}
