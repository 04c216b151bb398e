// What of the uploads is seen on every screen: the question about a key that is taken, and, elsewhere than on the objects screen, how far
// they are. It stands beside the page's frame, so that it stays when the screen changes.

import { html, render, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { href, route } from '../../../router.js';
import { sessionState } from '../../../session.js';
import { formatBytes, formatPercent } from '../../../format.js';
import { Button, Checkbox, Dialog, Icon, Untrusted } from '../../../components/index.js';
import { question } from './clash.js';
import { revision, allUploads, isUnfinished } from './queue.js';
import { summary } from './panel.js';

let started = false;

function ClashDialog({ upload, canKeep, answer }) {
  const [forAll, setForAll] = useState(false);
  const choose = (choice) => () => answer(choice, forAll);
  const footer = html`<${Button} onClick=${choose('skip')}>${t('objects.clash.skip')}<//>
    ${canKeep && html`<${Button} onClick=${choose('keep')}>${t('objects.clash.keep')}<//>`}
    <${Button} variant="danger" onClick=${choose('overwrite')}>${t('objects.clash.overwrite')}<//>`;
  return html`<${Dialog} title=${t('objects.clash.title')} onClose=${choose('skip')} footer=${footer}>
    <p class="break mono"><${Untrusted} text=${upload.key} /></p>
    <p>${t('objects.clash.text', { size: formatBytes(upload.file.size) })}</p>
    <${Checkbox} label=${t('objects.clash.all')} checked=${forAll} onInput=${setForAll} />
  <//>`;
}

function Pill() {
  revision.value;
  const current = allUploads().find(isUnfinished);
  if (!current || route.value.area === 'objects') return null;
  const { sent, bytes, unfinished } = summary();
  return html`<aside class="upload-pill" aria-label=${t('objects.upload.title')}><a class="button" href=${href(['buckets', current.bucket, 'objects'])}><${Icon} name="upload" />
    ${t('objects.upload.pill', { n: unfinished, percent: formatPercent(bytes > 0 ? sent / bytes : 0, 0) })}</a></aside>`;
}

function Host() {
  if (sessionState.value === 'signed_out') return null;
  const open = question.value;
  return html`<${Pill} />${open && html`<${ClashDialog} key=${open.upload.id} ...${open} />`}`;
}

/** Begins to show; called when the first file is added. */
export function startHost() {
  if (started) return;
  started = true;
  const place = document.createElement('div');
  document.body.append(place);
  render(html`<${Host} />`, place);
}
