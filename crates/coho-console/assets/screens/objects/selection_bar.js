// What can be done with the selected rows. It is shown while some are selected.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { formatBytes } from '../../format.js';
import { Button } from '../../components/index.js';

/** See the module comment. */
export function SelectionBar({ selection, tools }) {
  const { rows } = selection;
  if (rows.length === 0) return html`<div class="selection-bar empty-bar" role="status"></div>`;
  const objects = rows.filter((row) => row.kind === 'object');
  const folders = rows.length - objects.length;
  const bytes = objects.reduce((sum, row) => sum + (row.size ?? 0), 0);
  const text = [objects.length > 0 && t('objects.selected_objects', { n: objects.length, size: formatBytes(bytes) }), folders > 0 && t('objects.selected_folders', { n: folders })];
  const open = (kind) => () => tools.dialog({ kind, rows });
  return html`<div class="selection-bar"><span class="grow" role="status">${text.filter(Boolean).join(' · ')}</span>
    ${rows.length === 1 && html`<${Button} size="small" icon="edit" onClick=${open('rename')}>${t('objects.rename')}<//>`}
    <${Button} size="small" icon="copy" onClick=${open('copy')}>${t('objects.copy')}<//>
    <${Button} size="small" icon="right" onClick=${open('move')}>${t('objects.move')}<//>
    <${Button} size="small" icon="trash" variant="danger" onClick=${open('delete')}>${t('objects.delete')}<//>
    <${Button} size="small" icon="close" variant="quiet" onClick=${selection.clear}>${t('objects.clear_selection')}<//></div>`;
}
