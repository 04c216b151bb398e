// Asks before versions and delete markers are removed for good.

import { html, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { formatNumber } from '../../../format.js';
import { useResource } from '../../../resource.js';
import { Button, Dialog, ErrorBox, Form, Notice, Spinner, TextField, visible } from '../../../components/index.js';
import { startJob } from '../jobs.js';
import { Named } from '../named.js';
import { countVersions } from './pages.js';

/** Versions that are counted; beyond, "more than" is said. */
const MAX_COUNTED = 20_000;

/** See the module comment. What must be typed: the number of versions, or the name of the bucket for all of it. */
export function PurgeDialog({ view, rows, tools, onClose }) {
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const counted = useResource(({ signal }) => countVersions(view.bucket, rows, MAX_COUNTED, signal), []);
  const sum = counted.data;
  const must = rows.length === 1 && rows[0].key === '' ? view.bucket : String(sum?.n ?? '');
  const good = sum !== undefined && sum.n > 0 && typed.trim() === must;
  const submit = () => {
    setTried(true);
    if (!good) return;
    const label = rows.length === 1 ? t('objects.job.purge_one', { name: visible(rows[0].key) || view.bucket }) : t('objects.job.purge_many', { n: sum.n });
    startJob({ kind: 'purge', bucket: view.bucket, rows, label, total: sum.more ? null : sum.n, onEnd: tools.reload });
    tools.clear();
    onClose();
  };
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form="purge-versions" variant="danger" disabled=${!good}>${t('objects.purge')}<//>`;
  const markersAlone = sum !== undefined && sum.n > 0 && sum.markers === sum.n;
  return html`<${Dialog} title=${t('objects.purge_title')} onClose=${onClose} footer=${footer}>
    <${Named} rows=${rows} />
    <${ErrorBox} error=${counted.error} retry=${counted.reload} area="objects" />
    ${sum === undefined ? !counted.error && html`<${Spinner} label=${t('objects.counting')} />`
      : html`<p role="status">${sum.n === 0 ? t('objects.purge_nothing') : t(sum.more ? 'objects.purge_more_than' : 'objects.purge_count', { n: sum.n, markers: formatNumber(sum.markers) })}</p>`}
    ${sum !== undefined && sum.n > 0 && html`<${Notice} tone="warn">${t(markersAlone ? 'objects.purge_markers' : 'objects.purge_final')}<//>`}
    <${Form} id="purge-versions" onSubmit=${submit}>${sum !== undefined && sum.n > 0 && html`<${TextField} label=${t('confirm.type', { typed: must })} mono value=${typed} onInput=${setTyped}
      error=${tried && !good ? t('confirm.differs') : ''} />`}<//><//>`;
}
