// Creates a folder: an object without a body whose key ends with the delimiter.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href, navigate } from '../../router.js';
import { useAction } from '../../resource.js';
import { oss } from '../../oss.js';
import { Button, Dialog, ErrorBox, focusFirstError, Form, TextField, Untrusted } from '../../components/index.js';
import { DELIMITER, keyFault } from './keys.js';

/** See the module comment. */
export function FolderDialog({ view, onClose }) {
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const key = view.folder + name.replace(/\/+$/, '') + DELIMITER;
  const fault = name === '' ? 'key.empty' : keyFault(key);
  const create = useAction(async () => {
    await oss.putObject(view.bucket, key, '', { headers: { 'x-oss-forbid-overwrite': 'true', 'content-type': 'application/x-directory' } });
    onClose();
    navigate(href(['buckets', view.bucket, 'objects'], { prefix: key }));
  });
  const submit = () => {
    setTried(true);
    if (fault === '') create.run();
    else focusFirstError();
  };
  const footer = html`<${Button} onClick=${onClose}>${t('action.cancel')}<//>
    <${Button} type="submit" form="new-folder" variant="primary" busy=${create.busy}>${t('objects.create')}<//>`;
  return html`<${Dialog} title=${t('objects.new_folder')} onClose=${onClose} footer=${footer}>
    <${ErrorBox} error=${create.error} area="objects" />
    <${Form} id="new-folder" onSubmit=${submit}>
      <${TextField} label=${t('objects.folder_name')} mono value=${name} onInput=${setName} error=${tried && fault ? t(`objects.${fault}`) : ''} autofocus
        help=${html`${t('objects.folder_help')} <code class="break"><${Untrusted} text=${key} /></code>`} />
    <//><//>`;
}
