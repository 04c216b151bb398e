// Keyboard shortcuts: `?` help, `/` jump, `g` and a letter for a screen. They can be turned off in the help, as they are single
// characters, which speech input may type by accident.

import { html, signal, useEffect, useRef } from './html.js';
import { t } from './i18n.js';
import { href, navigate, route } from './router.js';
import { readPreference, writePreference } from './storage.js';
import { Button, Checkbox, Dialog } from './components/index.js';

/** How long `g` waits for its letter. */
const SEQUENCE_MS = 1500;

const GO = { o: [], b: ['buckets'], k: ['access'], a: ['activity'], s: ['settings'] };
const GO_TEXT = { o: 'overview', b: 'buckets', k: 'access', a: 'activity', s: 'settings' };
const GO_BUCKET = { f: 'objects', r: 'rules', m: 'migration' };

const enabled = signal(readPreference('shortcuts') !== 'off');

function setEnabled(on) {
  enabled.value = on;
  writePreference('shortcuts', on ? null : 'off');
}

const typing = (target) => target.closest?.('input, textarea, select, [contenteditable], [role="menu"]') !== null;

/** Listens while the shell is shown. A screen takes a key first by `preventDefault`. */
export function useShortcuts(onHelp) {
  const help = useRef(onHelp);
  help.current = onHelp;
  useEffect(() => {
    let sequenceUntil = 0;
    const key = (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (!enabled.value || typing(event.target) || document.querySelector('dialog[open]')) return;
      const bucket = route.value.bucket;
      if (Date.now() < sequenceUntil) {
        sequenceUntil = 0;
        if (event.key in GO) navigate(href(GO[event.key]));
        else if (event.key in GO_BUCKET && bucket) navigate(href(['buckets', bucket, GO_BUCKET[event.key]]));
        else return;
      } else if (event.key === 'g') sequenceUntil = Date.now() + SEQUENCE_MS;
      else if (event.key === '?') help.current();
      else if (event.key === '/') (document.querySelector('main [data-search]') ?? document.getElementById('jump'))?.focus();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, []);
}

function Row({ keys, text }) {
  return html`<dt>${keys.map((key, index) => html`${index > 0 && ' '}<kbd>${key}</kbd>`)}</dt><dd>${text}</dd>`;
}

/** The list of shortcuts. */
export function ShortcutHelp({ onClose }) {
  return html`<${Dialog} title=${t('keys.title')} onClose=${onClose} footer=${html`<${Button} onClick=${onClose}>${t('action.close')}<//>`}>
    <${Checkbox} label=${t('keys.enabled')} checked=${enabled.value} onInput=${setEnabled} />
    <dl class="kv">
      <${Row} keys=${['/']} text=${t('keys.jump')} /><${Row} keys=${['?']} text=${t('keys.help')} /><${Row} keys=${['Esc']} text=${t('keys.escape')} />
      ${Object.entries(GO_TEXT).map(([key, area]) => html`<${Row} key=${key} keys=${['g', key]} text=${t(`nav.${area}`)} />`)}
      ${Object.entries(GO_BUCKET).map(([key, area]) => html`<${Row} key=${key} keys=${['g', key]} text=${t('keys.of_bucket', { what: t(`nav.${area}`) })} />`)}
      <${Row} keys=${['↑', '↓', 'Home', 'End']} text=${t('keys.rows')} /><${Row} keys=${['Space']} text=${t('keys.select')} /><${Row} keys=${['Enter']} text=${t('keys.open')} />
    </dl>
  <//>`;
}
