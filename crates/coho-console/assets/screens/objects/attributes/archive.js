// Whether an object of an archive class can be read, and what makes it readable: a restore for some days.

import { html, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { useAction } from '../../../resource.js';
import { objectApi } from '../../../oss_objects.js';
import { Badge, Button, ErrorBox, Form, Notice, NumberField, Select, Time, toast } from '../../../components/index.js';

/** Most days of each class, and its tiers (OSS). */
const DAYS = { Archive: 7, ColdArchive: 365, DeepColdArchive: 365 };
const TIERS = { Archive: [], ColdArchive: ['Expedited', 'Standard', 'Bulk'], DeepColdArchive: ['Expedited', 'Standard'] };
const TONES = { frozen: 'warn', restoring: 'info', restored: 'good' };

function RestoreForm({ bucket, objectKey, storageClass, extend, onDone }) {
  const [days, setDays] = useState(1);
  const [tier, setTier] = useState('Standard');
  const [tried, setTried] = useState(false);
  const most = DAYS[storageClass];
  const tiers = TIERS[storageClass];
  const good = Number.isInteger(days) && days >= 1 && days <= most;
  const restore = useAction(async () => {
    await objectApi.restore(bucket, objectKey, { days, tier: tiers.length > 0 ? tier : '' });
    toast.good(t('objects.archive.asked'));
    onDone();
  });
  const submit = () => {
    setTried(true);
    if (good) restore.run();
  };
  return html`<${Form} class="stack-s" onSubmit=${submit}><${ErrorBox} error=${restore.error} area="objects" />
    <${NumberField} label=${t('objects.archive.days')} term="Days" value=${days} onInput=${setDays} help=${t('objects.archive.days_help', { n: most })}
      error=${tried && !good ? t('objects.archive.days_help', { n: most }) : ''} />
    ${tiers.length > 0 && html`<${Select} label=${t('objects.archive.tier')} term="Tier" value=${tier} onInput=${setTier} options=${tiers.map((value) => ({ value, label: t(`objects.archive.tier_${value}`) }))} />`}
    <div class="row"><${Button} type="submit" icon="undo" busy=${restore.busy}>${t(extend ? 'objects.archive.extend' : 'objects.archive.restore')}<//></div><//>`;
}

/** See the module comment. Of an old version only the state is shown: OSS restores the current one. */
export function Archive({ bucket, objectKey, found, onDone }) {
  const { archive, head, row } = found;
  const clean = useAction(async () => {
    await objectApi.cleanRestored(bucket, objectKey);
    toast.good(t('objects.archive.cleaned'));
    onDone();
  });
  if (archive.state === '') return null;
  const current = !row || row.isLatest;
  const until = archive.state === 'restored' && html` ${t('objects.archive.until')} <${Time} value=${archive.until} />`;
  return html`<section class="stack-s"><h3>${t('objects.archive.title')}</h3>
    <p><${Badge} tone=${TONES[archive.state]}>${t(`objects.archive.${archive.state}`)}<//>${until} <span class="muted">${t(`objects.archive.${archive.state}_text`)}</span></p>
    <${ErrorBox} error=${clean.error} area="objects" />
    ${!current && html`<${Notice}>${t('objects.archive.not_current')}<//>`}
    ${current && archive.state !== 'restoring' && html`<${RestoreForm} bucket=${bucket} objectKey=${objectKey} storageClass=${head.storageClass} extend=${archive.state === 'restored'} onDone=${onDone} />`}
    ${current && archive.state === 'restored' && html`<div class="row"><${Button} size="small" busy=${clean.busy} onClick=${clean.run}>${t('objects.archive.clean')}<//></div>`}</section>`;
}
