// The configurations of a bucket that a form edits, and those that this server answers and never sets.
// A new one is an entry here, with its texts `config.<id>.…` in en.js and zh.js.

import { oss, ossSend } from '../../oss.js';
import { element, leaf } from './document.js';

export const ACLS = ['private', 'public-read', 'public-read-write'];
export const STORAGE_CLASSES = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];
export const REDUNDANCIES = ['LRS', 'ZRS'];

/**
 * `query`: the sub-resource. `what`: the name of its change in the event `configuration_changed`. `save` null: the server refuses every
 * change, and the text `config.<id>.refused` says so.
 */
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
    description: element('VersioningConfiguration', [leaf('Status', 'status', { oneOf: ['Enabled', 'Suspended'], optional: true })]),
    save: null,
  },
];

function putPublicAccessBlock(bucket, blocked, { signal } = {}) {
  const body = `<PublicAccessBlockConfiguration><BlockPublicAccess>${blocked}</BlockPublicAccess></PublicAccessBlockConfiguration>`;
  return ossSend('PUT', bucket, '', { query: { publicAccessBlock: '' }, body, signal });
}

/** OSS's other configurations: sub-resource and OSS's name of what is read. */
export const OTHERS = [
  ['accessmonitor', 'AccessMonitor'], ['accessPoint', 'AccessPoint'], ['bucketArchiveDirectRead', 'ArchiveDirectRead'], ['cname', 'CNAME'],
  ['cors', 'CORS'], ['encryption', 'Encryption'], ['httpsConfig', 'HttpsConfig'], ['inventory', 'Inventory'], ['lifecycle', 'Lifecycle'],
  ['logging', 'Logging'], ['metaQuery', 'MetaQuery'], ['overwriteConfig', 'OverwriteConfig'], ['policy', 'Policy'], ['policyStatus', 'PolicyStatus'],
  ['qos', 'StorageCapacity'], ['redundancyTransition', 'DataRedundancyTransition'], ['referer', 'Referer'], ['replication', 'Replication'],
  ['requestPayment', 'RequestPayment'], ['resourceGroup', 'ResourceGroup'], ['style', 'Style'], ['tagging', 'Tags'],
  ['transferAcceleration', 'TransferAcceleration'], ['userDefinedLogFieldsConfig', 'UserDefinedLogFields'], ['worm', 'WORM'],
];

/** The document of a configuration as the server writes it. */
export async function readConfiguration(bucket, query, { signal } = {}) {
  return (await ossSend('GET', bucket, '', { query: { [query]: '' }, signal })).text();
}
