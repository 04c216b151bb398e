// The rights of a key, as texts of the API and as rows of a form.
//   parseRight('read-write:photos/2024/')   → { level: 'read-write', bucket: 'photos', prefix: '2024/' }
//   writeRight(row)                         → the text again

import { brokenRule } from '../buckets/name_rules.js';
import { MAX_KEY_BYTES, utf8Length } from '../objects/keys.js';

/** @typedef {{ level: string, bucket: string, prefix: string, unknown?: undefined } | { unknown: string, level?: undefined, bucket?: undefined, prefix?: undefined }} RightRow */

/** Most rights of one key. */
export const MAX_RIGHTS = 32;

/** How far a right goes, the least first. */
export const LEVELS = ['read-only', 'read-write', 'full', 'admin'];

const TEXT = /^(admin|full|read-write|read-only)(?::([^/]*)(?:\/(.*))?)?$/s;

/** A text that this page does not know stays as it is: `{ unknown }`. @returns {RightRow} */
export function parseRight(text) {
  const [, level, bucket = '', prefix = ''] = TEXT.exec(text) ?? [];
  return level ? { level, bucket, prefix } : { unknown: text };
}

/** Whether a right of this level can name a bucket, or a prefix, too. */
export const takesBucket = (level) => level !== 'admin';
export const takesPrefix = (level) => level === 'read-only' || level === 'read-write';

/** @param {RightRow} row @returns {string} */
export function writeRight(row) {
  if (row.unknown !== undefined) return row.unknown;
  const { level, bucket, prefix } = row;
  if (!takesBucket(level) || bucket === '') return level;
  return takesPrefix(level) && prefix !== '' ? `${level}:${bucket}/${prefix}` : `${level}:${bucket}`;
}

export const newRight = () => ({ level: 'read-only', bucket: '', prefix: '' });

/** Why the server would refuse a row, as keys of the catalogue: `{ bucket, prefix }`; '' if it would not. */
export function rightFaults({ unknown, level, bucket, prefix }) {
  const faults = { bucket: '', prefix: '' };
  if (unknown !== undefined || !takesBucket(level)) return faults;
  if (bucket !== '' && brokenRule(bucket) !== null) faults.bucket = 'right.bucket_fault';
  if (!takesPrefix(level) || prefix === '') return faults;
  if (bucket === '') faults.bucket = 'right.bucket_missing';
  if (utf8Length(prefix) > MAX_KEY_BYTES || /\p{Cc}/u.test(prefix)) faults.prefix = 'right.prefix_fault';
  return faults;
}

export const areGood = (rows) => rows.length > 0 && rows.every((row) => Object.values(rightFaults(row)).every((fault) => fault === ''));

/** What a row covers, as a key of the catalogue. */
export function coverageOf({ level, bucket, prefix }) {
  if (!takesBucket(level)) return 'right.covers.admin';
  const place = takesPrefix(level) && prefix !== '' ? 'prefix' : bucket === '' ? 'all' : 'bucket';
  return `right.covers.${level}.${place}`;
}

/** Whether a key with these rights opens the console. */
export const isAdmin = (rows) => rows.some(({ level }) => level === 'admin');
