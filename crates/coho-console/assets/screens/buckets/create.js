// The form of a new bucket.

import { html, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { ApiError } from '../../api_error.js';
import { oss } from '../../oss.js';
import { useAction } from '../../resource.js';
import { Button, Dialog, ErrorBox, Form, focusFirstError, Select, TextField } from '../../components/index.js';
import { AclChoice } from './forms.js';
import { REDUNDANCIES, STORAGE_CLASSES } from './configurations.js';
import { brokenRule, isUnfinished, MAX_NAME, MIN_NAME } from './name_rules.js';

/** OSS answers a repeated creation as a success, and it would change the ACL; a form that says "create" must not. */
async function refuseExisting(name) {
  const { buckets } = await api.get('/v1/buckets', { query: { prefix: name, max: 1 } });
  if (buckets[0]?.name === name) throw new ApiError({ status: 409, code: 'BucketAlreadyExists', elements: {} });
}

/** `onCreated` gets the name. */
export function CreateDialog({ onClose, onCreated }) {
  const [name, setName] = useState('');
  const [acl, setAcl] = useState('private');
  const [storageClass, setClass] = useState('Standard');
  const [redundancy, setRedundancy] = useState('LRS');
  const [tried, setTried] = useState(false);
  const form = useRef(null);
  const rule = brokenRule(name);
  const error = rule && (tried || !isUnfinished(rule, name)) ? t(`buckets.name.${rule}`, { min: MIN_NAME, max: MAX_NAME }) : '';
  const create = useAction(async () => {
    await refuseExisting(name);
    await oss.putBucket(name, { acl, storageClass, redundancy });
    onCreated(name);
  });
  const typeName = (text) => {
    setName(text);
    create.clear();
  };
  const submit = () => {
    setTried(true);
    if (rule) focusFirstError(form.current);
    else create.run();
  };
  const labels = (kind, values) => values.map((value) => ({ value, label: t(`buckets.${kind}.${value}`) }));
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form="create-bucket" variant="primary" busy=${create.busy}>${t('buckets.create.action')}<//>`;
  return html`<${Dialog} title=${t('buckets.create.title')} onClose=${onClose} footer=${footer}>
    <div ref=${form}><${Form} id="create-bucket" class="stack" onSubmit=${submit}>
      <${TextField} label=${t('buckets.column.name')} term="BucketName" mono required maxlength="255" value=${name} onInput=${typeName} error=${error}
        help=${t('buckets.name.help', { min: MIN_NAME, max: MAX_NAME, n: name.length })} autofocus />
      <${AclChoice} value=${acl} onInput=${setAcl} />
      <div class="grid create-labels"><${Select} label=${t('buckets.column.class')} term="StorageClass" value=${storageClass} onInput=${setClass} options=${labels('class', STORAGE_CLASSES)} />
        <${Select} label=${t('buckets.redundancy')} term="DataRedundancyType" value=${redundancy} onInput=${setRedundancy} options=${labels('redundancy_type', REDUNDANCIES)} /></div>
      <p class="field-help">${t('buckets.create.labels_help')}</p>
      <${ErrorBox} error=${create.error} area="buckets" title=${t('buckets.create.failed')} />
    <//></div>
  <//>`;
}
