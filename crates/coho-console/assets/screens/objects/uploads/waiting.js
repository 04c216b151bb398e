// Uploads of this browser that a page before this one has begun and not completed: they continue with their file.

import { html, useEffect, useRef, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { useAction, useResource } from '../../../resource.js';
import { multipart } from '../../../oss_multipart.js';
import { formatBytes, formatTime } from '../../../format.js';
import { Button, Card, confirm, ErrorBox, IconButton, Time, toast, Untrusted, visible } from '../../../components/index.js';
import { addUploads } from './queue.js';
import { startHost } from './host.js';
import { fitsFile, forget, recordsRevision, waitingUploads } from './records.js';

/** Uploads that are listed; the server is asked for the parts of each. */
const MAX_SHOWN = 10;

/** Continues with the file that the reader chooses, if it is the one. */
function Waiting({ upload, onAbort }) {
  const [other, setOther] = useState('');
  const input = useRef(null);
  const key = visible(upload.key);
  const picked = (event) => {
    const file = event.currentTarget.files[0];
    event.currentTarget.value = '';
    if (!file) return;
    if (!fitsFile(upload, file)) {
      setOther(t('objects.resume.other_file', { name: visible(upload.name), size: formatBytes(upload.size), time: formatTime(upload.modified) }));
      return;
    }
    startHost();
    addUploads(upload.bucket, [{ key: upload.key, file }], { choice: null });
  };
  return html`<li class="waiting-upload">
    <div class="upload-name"><p class="truncate" title=${key}><${Untrusted} text=${upload.key} /></p>
      <p class="small muted">${t('objects.resume.stored', { stored: formatBytes(upload.stored), size: formatBytes(upload.size) })} · ${t('objects.column.begun')} <${Time} value=${upload.begun} ago /></p>
      ${other && html`<p class="small upload-error break" role="alert">${other}</p>`}</div>
    <div class="row nowrap"><input ref=${input} type="file" hidden tabindex="-1" aria-hidden="true" class="pick-waiting" onChange=${picked} />
      <${Button} size="small" icon="play" aria-label=${t('objects.resume.choose_one', { key })} onClick=${() => input.current.click()}>${t('objects.resume.choose')}<//>
      <${IconButton} icon="trash" size="small" label=${t('objects.abort_one', { key })} onClick=${() => onAbort(upload)} /></div>
  </li>`;
}

/** Nothing is shown while there are none. */
export function WaitingUploads({ view }) {
  const revision = recordsRevision.value;
  const waiting = useResource(({ signal }) => waitingUploads(view.bucket, MAX_SHOWN, signal), [view.bucket]);
  useEffect(() => {
    if (revision > 0) waiting.reload();
  }, [revision]);
  const abort = useAction(async (upload) => {
    const sure = await confirm({ title: t('objects.abort_title'), text: t('objects.resume.abort_text', { key: visible(upload.key) }), action: t('objects.abort'), danger: true });
    if (!sure) return;
    await multipart.abort(upload.bucket, upload.key, upload.uploadId).catch((error) => {
      if (error.code !== 'NoSuchUpload') throw error;
    });
    forget(upload.uploadId);
    toast.good(t('objects.aborted'));
    document.querySelector('main h1')?.focus({ preventScroll: true });
  });
  const { total = 0, uploads = [] } = waiting.data ?? {};
  if (total === 0) return null;
  return html`<${Card} title=${t('objects.resume.title')} class="waiting-uploads">
    <p>${t('objects.resume.text')}</p>
    <${ErrorBox} error=${abort.error} area="objects" />
    <ul class="waiting-list" aria-label=${t('objects.resume.title')}>${uploads.map((upload) => html`<${Waiting} key=${upload.uploadId} upload=${upload} onAbort=${abort.run} />`)}</ul>
    ${uploads.length < total && html`<p class="small muted">${t('objects.resume.more', { n: total - uploads.length })}</p>`}
  <//>`;
}
