// Makes a symbolic link: an object that shows another one of its bucket.

import { html, useState } from '../../../html.js';
import { t } from '../../../i18n.js';
import { useAction } from '../../../resource.js';
import { oss } from '../../../oss.js';
import { objectApi } from '../../../oss_objects.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, TextField, toast } from '../../../components/index.js';
import { keyFault } from '../keys.js';

/** See the module comment. A target that does not exist is said, and allowed: it may be stored later. */
export function SymlinkDialog({ view, tools, onClose }) {
  const [key, setKey] = useState(view.folder);
  const [target, setTarget] = useState('');
  const [tried, setTried] = useState(false);
  const [absent, setAbsent] = useState('');
  const faults = { key: keyFault(key), target: target === key && key !== '' ? 'symlink.itself' : keyFault(target) };
  const create = useAction(async () => {
    const { objects } = await oss.listObjects(view.bucket, { prefix: target, maxKeys: 1 });
    if (objects[0]?.key !== target && absent !== target) {
      setAbsent(target);
      return;
    }
    await objectApi.putSymlink(view.bucket, key, target);
    toast.good(t('objects.symlink.made'));
    tools.reload();
    onClose();
  });
  const submit = () => {
    setTried(true);
    if (faults.key === '' && faults.target === '') create.run();
    else focusFirstError();
  };
  const error = (fault) => (tried && fault ? t(`objects.${fault}`) : '');
  const warned = absent !== '' && absent === target;
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form="new-symlink" variant="primary" busy=${create.busy}>${t(warned ? 'objects.symlink.create_anyway' : 'objects.create')}<//>`;
  return html`<${Dialog} title=${t('objects.symlink.new')} onClose=${onClose} footer=${footer}>
    <p>${t('objects.symlink.text')}</p>
    <${ErrorBox} error=${create.error} area="objects" />
    <${Form} id="new-symlink" class="stack" onSubmit=${submit}>
      <${TextField} label=${t('objects.symlink.key')} mono value=${key} onInput=${setKey} error=${error(faults.key)} autofocus />
      <${TextField} label=${t('objects.symlink.target')} term="x-oss-symlink-target" mono value=${target} onInput=${setTarget} error=${error(faults.target)} />
      ${warned && html`<p role="status">${t('objects.symlink.absent')}</p>`}<//><//>`;
}
