// Asks before objects are deleted. Folders are counted first, and a large number is typed to confirm.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { formatNumber } from '../../format.js';
import { useResource } from '../../resource.js';
import { oss } from '../../oss.js';
import { Button, Dialog, ErrorBox, Form, Notice, Spinner, TextField, visible } from '../../components/index.js';
import { startJob } from './jobs.js';
import { Named } from './named.js';

/** Objects that are counted; beyond, "more than" is said. */
const MAX_COUNTED = 20_000;
/** From so many on, the number is typed. */
const TYPED_FROM = 100;

async function count(bucket, rows, signal) {
  let found = rows.filter((row) => row.kind === 'object').length;
  for (const folder of rows.filter((row) => row.kind === 'folder')) {
    let token;
    do {
      const page = await oss.listObjects(bucket, { prefix: folder.key, token }, { signal });
      found += page.objects.length;
      token = page.truncated ? page.nextToken : undefined;
      if (found >= MAX_COUNTED && token) return { n: found, more: true };
    } while (token);
  }
  return { n: found, more: false };
}

/** What a deletion does, by the versioning of the bucket. */
const EFFECTS = { Enabled: 'objects.delete_marks', Suspended: 'objects.delete_suspended' };

/** See the module comment. */
export function DeleteDialog({ view, rows, tools, onClose }) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const hasFolders = rows.some((row) => row.kind === 'folder');
  const counted = useResource(({ signal }) => count(view.bucket, rows, signal), []);
  // What it does is said before it can be done.
  const sum = view.versioning === undefined ? undefined : counted.data;
  const must = sum && (sum.more || sum.n >= TYPED_FROM || (hasFolders && sum.n > 1)) ? (rows.length === 1 && rows[0].key === '' ? view.bucket : String(sum.n)) : '';
  const good = sum !== undefined && sum.n > 0 && typed.trim() === must;
  const submit = () => {
    setTried(true);
    if (!good) return;
    const label = rows.length === 1 ? t('objects.job.delete_one', { name: visible(rows[0].key) || view.bucket }) : t('objects.job.delete_many', { n: sum.n });
    startJob({ kind: 'delete', bucket: view.bucket, rows, label, total: sum.more ? null : sum.n, onEnd: tools.reload });
    tools.clear();
    onClose();
  };
  const footer = html`<${Button} onClick=${onClose} autofocus=${must === ''}>${t('action.cancel')}<//>
    <${Button} type="submit" form="delete-objects" variant="danger" disabled=${!good}>${t('objects.delete')}<//>`;
  return html`<${Dialog} title=${t('objects.delete_title')} onClose=${onClose} footer=${footer}>
    <${Named} rows=${rows} />
    <${ErrorBox} error=${counted.error} retry=${counted.reload} area="objects" />
    ${sum === undefined ? !counted.error && html`<${Spinner} label=${t('objects.counting')} />`
      : html`<p role="status">${sum.n === 0 ? t('objects.nothing_there') : t(sum.more ? 'objects.delete_more_than' : 'objects.delete_count', { n: sum.n, count: formatNumber(sum.n) })}</p>`}
    ${sum !== undefined && sum.n > 0 && html`<${Notice} tone=${view.versioning === 'Enabled' ? 'info' : 'warn'}
      actions=${view.versioning && hasFolders && html`<${Button} size="small" onClick=${() => tools.dialog({ kind: 'purge', rows })}>${t('objects.purge_instead')}<//>`}>${t(EFFECTS[view.versioning] ?? 'objects.delete_final')}<//>`}
    <${Form} id="delete-objects" onSubmit=${submit}>${must !== '' && html`<${TextField} label=${t('confirm.type', { typed: must })} mono value=${typed} onInput=${setTyped}
      error=${tried && !good ? t('confirm.differs') : ''} />`}<//><//>`;
}
