// What of a bucket is shown, as the query of the address says.

import { t } from '../../i18n.js';
import { href } from '../../router.js';
import { folderOf } from './keys.js';

/** `{ bucket, prefix, folder, after, flat, versions }`. */
export function viewOf(route) {
  const { prefix = '', after = '', flat = '', versions = '' } = route.query;
  return { bucket: route.bucket, prefix, folder: folderOf(prefix), after, flat: flat !== '', versions: versions !== '' };
}

/** What stays in the query when another folder is shown. */
export const kept = ({ flat, versions }) => ({ flat, versions });

/** The address of an object with its details, in its folder. */
export const objectAddress = (bucket, key, query = {}) => href(['buckets', bucket, 'objects'], { prefix: folderOf(key), key, ...query });

/** What a version is: current, noncurrent or a delete marker, as a text. */
export function versionState({ isMarker, isLatest }) {
  if (isMarker) return t(isLatest ? 'objects.version.marker' : 'objects.version.marker_old');
  return t(isLatest ? 'objects.version.current' : 'objects.version.noncurrent');
}

/** The tone of its badge. */
export const versionTone = ({ isMarker, isLatest }) => (isMarker ? 'warn' : isLatest ? 'good' : '');

/** The classes whose objects are read after a restore alone. */
export const ARCHIVE_CLASSES = ['Archive', 'ColdArchive', 'DeepColdArchive'];
