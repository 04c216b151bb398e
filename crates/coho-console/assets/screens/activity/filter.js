// Which requests are shown; the address of the page holds it.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { setQuery } from '../../router.js';
import { Button, Form, Select, TextField } from '../../components/index.js';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
const STATUSES = ['300', '400', '500'];
/** Suggestions; every other name may be typed. */
const OPERATIONS = [
  'GetObject', 'HeadObject', 'PutObject', 'DeleteObject', 'DeleteMultipleObjects', 'CopyObject', 'AppendObject', 'GetObjectMeta', 'ListObjects', 'ListObjectsV2', 'ListBuckets',
  'InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload', 'PutBucket', 'DeleteBucket', 'PutBucketWebsite', 'GetBucketInfo', 'unknown',
];
const EMPTY = { bucket: '', operation: '', prefix: '', method: '', status: '' };

/** The parameters of the stream, from the query of the page. */
export function filterOf({ bucket, operation, prefix, method, status }) {
  return {
    bucket: bucket || null, operation: operation || null, prefix: prefix || null,
    method: METHODS.includes(method) ? method : null, min_status: STATUSES.includes(status) ? Number(status) : null,
  };
}

const read = (query) => Object.fromEntries(Object.keys(EMPTY).map((name) => [name, query[name] ?? '']));

/** The form. Choices take effect at once, texts when they are left or with Enter. */
export function Filter({ query }) {
  const [typed, setTyped] = useState(read(query));
  const key = JSON.stringify(read(query));
  useEffect(() => setTyped(read(query)), [key]);
  const type = (name) => (value) => setTyped((old) => ({ ...old, [name]: value }));
  const apply = () => setQuery(typed);
  const choose = (name) => (value) => {
    setTyped((old) => ({ ...old, [name]: value }));
    setQuery({ ...typed, [name]: value });
  };
  const all = { value: '', label: t('activity.all') };
  const filtered = Object.values(typed).some((value) => value !== '');
  return html`<${Form} class="activity-filter" role="search" aria-label=${t('activity.filter')} onSubmit=${apply}>
    <${TextField} label=${t('activity.bucket')} mono value=${typed.bucket} onInput=${type('bucket')} onChange=${apply} maxlength="63" />
    <${TextField} label=${t('activity.prefix')} mono value=${typed.prefix} onInput=${type('prefix')} onChange=${apply} maxlength="1023" data-search />
    <${TextField} label=${t('activity.operation')} value=${typed.operation} onInput=${type('operation')} onChange=${apply} list="activity-operations" spellcheck="false" />
    <datalist id="activity-operations">${OPERATIONS.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
    <${Select} label=${t('activity.method')} value=${typed.method} onInput=${choose('method')} options=${[all, ...METHODS.map((value) => ({ value, label: value }))]} />
    <${Select} label=${t('activity.status')} value=${typed.status} onInput=${choose('status')} options=${[all, ...STATUSES.map((value) => ({ value, label: t(`activity.status_from.${value}`) }))]} />
    <div class="row"><${Button} type="submit" icon="filter">${t('activity.apply')}<//>${filtered && html`<${Button} variant="quiet" onClick=${() => setQuery(EMPTY)}>${t('activity.no_filter')}<//>`}</div>
  <//>`;
}
