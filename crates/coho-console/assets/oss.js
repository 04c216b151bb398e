// The OSS API through the console's listener, as the administrator.
//   const page = await oss.listObjects('photos', { prefix: '2024/', delimiter: '/', maxKeys: 1000, token }, { signal });
//   await oss.putObject('photos', key, file, { headers: { 'content-type': file.type }, onProgress, signal });
// Every function takes `{ signal }` last and throws `ApiError`. Multipart uploads: `oss_multipart.js`.

import { ApiError, send } from './api.js';
import { parseXml, children, text, texts, number, truth, decodeName, writeXml } from './oss_xml.js';

/** Most keys of one listing page or one multi-delete. */
export const MAX_KEYS = 1000;

/** `{ acl: '', prefix: 'a' }` → `?acl&prefix=a`; null and undefined are left out. */
function subresource(query) {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined);
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => (value === '' ? name : `${name}=${encodeURIComponent(value)}`)).join('&')}`;
}

/** The address of an object (or, without a key, of a bucket) on the console's listener; for `<img src>` and downloads too. */
export function ossUrl(bucket, key = '', query = {}) {
  if (key === '.' || key === '..') {
    // A browser would take the segment away and address the bucket itself.
    throw new ApiError({ status: 0, code: 'KeyNotAddressable', detail: key });
  }
  // Every slash is encoded, so that `a//b` and `a/../b` reach the server as they are.
  return `/oss/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}${subresource(query)}`;
}

/** Any request to `/oss`; answers the `Response`. */
export const ossSend = (method, bucket, key, { query, ...options } = /** @type {Sent} */ ({})) => send(method, ossUrl(bucket, key, query), options);

async function readXml(root, method, bucket, key, options) {
  return parseXml(await (await ossSend(method, bucket, key, options)).text(), root);
}

/** Headers of an object that the console uses. */
function objectHeaders(headers) {
  const meta = {};
  headers.forEach((value, name) => {
    if (name.startsWith('x-oss-meta-')) meta[name.slice(11)] = value;
  });
  return {
    contentType: headers.get('content-type') ?? '',
    size: headers.has('content-length') ? Number(headers.get('content-length')) : null,
    etag: headers.get('etag') ?? '',
    lastModified: headers.get('last-modified') ?? '',
    crc64: headers.get('x-oss-hash-crc64ecma') ?? '',
    storageClass: headers.get('x-oss-storage-class') ?? '',
    objectType: headers.get('x-oss-object-type') ?? '',
    cacheControl: headers.get('cache-control') ?? '',
    contentDisposition: headers.get('content-disposition') ?? '',
    contentEncoding: headers.get('content-encoding') ?? '',
    contentLanguage: headers.get('content-language') ?? '',
    expires: headers.get('expires') ?? '',
    persistent: headers.get('x-coho-persistent-headers') ?? '',
    meta,
    headers,
  };
}

const written = (response) => ({ etag: response.headers.get('etag') ?? '', crc64: response.headers.get('x-oss-hash-crc64ecma') ?? '' });

function bucketOf(element) {
  return {
    name: text(element, 'Name'),
    createdAt: text(element, 'CreationDate'),
    region: text(element, 'Region'),
    storageClass: text(element, 'StorageClass'),
  };
}

/** One page of buckets: `{ buckets, truncated, nextMarker }`. */
async function listBuckets({ prefix, marker, maxKeys = MAX_KEYS } = /** @type {Listed} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const query = subresource({ prefix: prefix || null, marker: marker || null, 'max-keys': maxKeys });
  const root = parseXml(await (await send('GET', `/oss/${query}`, { signal })).text(), 'ListAllMyBucketsResult');
  const list = children(root, 'Buckets')[0];
  return {
    buckets: list ? children(list, 'Bucket').map(bucketOf) : [],
    truncated: truth(root, 'IsTruncated'),
    nextMarker: text(root, 'NextMarker'),
  };
}

/** Creates a bucket. */
function putBucket(bucket, { acl, storageClass, redundancy } = /** @type {{ acl?: string, storageClass?: string, redundancy?: string }} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const settings = [['StorageClass', storageClass], ['DataRedundancyType', redundancy]].filter(([, value]) => value);
  return ossSend('PUT', bucket, '', {
    signal,
    headers: acl ? { 'x-oss-acl': acl } : {},
    body: settings.length > 0 ? writeXml('CreateBucketConfiguration', settings) : undefined,
  });
}

/** Deletes an empty bucket. */
const deleteBucket = (bucket, { signal } = /** @type {Sent} */ ({})) => ossSend('DELETE', bucket, '', { signal });

/** What a bucket holds: `{ objects, bytes, uploads, parts }`. */
async function bucketStat(bucket, { signal } = /** @type {Sent} */ ({})) {
  const root = await readXml('BucketStat', 'GET', bucket, '', { query: { stat: '' }, signal });
  return {
    objects: number(root, 'ObjectCount'),
    bytes: number(root, 'Storage'),
    uploads: number(root, 'MultipartUploadCount'),
    parts: number(root, 'MultipartPartCount'),
  };
}

/** The properties of a bucket. */
async function bucketInfo(bucket, { signal } = /** @type {Sent} */ ({})) {
  const root = await readXml('BucketInfo', 'GET', bucket, '', { query: { bucketInfo: '' }, signal });
  const element = children(root, 'Bucket')[0] ?? root;
  const [owner, acl] = ['Owner', 'AccessControlList'].map((name) => children(element, name)[0]);
  return {
    ...bucketOf(element),
    location: text(element, 'Location'),
    redundancy: text(element, 'DataRedundancyType'),
    extranetEndpoint: text(element, 'ExtranetEndpoint'),
    intranetEndpoint: text(element, 'IntranetEndpoint'),
    versioning: text(element, 'Versioning'),
    owner: owner ? text(owner, 'ID') : '',
    acl: acl ? text(acl, 'Grant') : '',
  };
}

/** The ACL of a bucket, or of an object if `key` is given. */
async function getAcl(bucket, key = '', { signal, versionId } = /** @type {Sent} */ ({})) {
  const root = await readXml('AccessControlPolicy', 'GET', bucket, key, { query: { acl: '', versionId }, signal });
  const list = children(root, 'AccessControlList')[0];
  return list ? text(list, 'Grant') : '';
}

/** Sets the ACL of a bucket, or of an object if `key` is given. */
function putAcl(bucket, key, acl, { signal, versionId } = /** @type {Sent} */ ({})) {
  const headers = { [key === '' ? 'x-oss-acl' : 'x-oss-object-acl']: acl };
  return ossSend('PUT', bucket, key, { query: { acl: '', versionId }, headers, signal });
}

function listedObject(element) {
  const { Key = '', Size, ETag = '', LastModified = '', StorageClass = '', Type = '', RestoreInfo = '' } = texts(element);
  return { key: decodeName(Key), size: Size ? Number(Size) : null, etag: ETag, lastModified: LastModified, storageClass: StorageClass, type: Type, restore: RestoreInfo };
}

/** One page of a listing: `{ objects: [{ key, size, etag, lastModified, storageClass, type, restore }], prefixes, truncated, nextToken }`. */
async function listObjects(bucket, { prefix = '', delimiter = '', startAfter, token, maxKeys = MAX_KEYS } = /** @type {Listed} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const query = {
    'list-type': 2, 'encoding-type': 'url', prefix: prefix || null, delimiter: delimiter || null,
    'start-after': startAfter || null, 'continuation-token': token || null, 'max-keys': maxKeys,
  };
  const root = await readXml('ListBucketResult', 'GET', bucket, '', { query, signal });
  return {
    objects: children(root, 'Contents').map(listedObject),
    prefixes: children(root, 'CommonPrefixes').map((element) => decodeName(text(element, 'Prefix'))),
    truncated: truth(root, 'IsTruncated'),
    nextToken: text(root, 'NextContinuationToken'),
  };
}

/** The headers of an object, read. */
async function headObject(bucket, key, { signal, query } = /** @type {Sent} */ ({})) {
  try {
    return objectHeaders((await ossSend('HEAD', bucket, key, { signal, query })).headers);
  } catch (error) {
    if (error.status === 404 && error.code === 'NotFound') error.code = 'NoSuchKey';
    throw error;
  }
}

/** An object as a `Response`; `headers` may hold `range`. */
const getObject = (bucket, key, { signal, headers, query } = /** @type {Sent} */ ({})) => ossSend('GET', bucket, key, { signal, headers, query });

/** Stores a body (Blob, File, string); `{ etag, crc64 }`. */
async function putObject(bucket, key, body, options = /** @type {Sent} */ ({})) {
  return written(await ossSend('PUT', bucket, key, { ...options, body }));
}

/** Deletes one object, or one of its versions for good. */
const deleteObject = (bucket, key, { signal, versionId } = /** @type {Sent} */ ({})) => ossSend('DELETE', bucket, key, { query: { versionId }, signal });

/** Deletes up to `MAX_KEYS` objects; answers the keys that are deleted now. */
async function deleteObjects(bucket, keys, { signal } = /** @type {Sent} */ ({})) {
  const body = writeXml('Delete', [['Quiet', false], ...keys.map((key) => ['Object', [['Key', key]]])]);
  const query = { delete: '', 'encoding-type': 'url' };
  const root = await readXml('DeleteResult', 'POST', bucket, '', { query, body, headers: { 'content-type': 'application/xml' }, signal });
  return children(root, 'Deleted').map((element) => decodeName(text(element, 'Key')));
}

/** The value of `x-oss-copy-source` for `{ bucket, key, versionId }`. */
export function copySource({ bucket, key, versionId }) {
  return `/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}${subresource({ versionId })}`;
}

/** Copies an object, or one of its versions, within the server; `headers` may hold `x-oss-metadata-directive` and new metadata. */
async function copyObject(from, to, { signal, headers = {} } = /** @type {Sent} */ ({})) {
  const root = await readXml('CopyObjectResult', 'PUT', to.bucket, to.key, { headers: { ...headers, 'x-oss-copy-source': copySource(from) }, signal });
  return { etag: text(root, 'ETag'), lastModified: text(root, 'LastModified') };
}

export const oss = {
  listBuckets, putBucket, deleteBucket, bucketStat, bucketInfo, getAcl, putAcl, listObjects,
  headObject, getObject, putObject, deleteObject, deleteObjects, copyObject,
};
