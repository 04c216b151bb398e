// What can be done in the folder that is shown.

import { html, useElement } from '../../html.js';
import { t } from '../../i18n.js';
import { href, navigate } from '../../router.js';
import { Button, Menu, toast } from '../../components/index.js';
import { addUploads } from './uploads/queue.js';
import { startHost } from './uploads/host.js';
import { filesOfEntries, filesOfInput, MAX_FILES } from './uploads/dropped.js';

/** Files that are added to the queue at a time. */
const ADD_AT_ONCE = 500;

/** Puts files `{ path, file }` into the queue, for the folder that is shown. */
export async function uploadAll(view, files) {
  startHost();
  const batch = { choice: null };
  let count = 0;
  /** @type {any[]} */
  let some = [];
  const add = () => {
    if (some.length > 0) addUploads(view.bucket, some, batch);
    some = [];
  };
  try {
    for await (const { path, file } of files) {
      count += 1;
      if (count > MAX_FILES) {
        toast.bad(t('objects.too_many_files', { n: MAX_FILES }));
        break;
      }
      some.push({ key: view.folder + path, file });
      if (some.length === ADD_AT_ONCE) add();
    }
  } catch (error) {
    toast.bad(t('objects.unreadable', { reason: String(error?.message ?? error) }));
  }
  add();
}

export const uploadEntries = (view, entries) => uploadAll(view, filesOfEntries(entries));

/** The buttons that pick files. */
export function UploadActions({ view, primary = false }) {
  const files = useElement();
  const folder = useElement();
  const picked = (event) => {
    uploadAll(view, filesOfInput(event.currentTarget.files));
    event.currentTarget.value = '';
  };
  const hidden = (ref, extra) => html`<input ref=${ref} type="file" multiple hidden tabindex="-1" aria-hidden="true" onChange=${picked} ...${extra} />`;
  return html`${hidden(folder, { webkitdirectory: true, class: 'pick-folder' })}${hidden(files, { class: 'pick-files' })}
    <${Button} icon="folder" onClick=${() => folder.current.click()}>${t('objects.upload_folder')}<//>
    <${Button} variant=${primary ? 'primary' : ''} icon="upload" onClick=${() => files.current.click()}>${t('objects.upload_files')}<//>`;
}

/** Create a folder, and what is seldom needed. */
export function BucketActions({ view, query, tools }) {
  const path = ['buckets', view.bucket, 'objects'];
  const flat = () => navigate(href(path, { ...query, key: '', version: '', after: '', flat: view.flat ? '' : '1' }));
  const items = [
    { label: t(view.flat ? 'objects.folders_view' : 'objects.flat_view'), icon: view.flat ? 'folder' : 'menu', onClick: flat },
    { label: t('objects.unfinished'), icon: 'clock', onClick: () => tools.dialog({ kind: 'unfinished' }) },
    { label: t('objects.symlink.new'), icon: 'link', onClick: () => tools.dialog({ kind: 'symlink' }) },
    '-',
    { label: t(view.prefix === '' ? 'objects.delete_all' : 'objects.delete_prefix'), icon: 'trash', danger: true,
      onClick: () => tools.dialog({ kind: 'delete', rows: [{ kind: 'folder', key: view.prefix }] }) },
    view.versioning && { label: t(view.prefix === '' ? 'objects.purge_all' : 'objects.purge_prefix'), icon: 'trash', danger: true,
      onClick: () => tools.dialog({ kind: 'purge', rows: [{ kind: 'folder', key: view.prefix }] }) },
  ].filter(Boolean);
  return html`<${Menu} label=${t('objects.more')} items=${items} />
    <${Button} icon="plus" onClick=${() => tools.dialog({ kind: 'folder' })}>${t('objects.new_folder')}<//>`;
}
