// The configurations of a bucket that a form edits, and those that this server answers and never sets.
// A new one is an entry here, with its texts `config.<id>.…` in en.js and zh.js.

import { oss, ossSend } from '../../oss.js';
import { element, leaf, list, writeValues } from './document.js';
import { LIFECYCLE } from '../lifecycle/document.js';
import { policyJson } from './policy.js';

export const ACLS = ['private', 'public-read', 'public-read-write'];
export const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];
export const REDUNDANCIES = ['LRS', 'ZRS'];

export const CORS_METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
const BOOLEAN = { oneOf: ['true', 'false'], optional: true };

const CORS = element('CORSConfiguration', [
  list('CORSRule', 'rules', { children: [
    list('AllowedOrigin', 'origins'), list('AllowedMethod', 'methods', { oneOf: CORS_METHODS }), list('AllowedHeader', 'headers'), list('ExposeHeader', 'exposed'),
    leaf('MaxAgeSeconds', 'age', { optional: true }),
  ] }),
  leaf('ResponseVary', 'vary', BOOLEAN),
]);
const REFERER = element('RefererConfiguration', [
  leaf('AllowEmptyReferer', 'empty', { oneOf: ['true', 'false'] }), leaf('AllowTruncateQueryString', 'cuts_query', BOOLEAN), leaf('TruncatePath', 'cuts_path', BOOLEAN),
  element('RefererList', [list('Referer', 'allowed')]), element('RefererBlacklist', [list('Referer', 'refused')], { optional: true }),
]);
const VERSIONING = element('VersioningConfiguration', [leaf('Status', 'status', { oneOf: ['Enabled', 'Suspended'], optional: true })]);
const TAGGING = element('Tagging', [element('TagSet', [list('Tag', 'tags', { children: [leaf('Key', 'key'), leaf('Value', 'value', { optional: true })] })])]);
const DIRECT_READ = element('ArchiveDirectReadConfiguration', [leaf('Enabled', 'enabled', { oneOf: ['true', 'false'] })]);
const ENCRYPTION = element('ServerSideEncryptionRule', [element('ApplyServerSideEncryptionByDefault', [leaf('SSEAlgorithm', 'algorithm', { oneOf: ['AES256'], optional: true })])]);
const PAYMENT = element('RequestPaymentConfiguration', [leaf('Payer', 'payer', { oneOf: ['BucketOwner', 'Requester'] })]);

const put = (query, body) => (bucket, values, { signal } = /** @type {Sent} */ ({})) => ossSend('PUT', bucket, '', { query: { [query]: '' }, body: body(values), signal });
const remove = (bucket, query, { signal } = /** @type {Sent} */ ({})) => ossSend('DELETE', bucket, '', { query: { [query]: '' }, signal });
/** A document without entries means that nothing is set. */
const putOrRemove = (query, body, isEmpty) => (bucket, values, options) => (isEmpty(values) ? remove(bucket, query, options) : put(query, body)(bucket, values, options));

/**
 * `query`: the sub-resource. `what`: the name of its change in the event `configuration_changed`. `save` null: the server refuses every
 * change, and the text `config.<id>.refused` says so. `lazy`: read when it is opened. `absent`: the code of the answer if it is not set, whose
 * values are `none`. `json`: how a document is read and written that is not XML. `load`: the module of a form that few open, with `Form` and, for what stands
 * below, `Extra`.
 */
/** @type {any[]} */
export const CONFIGURATIONS = [
  {
    id: 'acl',
    query: 'acl',
    term: 'PutBucketAcl',
    what: 'acl',
    description: element('AccessControlPolicy', [
      element('Owner', [leaf('ID', 'owner', { fixed: true, optional: true }), leaf('DisplayName', 'owner_name', { fixed: true, optional: true })], { optional: true }),
      element('AccessControlList', [leaf('Grant', 'grant', { oneOf: ACLS })]),
    ]),
    save: (bucket, values, options) => oss.putAcl(bucket, '', values.grant, options),
  },
  {
    id: 'public_access_block',
    query: 'publicAccessBlock',
    term: 'PutBucketPublicAccessBlock',
    what: 'publicAccessBlock',
    description: element('PublicAccessBlockConfiguration', [leaf('BlockPublicAccess', 'blocked', { oneOf: ['false', 'true'] })]),
    save: (bucket, values, options) => putPublicAccessBlock(bucket, values.blocked, options),
  },
  {
    id: 'versioning',
    query: 'versioning',
    term: 'PutBucketVersioning',
    what: 'versioning',
    description: VERSIONING,
    save: put('versioning', (values) => writeValues(VERSIONING, values)),
  },
];

CONFIGURATIONS.push(
  { id: 'policy', query: 'policy', term: 'PutBucketPolicy', what: 'policy', lazy: true, absent: 'NoSuchBucketPolicy', none: { statements: [] }, json: policyJson,
    save: putOrRemove('policy', policyJson.write, ({ statements }) => statements.length === 0) },
  { id: 'cors', query: 'cors', term: 'PutBucketCors', what: 'cors', lazy: true, description: CORS, absent: 'NoSuchCORSConfiguration', none: { rules: [] },
    save: putOrRemove('cors', (values) => writeValues(CORS, values), ({ rules }) => rules.length === 0) },
  { id: 'referer', query: 'referer', term: 'PutBucketReferer', what: 'referer', lazy: true, description: REFERER, save: put('referer', (values) => writeValues(REFERER, values)) },
  { id: 'request_payment', query: 'requestPayment', term: 'PutBucketRequestPayment', what: 'requestPayment', lazy: true, description: PAYMENT,
    save: put('requestPayment', (values) => writeValues(PAYMENT, values)) },
  { id: 'lifecycle', query: 'lifecycle', term: 'PutBucketLifecycle', what: 'lifecycle', lazy: true, description: LIFECYCLE, absent: 'NoSuchLifecycle', none: { rules: [] },
    load: () => import('../lifecycle/form.js'), save: (bucket, values, options) => (values.rules.length === 0 ? remove(bucket, 'lifecycle', options) : putLifecycle(bucket, values, options)) },
  { id: 'encryption', query: 'encryption', term: 'PutBucketEncryption', what: 'encryption', lazy: true, description: ENCRYPTION, absent: 'NoSuchServerSideEncryptionRule', none: {},
    save: putOrRemove('encryption', (values) => writeValues(ENCRYPTION, values), ({ algorithm }) => algorithm === undefined) },
  { id: 'tagging', query: 'tagging', term: 'PutBucketTags', what: 'tagging', lazy: true, description: TAGGING,
    save: putOrRemove('tagging', (values) => writeValues(TAGGING, values), ({ tags }) => (tags ?? []).length === 0) },
  { id: 'direct_read', query: 'bucketArchiveDirectRead', term: 'PutBucketArchiveDirectRead', what: 'bucketArchiveDirectRead', lazy: true, description: DIRECT_READ,
    save: put('bucketArchiveDirectRead', (values) => writeValues(DIRECT_READ, values)) },
);

function putPublicAccessBlock(bucket, blocked, { signal } = /** @type {Sent} */ ({})) {
  const body = `<PublicAccessBlockConfiguration><BlockPublicAccess>${blocked}</BlockPublicAccess></PublicAccessBlockConfiguration>`;
  return ossSend('PUT', bucket, '', { query: { publicAccessBlock: '' }, body, signal });
}

function putLifecycle(bucket, values, { signal } = /** @type {Sent} */ ({})) {
  /** @type {Record<string, string>} */
  const headers = values.overlap === 'true' ? { 'x-oss-allow-same-action-overlap': 'true' } : {};
  return ossSend('PUT', bucket, '', { query: { lifecycle: '' }, body: writeValues(LIFECYCLE, values), headers, signal });
}

/** OSS's other configurations: sub-resource and OSS's name of what is read. */
export const OTHERS = [
  ['accessmonitor', 'AccessMonitor'], ['accessPoint', 'AccessPoint'], ['cname', 'CNAME'],
  ['httpsConfig', 'HttpsConfig'], ['inventory', 'Inventory'],
  ['logging', 'Logging'], ['metaQuery', 'MetaQuery'], ['overwriteConfig', 'OverwriteConfig'], ['policyStatus', 'PolicyStatus'],
  ['qos', 'StorageCapacity'], ['redundancyTransition', 'DataRedundancyTransition'], ['replication', 'Replication'],
  ['resourceGroup', 'ResourceGroup'], ['style', 'Style'],
  ['transferAcceleration', 'TransferAcceleration'], ['userDefinedLogFieldsConfig', 'UserDefinedLogFields'], ['worm', 'WORM'],
];

/** The document of a configuration as the server writes it; null if the answer has the code `absent`. */
export async function readConfiguration(bucket, query, { signal, absent } = /** @type {Sent & { absent?: string }} */ ({})) {
  try {
    return await (await ossSend('GET', bucket, '', { query: { [query]: '' }, signal })).text();
  } catch (error) {
    if (absent !== undefined && error.code === absent) return null;
    throw error;
  }
}
