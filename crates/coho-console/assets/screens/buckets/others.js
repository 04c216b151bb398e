// OSS's configurations that this server does not have: what it answers when a client reads one. Read when it is asked for.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { useResource } from '../../resource.js';
import { Card, Details, ErrorBox, Select, Spinner } from '../../components/index.js';
import { OTHERS, readConfiguration } from './configurations.js';

/** `{ xml }`, or `{ code }` of the answer that says that it is not set. */
async function read(bucket, query, signal) {
  try {
    return { xml: await readConfiguration(bucket, query, { signal }) };
  } catch (error) {
    if (error.status === 404 && error.code !== 'NoSuchBucket') return { code: error.code };
    throw error;
  }
}

/** See the module comment. */
export function OtherConfigurations({ bucket }) {
  const [query, setQuery] = useState('');
  const found = useResource(query === '' ? null : ({ signal }) => read(bucket, query, signal), [bucket, query]);
  const options = [{ value: '', label: t('buckets.others.choose') }, ...OTHERS.map(([value, label]) => ({ value, label: `${label} (?${value})` }))];
  return html`<${Card} title=${t('buckets.others.title')} sub=${t('buckets.others.sub')}><div class="stack">
    <div class="other-choice"><${Select} label=${t('buckets.others.label')} value=${query} onInput=${setQuery} options=${options} /></div>
    <div role="status">${query !== '' && html`<${Answer} found=${found} />`}</div>
    <${ErrorBox} error=${found.error} retry=${found.reload} area="buckets" /></div><//>`;
}

function Answer({ found }) {
  if (found.data === undefined) return found.error ? null : html`<${Spinner} />`;
  if (found.data.code) return html`<p>${t('buckets.others.unset')} <code>${found.data.code}</code></p>`;
  return html`<p>${t('buckets.others.default')}</p><${Details} summary=${t('buckets.others.show')} open><pre class="code" tabindex="0">${found.data.xml}</pre><//>`;
}
