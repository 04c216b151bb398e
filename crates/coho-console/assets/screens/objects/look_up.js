// What is known of one object, or of one version of it, before its details are shown. It is looked up in listings first: a HEAD of a delete
// marker, or of a link to nothing, is an error in the log of the browser.

import { ApiError } from '../../api_error.js';
import { oss } from '../../oss.js';
import { objectApi } from '../../oss_objects.js';
import { ARCHIVE_CLASSES } from './view.js';

async function listed(bucket, key, options) {
  const { objects } = await oss.listObjects(bucket, { prefix: key, maxKeys: 1 }, options);
  return objects[0]?.key === key ? objects[0] : null;
}

/** `frozen`, `restoring`, `restored` (until `until`), or '' for a class that needs no restore. */
function archiveOf({ storageClass, headers }) {
  if (!ARCHIVE_CLASSES.includes(storageClass)) return { state: '', until: '' };
  const said = headers.get('x-oss-restore') ?? '';
  if (said === '') return { state: 'frozen', until: '' };
  return { state: said.includes('ongoing-request="true"') ? 'restoring' : 'restored', until: /expiry-date="([^"]*)"/.exec(said)?.[1] ?? '' };
}

/**
 * `{ row, head, target, dangling, archive, readable }`. `row` is the listed version, if one is asked for; `head` is null of a delete marker;
 * `target` is the key that a symbolic link shows, and `dangling` says that nothing can be read there.
 */
export async function lookUp(bucket, key, versionId, signal) {
  const options = { signal, versionId: versionId || undefined };
  const row = versionId ? await objectApi.findVersion(bucket, key, versionId, { signal }) : null;
  if (versionId && !row) throw new ApiError({ status: 404, code: 'NoSuchVersion', detail: versionId });
  if (row?.isMarker) return { row, head: null };
  const type = row?.type ?? (await listed(bucket, key, { signal }))?.type;
  const target = type === 'Symlink' ? await objectApi.getSymlink(bucket, key, options) : '';
  const found = target === '' ? null : await listed(bucket, target, { signal });
  // A link to a link is not followed.
  const dangling = target !== '' && (found === null || found.type === 'Symlink');
  const query = { versionId: options.versionId, ...(dangling ? { objectMeta: '' } : {}) };
  const head = await oss.headObject(bucket, key, { signal, query });
  const archive = archiveOf(head);
  const closed = ['frozen', 'restoring'].includes(archive.state);
  const readable = !dangling && (!closed || (head.storageClass === 'Archive' && (await objectApi.readsArchive(bucket, { signal }))));
  return { row, head, target, dangling, archive, readable };
}
