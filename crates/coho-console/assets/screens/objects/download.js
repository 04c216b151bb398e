// Addresses that download an object. The answer says "attachment", so that it is a download in every browser and in a tab of its own.

import { ossUrl } from '../../oss.js';
import { nameOf } from './keys.js';

/** Longest name in the header, in characters. */
const MAX_NAME_CHARS = 150;

/** `attachment` with the last segment of the key as the file's name. */
export function attachment(key) {
  const name = nameOf(key).replace(/\/$/, '').slice(-MAX_NAME_CHARS).toWellFormed() || 'object';
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename*=UTF-8''${encoded}`;
}

/** The address of a download, of a version if one is named; '' if a browser cannot address the key. */
export function downloadUrl(bucket, key, versionId) {
  return key === '.' || key === '..' ? '' : ossUrl(bucket, key, { 'response-content-disposition': attachment(key), versionId });
}
