// What can be done with the selected rows. It is shown while some are selected.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { formatBytes } from '../../format.js';
import { Button } from '../../components/index.js';

/** See the module comment. */
export function SelectionBar({ view, selection, tools }) {
  const { rows } = selection;
  if (rows.length === 0) return html`<div class="selection-bar empty-bar" role="status"></div>`;
  const items = rows.filter((row) => row.kind !== 'folder');
  const folders = rows.length - items.length;
  const size = formatBytes(items.reduce((sum, row) => sum + (row.size ?? 0), 0));
  const text = [items.length > 0 && t(view.versions ? 'objects.selected_versions' : 'objects.selected_objects', { n: items.length, size }), folders > 0 && t('objects.selected_folders', { n: folders })];
  const open = (kind) => () => tools.dialog({ kind, rows });
  const said = html`<span class="grow" role="status">${text.filter(Boolean).join(' · ')}</span>`;
  const clear = html`<${Button} size="small" icon="close" variant="quiet" onClick=${selection.clear}>${t('objects.clear_selection')}<//>`;
  // Of versions nothing else can be done at once.
  if (view.versions) return html`<div class="selection-bar">${said}<${Button} size="small" icon="trash" variant="danger" onClick=${open('purge')}>${t('objects.purge')}<//>${clear}</div>`;
  return html`<div class="selection-bar">${said}
    ${rows.length === 1 && html`<${Button} size="small" icon="edit" onClick=${open('rename')}>${t('objects.rename')}<//>`}
    <${Button} size="small" icon="copy" onClick=${open('copy')}>${t('objects.copy')}<//>
    <${Button} size="small" icon="right" onClick=${open('move')}>${t('objects.move')}<//>
    <${Button} size="small" icon="trash" variant="danger" onClick=${open('delete')}>${t('objects.delete')}<//>
    ${clear}</div>`;
}
