// Copies an object with all that belongs to it. CopyObject takes neither the ACL, the storage class nor the encryption along, and no body of
// more than 5 GiB; larger ones are copied in parts.

import { oss } from '../../oss.js';
import { multipart } from '../../oss_multipart.js';

/** Largest body that one request copies. */
export const MAX_COPY_BYTES = 5 * 2 ** 30;
const PART_BYTES = 2 ** 30;

/** Stored headers, as a request that replaces them names them. */
export function replacingHeaders({ contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires, persistent, meta }) {
  const headers = {
    'content-type': contentType, 'cache-control': cacheControl, 'content-disposition': contentDisposition,
    'content-encoding': contentEncoding, 'content-language': contentLanguage, expires, 'x-oss-persistent-headers': persistent,
  };
  for (const [name, value] of Object.entries(meta)) headers[`x-oss-meta-${name}`] = value;
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined && value !== ''));
}

/** ACL, storage class and encryption of an object, or of one of its versions, as headers. */
export async function belongings(bucket, key, head, { signal, versionId } = /** @type {Sent} */ ({})) {
  const acl = await oss.getAcl(bucket, key, { signal, versionId });
  const encryption = head.headers.get('x-oss-server-side-encryption');
  return {
    ...(encryption ? { 'x-oss-server-side-encryption': encryption } : {}),
    ...(acl && acl !== 'default' ? { 'x-oss-object-acl': acl } : {}),
    ...(head.storageClass ? { 'x-oss-storage-class': head.storageClass } : {}),
  };
}

/** Copies one object, or the version `from.versionId`. Without `overwrite` a key that is taken is refused. */
export async function copyOne(from, to, /** @type {Sent & { overwrite?: boolean }} */ { overwrite, signal }) {
  const { bucket, key, versionId } = from;
  const head = await oss.headObject(bucket, key, { signal, query: { versionId } });
  const headers = await belongings(bucket, key, head, { signal, versionId });
  if (!overwrite) headers['x-oss-forbid-overwrite'] = 'true';
  if (head.size === null || head.size <= MAX_COPY_BYTES) return oss.copyObject(from, to, { headers, signal });
  return copyParts(from, to, head, headers, signal);
}

async function copyParts(from, to, head, headers, signal) {
  const uploadId = await multipart.initiate(to.bucket, to.key, { headers: { ...headers, ...replacingHeaders(head) }, signal });
  try {
    const parts = [];
    for (let start = 0; start < head.size; start += PART_BYTES) {
      /** @type {[number, number]} */
      const range = [start, Math.min(start + PART_BYTES, head.size) - 1];
      const partNumber = parts.length + 1;
      const { etag } = await multipart.copyPart(from, to, uploadId, partNumber, range, { ifMatch: head.etag, signal });
      parts.push({ partNumber, etag });
    }
    const { 'x-oss-server-side-encryption': _, ...ofEnd } = headers;
    return await multipart.complete(to.bucket, to.key, uploadId, parts, { headers: ofEnd, signal });
  } catch (error) {
    await multipart.abort(to.bucket, to.key, uploadId).catch(() => null);
    throw error;
  }
}

/** Deletes the source of a move. */
export const sourceGone = (bucket, key, options) => oss.deleteObject(bucket, key, options);
