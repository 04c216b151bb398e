// Versions of the configuration: who changed it when, what changed, and a way back.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction, useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';
import { formatTime } from '../../format.js';
import { Badge, Button, Card, confirm, CopyButton, Details, Dialog, Empty, ErrorBox, Loaded, Notice, Table, Time, toast } from '../../components/index.js';
import { onlyIf, readStored, websitePath } from './draft.js';
import { DiffView } from './diff_view.js';
import { authorText } from './save.js';
import { readDocument, writeDocument } from './xml.js';

const PAGE = 50;

/** The card. */
export function History({ draft }) {
  const [open, setOpen] = useState(null);
  const [pages, setPages] = useState(1);
  const path = `${websitePath(draft.bucket)}/history`;
  const list = useResource(async ({ signal }) => {
    const versions = [];
    let before;
    for (let page = 0; page < pages; page += 1) {
      const { versions: more, next_before: next } = await api.get(path, { query: { max: PAGE, before }, signal });
      versions.push(...more);
      before = next;
      if (next === null) break;
    }
    return { versions, more: before };
  }, [draft.bucket, pages]);
  useEventReload('configuration_changed', list.reload, ({ bucket, what }) => bucket === draft.bucket && what === 'website');
  const columns = [
    { id: 'id', label: t('rules.history.version'), lead: true, cell: (one) => html`<span class="row"><button type="button" class="link" onClick=${() => setOpen(one)}>${t('rules.history.nth', { n: one.id })}</button>${one.current && html`<${Badge} tone="good" dot>${t('rules.history.current')}<//>`}</span>` },
    { id: 'at', label: t('rules.history.at'), cell: (one) => (one.at ? html`<${Time} value=${one.at} />` : t('rules.history.no_time')) },
    { id: 'author', label: t('rules.history.author'), cell: (one) => html`<span class="break">${authorText(one.author)}</span>` },
    { id: 'action', label: t('rules.history.action'), cell: (one) => t(`rules.history.${one.action}`) },
    { id: 'rules', label: t('rules.history.rules'), end: true, cell: (one) => one.rules },
    { id: 'show', label: t('rules.history.show'), hideLabel: true, cell: (one) => html`<${Button} size="small" aria-label=${t('rules.history.show_nth', { n: one.id })} onClick=${() => setOpen(one)}>${t('rules.history.show')}<//>` },
  ];
  return html`<${Card} title=${t('rules.history.title')} sub=${t('rules.history.sub')} flush>
    <${Loaded} resource=${list}>${({ versions, more }) => html`<${Table} caption=${t('rules.history.title')} rows=${versions} rowKey=${(one) => one.id} columns=${columns}
      empty=${html`<${Empty} icon="history" title=${t('rules.history.empty')}>${t('rules.history.empty_help')}<//>`} />
      ${more && html`<p class="pad"><${Button} busy=${list.loading} onClick=${() => setPages(pages + 1)}>${t('rules.history.more')}<//></p>`}`}<//>
    ${open && html`<${Version} draft=${draft} summary=${open} onClose=${() => setOpen(null)} onRestored=${() => { setOpen(null); list.reload(); }} />`}<//>`;
}

/** An element a line. */
function formatted(xml) {
  const { tree } = readDocument(xml);
  return tree ? writeDocument(tree) : xml;
}

function Version({ draft, summary, onClose, onRestored }) {
  const path = `${websitePath(draft.bucket)}/history/${encodeURIComponent(summary.id)}`;
  const version = useResource(({ signal }) => api.get(path, { signal }), [summary.id]);
  const restore = useAction(async () => {
    const yes = await confirm({
      title: t('rules.history.restore_title', { n: summary.id }), action: t('rules.history.restore'), danger: summary.action === 'delete',
      text: t(draft.dirty.value ? 'rules.history.restore_dirty' : 'rules.history.restore_text', { at: formatTime(summary.at) }),
    });
    if (!yes) return;
    await api.post(`${path}/restore`, { headers: onlyIf(draft.base.value) });
    // Changes that are not saved stay: the page says that they began on an older state.
    if (!draft.dirty.value) draft.rebase(await readStored(draft.bucket));
    toast.good(t('rules.history.restored', { n: summary.id }));
    onRestored();
  });
  const footer = html`<${Button} onClick=${onClose}>${t('action.close')}<//><${Button} variant="primary" icon="undo" busy=${restore.busy} disabled=${summary.current}
    disabledReason=${t('rules.history.is_current')} onClick=${restore.run}>${t('rules.history.restore')}<//>`;
  return html`<${Dialog} wide title=${t('rules.history.nth', { n: summary.id })} onClose=${onClose} footer=${footer}>
    <${ErrorBox} error=${restore.error} area="rules" />
    <p class="muted">${summary.at ? formatTime(summary.at) : t('rules.history.no_time')} · ${authorText(summary.author)} · ${t(`rules.history.${summary.action}`)}</p>
    <${Loaded} resource=${version} area="rules">${(data) => html`
      ${data.diff === null ? html`<${Notice}>${t(summary.id === '1' ? 'rules.history.first' : 'rules.history.no_diff')}<//>` : data.diff === '' ? html`<p>${t('rules.diff.none')}</p>` : html`<${DiffView} diff=${data.diff} label=${t('rules.history.diff', { n: summary.id })} />`}
      ${data.xml !== null && html`<${Details} summary=${t('rules.history.document')}><div class="row"><${CopyButton} text=${data.xml} label=${t('rules.raw.copy')} /></div><pre class="code" tabindex="0" role="region" aria-label=${t('rules.history.document')}>${formatted(data.xml)}</pre><//>`}`}<//>
  <//>`;
}
