// A delete marker, in place of an object's details.

import { html } from '../../../html.js';
import { t } from '../../../i18n.js';
import { CopyText, KeyValues, Notice, Time, Untrusted } from '../../../components/index.js';
import { Versions } from './versions.js';

/** See the module comment. */
export function Marker({ view, row, actions }) {
  return html`<div class="stack">
    <${Notice} tone=${row.isLatest ? 'warn' : 'info'}>${t(row.isLatest ? 'objects.version.marker_text' : 'objects.version.old_marker_text')}<//>
    <${KeyValues} items=${[
      [t('objects.column.key'), html`<span class="mono break"><${Untrusted} text=${row.key} /></span>`],
      [t('objects.column.modified'), html`<${Time} value=${row.lastModified} />`],
      [t('objects.version.id'), html`<${CopyText} text=${row.versionId} label=${t('objects.version.copy_id')} />`],
    ]} />
    <h3>${t('objects.tab.versions')}</h3>
    <${Versions} view=${view} objectKey=${row.key} actions=${actions} />
  </div>`;
}
