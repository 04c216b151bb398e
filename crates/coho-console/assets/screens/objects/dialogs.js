// The dialogs of the screen, by name: `tools.dialog({ kind, … })`.

import { html } from '../../html.js';
import { FolderDialog } from './folder_dialog.js';
import { CopyDialog } from './copy_dialog.js';
import { DeleteDialog } from './delete_dialog.js';
import { UnfinishedDialog } from './unfinished_dialog.js';
import { PurgeDialog } from './versions/purge_dialog.js';
import { SymlinkDialog } from './attributes/symlink_dialog.js';

/** See the module comment. */
export function Dialogs({ dialog, view, tools }) {
  if (!dialog) return null;
  const props = { view, tools, rows: dialog.rows, onClose: () => tools.dialog(null) };
  switch (dialog.kind) {
    case 'folder':
      return html`<${FolderDialog} ...${props} />`;
    case 'delete':
      return html`<${DeleteDialog} ...${props} />`;
    case 'purge':
      return html`<${PurgeDialog} ...${props} />`;
    case 'symlink':
      return html`<${SymlinkDialog} ...${props} />`;
    case 'unfinished':
      return html`<${UnfinishedDialog} ...${props} />`;
    default:
      return html`<${CopyDialog} ...${props} kind=${dialog.kind} />`;
  }
}
