// The list of buckets.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href, navigate, setQuery } from '../../router.js';
import { formatNumber } from '../../format.js';
import { Button, Bytes, Card, Empty, Loaded, Menu, Notice, Page, Table, TextField, Time, toast, Untrusted } from '../../components/index.js';
import { CreateDialog } from './create.js';
import { DeleteDialog } from './delete.js';
import { AclBadge, RuleCounts, ruleCount } from './facts.js';
import { useBuckets } from './use_buckets.js';

const PAGE_ROWS = 100;

function columns(onDelete) {
  const menu = ({ name }) => [
    { label: t('nav.objects'), icon: 'object', href: href(['buckets', name, 'objects']) },
    { label: t('nav.rules'), icon: 'rules', href: href(['buckets', name, 'rules']) },
    { label: t('nav.migration'), icon: 'migration', href: href(['buckets', name, 'migration']) },
    { label: t('nav.bucket_settings'), icon: 'settings', href: href(['buckets', name]) },
    '-',
    { label: t('buckets.delete.open'), icon: 'trash', danger: true, onClick: () => onDelete(name) },
  ];
  return [
    { id: 'name', label: t('buckets.column.name'), lead: true, sort: (row) => row.name, cell: (row) => html`<a class="bucket-name" href=${href(['buckets', row.name])}>${row.name}</a>` },
    { id: 'acl', label: t('buckets.column.acl'), sort: (row) => row.acl, cell: (row) => html`<${AclBadge} acl=${row.acl} />` },
    { id: 'rules', label: t('buckets.column.rules'), sort: (row) => ruleCount(row.website), cell: (row) => html`<${RuleCounts} website=${row.website} />` },
    { id: 'objects', label: t('buckets.column.objects'), end: true, sort: (row) => row.objects, cell: (row) => html`<a class="number" href=${href(['buckets', row.name, 'objects'])}>${formatNumber(row.objects)}</a>` },
    { id: 'bytes', label: t('buckets.column.bytes'), end: true, sort: (row) => row.object_bytes, cell: (row) => html`<${Bytes} value=${row.object_bytes} />` },
    { id: 'owner', label: t('buckets.column.owner'), sort: (row) => row.owner, cell: (row) => html`<span class="owner"><${Untrusted} text=${row.owner} /></span>` },
    { id: 'created', label: t('buckets.column.created'), sort: (row) => row.created_at, cell: (row) => html`<${Time} value=${row.created_at} day />` },
    { id: 'actions', label: t('buckets.column.actions'), hideLabel: true, cell: (row) => html`<${Menu} size="small" label=${t('buckets.actions_of', { name: row.name })} items=${menu(row)} />` },
  ];
}

/** What a new store shows. */
function Begin({ onCreate }) {
  return html`<${Empty} icon="bucket" title=${t('buckets.empty.title')} actions=${html`<${Button} variant="primary" icon="plus" onClick=${onCreate}>${t('buckets.create.open')}<//>`}>
    ${t('buckets.empty.text')}<//>
    <ol class="begin"><li>${t('buckets.empty.step_bucket')}</li><li>${t('buckets.empty.step_rule')}</li><li>${t('buckets.empty.step_client')}</li></ol>`;
}

/** See the module comment. `query.find` is the search. */
export function BucketList({ query }) {
  const [dialog, setDialog] = useState(/** @type {{ kind: string, name?: string } | null} */ (null));
  const search = query.find ?? '';
  const buckets = useBuckets(search);
  const create = () => setDialog({ kind: 'create' });
  const created = (name) => {
    setDialog(null);
    toast.good(t('buckets.create.done', { name }));
    navigate(href(['buckets', name]));
  };
  const deleted = (name) => {
    setDialog(null);
    toast.good(t('buckets.delete.done', { name }));
    buckets.resource.reload();
  };
  const isNew = search === '' && buckets.resource.data?.buckets.length === 0;
  const nothing = search.trim() === '' ? html`<${Begin} onCreate=${create} />`
    : html`<${Empty} icon="search" title=${t('buckets.find.none')} actions=${html`<${Button} onClick=${() => setQuery({ find: null })}>${t('buckets.find.all')}<//>`}>${t('buckets.find.none_help')}<//>`;
  return html`<${Page} title=${t('buckets.title')} actions=${html`<${Button} icon="refresh" busy=${buckets.resource.loading && buckets.resource.data !== undefined} onClick=${buckets.resource.reload}>${t('action.refresh')}<//>
      <${Button} variant="primary" icon="plus" onClick=${create}>${t('buckets.create.open')}<//>`}>
    <${Card} flush class="bucket-card">${!isNew && html`<div class="bucket-find"><${TextField} label=${t('buckets.find.label')} hideLabel type="search" data-search placeholder=${t(buckets.all ? 'buckets.find.contains' : 'buckets.find.begins')}
        value=${search} onInput=${(find) => setQuery({ find })} />
        <span class="muted small" role="status">${buckets.resource.data ? t('buckets.count', { n: buckets.rows.length }) : ''}</span></div>`}
      ${buckets.more && html`<div class="bucket-note"><${Notice}>${t('buckets.find.more', { n: buckets.rows.length })}<//></div>`}
      <${Loaded} resource=${buckets.resource} lines=${8} area="buckets">${() => html`<${Table} caption=${t('buckets.title')} rows=${buckets.rows} rowKey=${(row) => row.name} pageSize=${PAGE_ROWS}
        columns=${columns((name) => setDialog({ kind: 'delete', name }))} initialSort=${{ id: 'name', descending: false }} empty=${nothing} />`}<//>
    <//>
    ${dialog?.kind === 'create' && html`<${CreateDialog} onClose=${() => setDialog(null)} onCreated=${created} />`}
    ${dialog?.kind === 'delete' && html`<${DeleteDialog} bucket=${dialog.name} onClose=${() => setDialog(null)} onDeleted=${() => deleted(dialog.name)} />`}
  <//>`;
}
