// The whole screen takes files that are dropped.

import { html, useEffect, useRef, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Icon, Untrusted } from '../../components/index.js';
import { hasFiles, takeEntries } from './uploads/dropped.js';
import { uploadEntries } from './actions.js';

/** See the module comment. */
export function DropTarget({ view, children }) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    const show = (yes) => {
      depth.current = yes ? depth.current : 0;
      setOver(yes);
    };
    const handlers = {
      dragenter(event) {
        if (!hasFiles(event)) return;
        depth.current += 1;
        show(true);
      },
      dragleave(event) {
        if (hasFiles(event) && (depth.current -= 1) <= 0) show(false);
      },
      dragover(event) {
        if (hasFiles(event)) event.preventDefault();
      },
      drop(event) {
        show(false);
        if (!hasFiles(event)) return;
        event.preventDefault();
        // Behind a dialog nothing is dropped.
        if (!document.querySelector('dialog[open]')) uploadEntries(latest.current, takeEntries(event.dataTransfer));
      },
    };
    for (const [name, handler] of Object.entries(handlers)) document.addEventListener(name, handler);
    return () => Object.entries(handlers).forEach(([name, handler]) => document.removeEventListener(name, handler));
  }, []);
  return html`${children}${over && html`<div class="drop-overlay" role="status"><${Icon} name="upload" size=${2.5} />
    <p>${t('objects.drop_here')} <strong class="break"><${Untrusted} text=${`${view.bucket}/${view.folder}`} /></strong></p></div>`}`;
}
