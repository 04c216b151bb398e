// Asks where objects are copied or moved to. Renaming is a move within the bucket.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useResource } from '../../resource.js';
import { oss } from '../../oss.js';
import { Button, Checkbox, Dialog, ErrorBox, focusFirstError, Form, Notice, Select, TextField, Untrusted, visible } from '../../components/index.js';
import { DELIMITER, keyFault } from './keys.js';
import { startJob } from './jobs.js';

/** The new key of a key, if `rows` go to `target`: a single row takes it as its name, several go below it. */
function renamer(rows, target, folder) {
  const [row] = rows;
  if (rows.length === 1 && row.kind === 'object') return () => target;
  if (rows.length === 1) return (key) => target + key.slice(row.key.length);
  return (key) => target + key.slice(folder.length);
}

/** Why the target does not do, as a key of the catalogue; '' if it does. */
function faultOf(rows, target, bucket, view) {
  const single = rows.length === 1 && rows[0].kind === 'object';
  if (!single && target !== '' && !target.endsWith(DELIMITER)) return 'key.folder';
  if ((single || target !== '') && keyFault(target)) return keyFault(target);
  if (bucket !== view.bucket) return '';
  // Into itself, a folder would grow while it is copied.
  if (rows.some((row) => row.kind === 'folder' && target.startsWith(row.key))) return 'key.inside';
  const name = renamer(rows, target, view.folder);
  return rows.some((row) => name(row.key) === row.key) ? 'key.same' : '';
}

async function bucketNames(signal) {
  const { buckets } = await oss.listBuckets({}, { signal });
  return buckets.map(({ name }) => name);
}

function initialTarget(rows, view) {
  return rows.length === 1 ? rows[0].key : view.folder;
}

/** `kind`: copy, move or rename. */
export function CopyDialog({ kind, view, rows, tools, onClose }) {
  const [bucket, setBucket] = useState(view.bucket);
  const [target, setTarget] = useState(initialTarget(rows, view));
  const [overwrite, setOverwrite] = useState(false);
  const [tried, setTried] = useState(false);
  const buckets = useResource(kind === 'rename' ? null : ({ signal }) => bucketNames(signal), []);
  const single = rows.length === 1;
  const fault = faultOf(rows, target, bucket, view);
  const submit = () => {
    setTried(true);
    if (fault !== '') return focusFirstError();
    const job = kind === 'copy' ? 'copy' : 'move';
    const label = single ? t(`objects.job.${job}_one`, { name: visible(rows[0].key), to: visible(`${bucket}/${target}`) }) : t(`objects.job.${job}_many`, { n: rows.length, to: visible(`${bucket}/${target}`) });
    const total = rows.every((row) => row.kind === 'object') ? rows.length : null;
    startJob({ kind: job, bucket: view.bucket, rows, label, total, overwrite, to: { bucket, name: renamer(rows, target, view.folder) }, onEnd: tools.reload });
    tools.clear();
    onClose(true);
  };
  const options = [...new Set([view.bucket, ...(buckets.data ?? [])])].map((name) => ({ value: name, label: name }));
  const footer = html`<${Button} onClick=${() => onClose()}>${t('action.cancel')}<//>
    <${Button} type="submit" form="copy-objects" variant="primary">${t(`objects.${kind}_action`)}<//>`;
  return html`<${Dialog} title=${single ? t(`objects.${kind}_title`) : t(`objects.${kind}_title_many`, { n: rows.length })} onClose=${() => onClose()} footer=${footer}>
    ${single && html`<p class="break mono"><${Untrusted} text=${rows[0].key} /></p>`}
    <${ErrorBox} error=${buckets.error} retry=${buckets.reload} area="objects" />
    <${Form} id="copy-objects" class="stack" onSubmit=${submit}>
      ${kind !== 'rename' && html`<${Select} label=${t('objects.target_bucket')} value=${bucket} onInput=${setBucket} options=${options} />`}
      <${TextField} label=${t(single && rows[0].kind === 'object' ? 'objects.target_key' : 'objects.target_folder')} mono value=${target} onInput=${setTarget} autofocus
        error=${tried && fault ? t(`objects.${fault}`) : ''} help=${target === '' && !single ? t('objects.target_root') : undefined} />
      <${Checkbox} label=${t('objects.overwrite')} help=${t('objects.overwrite_help')} checked=${overwrite} onInput=${setOverwrite} />
    <//>
    ${kind !== 'copy' && html`<${Notice}>${t('objects.move_note')}<//>`}<//>`;
}

