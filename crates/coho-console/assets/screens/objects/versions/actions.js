// What is done with one version: it becomes the current one again (by a copy), or is removed for good. Removing a delete marker that is current
// brings the object back.

import { t } from '../../../i18n.js';
import { useAction } from '../../../resource.js';
import { oss } from '../../../oss.js';
import { confirm, toast, visible } from '../../../components/index.js';
import { copyOne } from '../copy.js';
import { nameOf } from '../keys.js';

/** Characters of the version id that are typed to confirm: those at the end differ. */
const TYPED_CHARS = 6;

async function isSure(row) {
  const name = visible(nameOf(row.key)) || row.key;
  if (row.isMarker) {
    const text = t(row.isLatest ? 'objects.version.remove_marker_text' : 'objects.version.remove_old_marker_text', { name });
    return confirm({ title: t('objects.version.remove_marker_title'), text, action: t('objects.version.remove_marker') });
  }
  const text = t(row.isLatest ? 'objects.version.purge_current_text' : 'objects.version.purge_text', { name });
  return confirm({ title: t('objects.purge_title'), text, action: t('objects.purge'), danger: true, typed: row.versionId.slice(-TYPED_CHARS) });
}

/** `{ restore(row), remove(row), busy, error }`; `onDone(id)` is called after each, with the id of a version that was removed. */
export function useVersionActions(view, objectKey, onDone) {
  const place = { bucket: view.bucket, key: objectKey };
  const restore = useAction(async ({ versionId }) => {
    await copyOne({ ...place, versionId }, place, { overwrite: true });
    toast.good(t('objects.version.restored'));
    onDone('');
  });
  const remove = useAction(async (row) => {
    if (!(await isSure(row))) return;
    await oss.deleteObject(view.bucket, objectKey, { versionId: row.versionId });
    toast.good(t(row.isMarker ? (row.isLatest ? 'objects.version.undeleted' : 'objects.version.marker_removed') : 'objects.version.purged'));
    onDone(row.versionId);
  });
  return { restore: restore.run, remove: remove.run, busy: restore.busy || remove.busy, error: restore.error ?? remove.error };
}
