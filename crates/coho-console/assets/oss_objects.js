// What an object has beside its body and headers: versions, tags, restores from an archive, the target of a symbolic link. The rest of the
// OSS API is in `oss.js`.

import { MAX_KEYS, ossSend } from './oss.js';
import { parseXml, children, text, texts, truth, decodeName, writeXml } from './oss_xml.js';

async function readXml(root, method, bucket, key, options) {
  return parseXml(await (await ossSend(method, bucket, key, options)).text(), root);
}

/** `Enabled`, `Suspended`, or '' for a bucket that was never versioned. */
async function versioning(bucket, { signal } = /** @type {Sent} */ ({})) {
  return text(await readXml('VersioningConfiguration', 'GET', bucket, '', { query: { versioning: '' }, signal }), 'Status');
}

function listedVersion(element) {
  const { Key = '', VersionId = '', IsLatest, Size, ETag = '', LastModified = '', StorageClass = '', Type = '' } = texts(element);
  return {
    kind: 'version', key: decodeName(Key), versionId: VersionId, isLatest: IsLatest === 'true', isMarker: element.localName === 'DeleteMarker',
    size: Size ? Number(Size) : null, etag: ETag, lastModified: LastModified, storageClass: StorageClass, type: Type,
  };
}

/**
 * One page of versions and delete markers, in the form of `oss.listObjects`: by key, the newest first. `token` is `nextToken` of the page
 * before, or `{ key }` to begin after all versions of a key.
 */
async function listVersions(bucket, { prefix = '', delimiter = '', token, maxKeys = MAX_KEYS } = /** @type {ListedVersions} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const query = {
    versions: '', 'encoding-type': 'url', prefix: prefix || null, delimiter: delimiter || null,
    'key-marker': token?.key || null, 'version-id-marker': token?.versionId || null, 'max-keys': maxKeys,
  };
  const root = await readXml('ListVersionsResult', 'GET', bucket, '', { query, signal });
  return {
    objects: [...root.children].filter(({ localName }) => localName === 'Version' || localName === 'DeleteMarker').map(listedVersion),
    prefixes: children(root, 'CommonPrefixes').map((element) => decodeName(text(element, 'Prefix'))),
    truncated: truth(root, 'IsTruncated'),
    nextToken: { key: decodeName(text(root, 'NextKeyMarker')), versionId: text(root, 'NextVersionIdMarker') },
  };
}

/** One page of the versions of one object: `{ versions, truncated, nextToken }`. */
async function versionsOf(bucket, key, { token, maxKeys = 100 } = /** @type {ListedVersions} */ ({}), options) {
  const { objects, truncated, nextToken } = await listVersions(bucket, { prefix: key, token, maxKeys }, options);
  const versions = objects.filter((version) => version.key === key);
  return { versions, truncated: truncated && versions.length === objects.length, nextToken };
}

/** The listed row of one version, or null. */
async function findVersion(bucket, key, versionId, options) {
  for (let token; ; ) {
    const page = await versionsOf(bucket, key, { token, maxKeys: MAX_KEYS }, options);
    const found = page.versions.find((version) => version.versionId === versionId);
    if (found || !page.truncated) return found ?? null;
    token = page.nextToken;
  }
}

/** Deletes up to `MAX_KEYS` versions `{ key, versionId }` for good; answers those that are deleted now, as `versionId key`. */
async function deleteVersions(bucket, versions, { signal } = /** @type {Sent} */ ({})) {
  const body = writeXml('Delete', [['Quiet', false], ...versions.map(({ key, versionId }) => ['Object', [['Key', key], ['VersionId', versionId]]])]);
  const query = { delete: '', 'encoding-type': 'url' };
  const root = await readXml('DeleteResult', 'POST', bucket, '', { query, body, headers: { 'content-type': 'application/xml' }, signal });
  return children(root, 'Deleted').map((element) => `${text(element, 'VersionId')} ${decodeName(text(element, 'Key'))}`);
}

/** The tags of an object or of one of its versions: `[{ key, value }]`. */
async function getTags(bucket, key, { signal, versionId } = /** @type {Sent} */ ({})) {
  const root = await readXml('Tagging', 'GET', bucket, key, { query: { tagging: '', versionId }, signal });
  const set = children(root, 'TagSet')[0];
  return set ? children(set, 'Tag').map((tag) => ({ key: text(tag, 'Key'), value: text(tag, 'Value') })) : [];
}

/** Replaces all tags. */
function putTags(bucket, key, tags, { signal, versionId } = /** @type {Sent} */ ({})) {
  const query = { tagging: '', versionId };
  if (tags.length === 0) return ossSend('DELETE', bucket, key, { query, signal });
  const body = writeXml('Tagging', [['TagSet', tags.map((tag) => ['Tag', [['Key', tag.key], ['Value', tag.value]]])]]);
  return ossSend('PUT', bucket, key, { query, body, headers: { 'content-type': 'application/xml' }, signal });
}

/** Makes an archived object readable for some days. `tier`: Expedited, Standard or Bulk; '' for the server's. */
function restore(bucket, key, { days, tier }, { signal } = /** @type {Sent} */ ({})) {
  const body = writeXml('RestoreRequest', [['Days', days], ['JobParameters', tier ? [['Tier', tier]] : null]]);
  return ossSend('POST', bucket, key, { query: { restore: '' }, body, headers: { 'content-type': 'application/xml' }, signal });
}

/** Freezes a restored object again. */
const cleanRestored = (bucket, key, { signal } = /** @type {Sent} */ ({})) => ossSend('POST', bucket, key, { query: { cleanRestoredObject: '' }, signal });

/** Whether the bucket lets its objects of the class Archive be read without a restore. */
async function readsArchive(bucket, { signal } = /** @type {Sent} */ ({})) {
  return truth(await readXml('ArchiveDirectReadConfiguration', 'GET', bucket, '', { query: { bucketArchiveDirectRead: '' }, signal }), 'Enabled');
}

/** Makes a symbolic link. Without `overwrite` a key that is taken is refused. */
function putSymlink(bucket, key, target, { overwrite = false, signal } = /** @type {Sent & { overwrite?: boolean }} */ ({})) {
  const headers = { 'x-oss-symlink-target': encodeURIComponent(target), ...(overwrite ? {} : { 'x-oss-forbid-overwrite': 'true' }) };
  return ossSend('PUT', bucket, key, { query: { symlink: '' }, headers, signal });
}

/** The key that a symbolic link shows. */
async function getSymlink(bucket, key, { signal, versionId } = /** @type {Sent} */ ({})) {
  const { headers } = await ossSend('GET', bucket, key, { query: { symlink: '', versionId }, signal });
  return decodeName(headers.get('x-oss-symlink-target') ?? '');
}

export const objectApi = {
  versioning, listVersions, versionsOf, findVersion, deleteVersions, getTags, putTags, restore, cleanRestored, readsArchive, putSymlink, getSymlink,
};
