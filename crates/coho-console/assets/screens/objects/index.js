// The objects of a bucket: one folder at a time, as the query of the address says (`prefix`, `after`, `flat`), and the details of the
// object `key`, or of its `version`. With `versions` the list has all versions and delete markers. What is typed after the last delimiter of `prefix` narrows the folder down.

import { html, useEffect, useMemo, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { href, navigate, setQuery } from '../../router.js';
import { useResource } from '../../resource.js';
import { objectApi } from '../../oss_objects.js';
import { Card, Page, toast } from '../../components/index.js';
import { parentOf } from './keys.js';
import { kept, viewOf } from './view.js';
import { useListing } from './use_listing.js';
import { useSelection } from './selection.js';
import { useArrivals } from './arrivals.js';
import { ObjectList } from './list.js';
import { PathBar } from './path_bar.js';
import { SelectionBar } from './selection_bar.js';
import { BucketActions, UploadActions } from './actions.js';
import { DropTarget } from './drop_target.js';
import { UploadPanel } from './uploads/panel.js';
import { WaitingUploads } from './uploads/waiting.js';
import { JobPanel } from './job_panel.js';
import { Details } from './details.js';
import { Dialogs } from './dialogs.js';

export const stylesheet = new URL('./objects.css', import.meta.url).href;

/** The dialog that an address opens with `open`, such as that of a bucket which is to be emptied. */
const LINKED_DIALOGS = {
  delete_all: { kind: 'delete', rows: [{ kind: 'folder', key: '' }] },
  purge_all: { kind: 'purge', rows: [{ kind: 'folder', key: '' }] },
  unfinished: { kind: 'unfinished' },
};

/** Puts the focus into the list after a folder was opened from it, on the folder that was left. */
function useListFocus(listing, view, handle, frame) {
  const wanted = useRef(null);
  useEffect(() => {
    if (wanted.current === null || !listing.ready) return;
    const from = wanted.current;
    wanted.current = null;
    frame.current?.querySelector('.vlist')?.focus();
    for (const [index, row] of listing.held()) if (row.kind === 'folder' && row.key === from) handle.current?.scrollTo(index);
  }, [listing, listing.ready]);
  return () => (wanted.current = view.folder);
}

/** The screen. */
export default function Screen({ route }) {
  const versioning = useResource(({ signal }) => objectApi.versioning(route.bucket, { signal }), []);
  // Undefined while it is not known; where it cannot be read, the list says why.
  const view = { ...viewOf(route), versioning: versioning.error ? '' : versioning.data };
  const listing = useListing(view);
  const selection = useSelection(listing, (n) => toast.info(t('objects.range_absent', { n })));
  const [dialog, setDialog] = useState(LINKED_DIALOGS[route.query.open] ?? null);
  useEffect(() => route.query.open && setQuery({ open: null }), []);
  const handle = useRef(null);
  const frame = useRef(null);
  const rememberFocus = useListFocus(listing, view, handle, frame);
  const place = JSON.stringify([view.bucket, view.prefix, view.after, view.flat, view.versions]);
  useEffect(() => selection.clear(), [place]);
  const arrivals = useArrivals(view, listing);
  const open = (address) => {
    rememberFocus();
    navigate(address);
  };
  const up = (event) => {
    if (event.key !== 'Backspace' || event.target.matches('input, textarea') || view.folder === '') return;
    event.preventDefault();
    open(href(['buckets', view.bucket, 'objects'], { prefix: parentOf(view.folder), ...kept(route.query) }));
  };
  const tools = useMemo(() => ({ dialog: setDialog, reload: () => listing.refresh(), clear: selection.clear }), [listing]);
  const crumbs = [{ label: t('nav.buckets'), href: href(['buckets']) }, { label: view.bucket, href: href(['buckets', view.bucket]) }];
  const uploads = html`<${UploadActions} view=${view} primary />`;
  return html`<${Page} title=${t('objects.title')} crumbs=${crumbs} actions=${html`<${BucketActions} view=${view} query=${route.query} tools=${tools} />${uploads}`}>
    <${DropTarget} view=${view}>
      <${UploadPanel} /><${WaitingUploads} view=${view} /><${JobPanel} />
      <${Card} flush class="objects-card"><div ref=${frame} onKeyDown=${up}>
        <${PathBar} view=${view} query=${route.query} listing=${listing} revision=${listing.revision} arrivals=${arrivals} />
        <${SelectionBar} view=${view} selection=${selection} listing=${listing} tools=${tools} />
        <${ObjectList} key=${place} listing=${listing} revision=${listing.revision} view=${view} query=${route.query} selection=${selection} onOpen=${open} handle=${handle}
          emptyActions=${html`<${UploadActions} view=${view} />`} />
      </div><//>
    <//>
    ${route.query.key && html`<${Details} key=${`${route.query.version ?? ''} ${route.query.key}`} view=${view} objectKey=${route.query.key} version=${route.query.version ?? ''} tools=${tools} onClose=${() => setQuery({ key: null, version: null })} />`}
    <${Dialogs} dialog=${dialog} view=${view} tools=${tools} />
  <//>`;
}
