// Multipart uploads: the calls alone. Which parts are sent when, pause and resume are the objects screen's.

import { copySource, ossSend } from './oss.js';
import { parseXml, children, text, number, truth, decodeName, writeXml } from './oss_xml.js';

const NAMES = { 'encoding-type': 'url' };

async function readXml(root, method, bucket, key, options) {
  return parseXml(await (await ossSend(method, bucket, key, options)).text(), root);
}

/** Begins an upload; answers its id. `headers` are those of the object. */
async function initiate(bucket, key, { headers, signal } = /** @type {Sent} */ ({})) {
  const root = await readXml('InitiateMultipartUploadResult', 'POST', bucket, key, { query: { uploads: '' }, headers, signal });
  return text(root, 'UploadId');
}

/** Stores one part; `{ etag, crc64 }`. */
async function uploadPart(bucket, key, uploadId, partNumber, body, { signal, onProgress } = /** @type {Sent} */ ({})) {
  const { headers } = await ossSend('PUT', bucket, key, { query: { partNumber, uploadId }, body, signal, onProgress });
  return { etag: headers.get('etag') ?? '', crc64: headers.get('x-oss-hash-crc64ecma') ?? '' };
}

/** Stores a range `[first, last]` of a stored object as a part; `{ etag }`. */
async function copyPart(from, to, uploadId, partNumber, [first, last], { ifMatch, signal } = /** @type {Sent & { ifMatch?: string }} */ ({})) {
  const headers = {
    'x-oss-copy-source': copySource(from),
    'x-oss-copy-source-range': `bytes=${first}-${last}`,
    ...(ifMatch ? { 'x-oss-copy-source-if-match': ifMatch } : {}),
  };
  const root = await readXml('CopyPartResult', 'PUT', to.bucket, to.key, { query: { partNumber, uploadId }, headers, signal });
  return { etag: text(root, 'ETag') };
}

/** Makes the object of `parts` (`[{ partNumber, etag }]`); `{ etag, crc64 }`. */
async function complete(bucket, key, uploadId, parts, { headers = {}, signal } = /** @type {Sent} */ ({})) {
  const body = writeXml('CompleteMultipartUpload', parts.map(({ partNumber, etag }) => ['Part', [['PartNumber', partNumber], ['ETag', etag]]]));
  const all = { ...headers, 'content-type': 'application/xml' };
  const response = await ossSend('POST', bucket, key, { query: { uploadId }, body, headers: all, signal });
  const root = parseXml(await response.text(), 'CompleteMultipartUploadResult');
  return { etag: text(root, 'ETag'), crc64: response.headers.get('x-oss-hash-crc64ecma') ?? '' };
}

/** Ends an upload and removes its parts. */
const abort = (bucket, key, uploadId, { signal } = /** @type {Sent} */ ({})) => ossSend('DELETE', bucket, key, { query: { uploadId }, signal });

/** One page of the stored parts: `{ parts: [{ partNumber, etag, size, crc64, lastModified }], truncated, nextMarker }`. */
async function listParts(bucket, key, uploadId, { marker, maxParts = 1000 } = /** @type {Listed} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const query = { uploadId, ...NAMES, 'max-parts': maxParts, 'part-number-marker': marker || null };
  const root = await readXml('ListPartsResult', 'GET', bucket, key, { query, signal });
  return {
    parts: children(root, 'Part').map((element) => ({
      partNumber: number(element, 'PartNumber'),
      etag: text(element, 'ETag'),
      size: number(element, 'Size'),
      crc64: text(element, 'HashCrc64ecma'),
      lastModified: text(element, 'LastModified'),
    })),
    truncated: truth(root, 'IsTruncated'),
    nextMarker: text(root, 'NextPartNumberMarker'),
  };
}

/** One page of uploads that have not ended: `{ uploads: [{ key, uploadId, initiated }], truncated, nextKey, nextUploadId }`. */
async function listUploads(bucket, { prefix, keyMarker, uploadIdMarker, maxUploads = 1000 } = /** @type {Listed} */ ({}), { signal } = /** @type {Sent} */ ({})) {
  const query = {
    uploads: '', ...NAMES, prefix: prefix || null, 'key-marker': keyMarker || null,
    'upload-id-marker': uploadIdMarker || null, 'max-uploads': maxUploads,
  };
  const root = await readXml('ListMultipartUploadsResult', 'GET', bucket, '', { query, signal });
  return {
    uploads: children(root, 'Upload').map((element) => ({
      key: decodeName(text(element, 'Key')),
      uploadId: text(element, 'UploadId'),
      initiated: text(element, 'Initiated'),
    })),
    truncated: truth(root, 'IsTruncated'),
    nextKey: decodeName(text(root, 'NextKeyMarker')),
    nextUploadId: text(root, 'NextUploadIdMarker'),
  };
}

export const multipart = { initiate, uploadPart, copyPart, complete, abort, listParts, listUploads };
