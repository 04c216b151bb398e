// The elements of LifecycleConfiguration, as values of a form.

import { element, leaf, list } from '../buckets/document.js';

export const CLASSES = ['IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];

const TAG = [leaf('Key', 'key'), leaf('Value', 'value', { optional: true })];
const FALSE = { oneOf: ['false'], optional: true };

export const LIFECYCLE = element('LifecycleConfiguration', [
  list('Rule', 'rules', { children: [
    leaf('ID', 'id', { optional: true }),
    leaf('Prefix', 'prefix', { optional: true }),
    leaf('Status', 'status', { oneOf: ['Enabled', 'Disabled'] }),
    list('Tag', 'tags', { children: TAG }),
    element('Filter', [
      list('Not', 'not', { children: [leaf('Prefix', 'prefix', { optional: true }), element('Tag', TAG, { optional: true })] }),
      leaf('ObjectSizeGreaterThan', 'larger', { optional: true }), leaf('ObjectSizeLessThan', 'smaller', { optional: true }),
    ], { optional: true }),
    element('Expiration', [
      leaf('Days', 'expire_days', { optional: true }), leaf('CreatedBeforeDate', 'expire_before', { optional: true }), leaf('Date', 'expire_date', { optional: true }),
      leaf('ExpiredObjectDeleteMarker', 'expire_marker', { oneOf: ['true', 'false'], optional: true }),
    ], { optional: true }),
    list('Transition', 'transitions', { children: [
      leaf('Days', 'days', { optional: true }), leaf('CreatedBeforeDate', 'before', { optional: true }),
      leaf('StorageClass', 'class', { oneOf: ['Standard', ...CLASSES] }), leaf('IsAccessTime', 'by_access', FALSE),
    ] }),
    element('AbortMultipartUpload', [leaf('Days', 'abort_days', { optional: true }), leaf('CreatedBeforeDate', 'abort_before', { optional: true })], { optional: true }),
    element('NoncurrentVersionExpiration', [leaf('NoncurrentDays', 'noncurrent_days')], { optional: true }),
    list('NoncurrentVersionTransition', 'noncurrent_transitions', { children: [
      leaf('NoncurrentDays', 'days'), leaf('StorageClass', 'class', { oneOf: ['Standard', ...CLASSES] }), leaf('IsAccessTime', 'by_access', FALSE),
    ] }),
  ] }),
]);

/** A new rule, which does nothing to what is younger than its days. */
export const newRule = () => ({ id: '', prefix: '', status: 'Enabled', tags: [], not: [], expire_days: '30', transitions: [], noncurrent_transitions: [] });
