// The access keys, by account, and how one is added or replaced. The server gives no secret out, and this page asks for none.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';
import { Badge, Button, Card, CopyButton, Details, Empty, Loaded, Table, Untrusted } from '../../components/index.js';
import { Steps } from './steps.js';

const PAGE_ROWS = 100;

async function read(signal) {
  const [{ keys }, { settings }] = await Promise.all([api.get('/v1/access-keys', { signal }), api.get('/v1/configuration', { signal })]);
  const valueOf = (key) => settings.find((one) => one.key === key)?.value ?? null;
  return { keys, file: valueOf('credentials_file'), dataDir: valueOf('data_dir') };
}

const columns = () => [
  { id: 'id', label: t('access.column.id'), lead: true, sort: (key) => key.id, cell: ({ id }) => html`<span class="key-id"><code class="break"><${Untrusted} text=${id} /></code><${CopyButton} text=${id} label=${t('access.copy_id')} /></span>` },
  { id: 'account', label: t('access.column.account'), sort: (key) => key.account, cell: ({ account }) => html`<span class="break"><${Untrusted} text=${account} /></span>` },
  { id: 'kind', label: t('access.column.kind'), sort: (key) => key.kind, cell: ({ kind }) => html`<${Badge} tone=${kind === 'permanent' ? '' : 'info'}>${t(`access.kind.${kind}`)}<//>` },
  { id: 'state', label: t('access.column.state'), sort: (key) => key.state, cell: ({ state }) => html`<${Badge} tone=${state === 'active' ? '' : 'warn'}>${t(`access.state.${state}`)}<//>` },
  { id: 'rights', label: t('access.column.rights'), cell: ({ rights }) => html`<span class="break"><${Untrusted} text=${rights.join(', ')} /></span>` },
  { id: 'source', label: t('access.column.source'), sort: (key) => key.source, cell: ({ source }) => t(`access.source.${source}`) },
];

/** See the module comment. */
export function Keys() {
  const found = useResource(({ signal }) => read(signal));
  useEventReload('configuration_changed', found.reload, ({ what }) => what === 'reload');
  const accounts = new Set(found.data?.keys.map(({ account }) => account)).size;
  const refresh = html`<${Button} size="small" icon="refresh" busy=${found.loading && found.data !== undefined} onClick=${found.reload}>${t('action.refresh')}<//>`;
  return html`<${Card} title=${t('access.keys')} sub=${found.data ? t('access.keys_count', { n: found.data.keys.length, accounts }) : t('access.keys_sub')} actions=${refresh} flush class="access-card">
    <${Loaded} resource=${found} area="access">${(data) => html`
      <${Table} caption=${t('access.keys')} rows=${data.keys} rowKey=${(key) => key.id} columns=${columns()} pageSize=${PAGE_ROWS} initialSort=${{ id: 'id', descending: false }}
        empty=${html`<${Empty} icon="access" title=${t('access.none')}>${t('access.none_help')}<//>`} />
      <div class="access-more"><p class="muted small">${t('access.rights')}</p>
        <${Details} summary=${t('access.steps.title')}><${Steps} source=${data.keys.find(({ source }) => source !== 'stored')?.source ?? 'file'} file=${data.file} dataDir=${data.dataDir} /><//></div>`}<//>
  <//>`;
}
