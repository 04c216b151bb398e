// The box of the header that goes to a screen, a bucket, or a prefix of a bucket (`bucket/prefix`).

import { html, useId, useRef, useState } from './html.js';
import { t } from './i18n.js';
import { href, navigate } from './router.js';
import { Icon } from './components/index.js';

const MAX_CHOICES = 12;
/** Buckets are read again when the box is used after so long. */
const KEEP_MS = 15_000;

const SCREENS = [['overview', []], ['buckets', ['buckets']], ['access', ['access']], ['activity', ['activity']], ['settings', ['settings']]];

let known = { at: 0, buckets: [] };

async function readBuckets() {
  if (Date.now() - known.at < KEEP_MS) return known.buckets;
  // Loaded when the box is first used: no first screen needs it.
  const { oss } = await import('./oss.js');
  const page = await oss.listBuckets();
  known = { at: Date.now(), buckets: page.buckets.map(({ name }) => name) };
  return known.buckets;
}

/** What fits the text: `[{ label, note, address, icon }]`. */
function choicesFor(text, buckets) {
  const wanted = text.trim().toLowerCase();
  const slash = text.indexOf('/');
  const screens = SCREENS.map(([area, path]) => ({ label: t(`nav.${area}`), note: t('jump.screen'), address: href(path), icon: area === 'buckets' ? 'bucket' : area }));
  if (wanted === '') return screens;
  if (slash > 0) {
    const [bucket, prefix] = [text.slice(0, slash).trim(), text.slice(slash + 1)];
    return [{ label: `${bucket}/${prefix}`, note: t('jump.prefix'), address: href(['buckets', bucket, 'objects'], { prefix }), icon: 'folder' }];
  }
  const found = buckets.filter((name) => name.includes(wanted)).sort((a, b) => b.startsWith(wanted) - a.startsWith(wanted));
  const list = found.map((name) => ({ label: name, note: t('nav.bucket'), address: href(['buckets', name, 'objects']), icon: 'bucket' }));
  return [...screens.filter(({ label }) => label.toLowerCase().includes(wanted)), ...list].slice(0, MAX_CHOICES);
}

/** A combobox with a list, after the pattern of the ARIA Authoring Practices. */
export function Jump() {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const [buckets, setBuckets] = useState(known.buckets);
  const input = useRef(null);
  const id = useId();
  const choices = open ? choicesFor(text, buckets) : [];
  const focus = () => {
    setOpen(true);
    // The box works for screens when the buckets cannot be read; their own screen says why.
    readBuckets().then(setBuckets, () => {});
  };
  const go = (choice) => {
    setOpen(false);
    setText('');
    input.current.blur();
    navigate(choice.address);
  };
  const type = (event) => {
    setText(event.currentTarget.value);
    setOpen(true);
    setAt(0);
  };
  const key = (event) => {
    const count = choices.length;
    if (event.key === 'ArrowDown' && !open) setOpen(true);
    else if (event.key === 'ArrowDown' && count > 0) setAt((at + 1) % count);
    else if (event.key === 'ArrowUp' && count > 0) setAt((at - 1 + count) % count);
    else if (event.key === 'Enter' && choices[at]) go(choices[at]);
    else if (event.key === 'Escape' && open) setOpen(false);
    else return;
    event.preventDefault();
  };
  const shown = open && choices.length > 0;
  return html`<div class="jump" role="search"><${Icon} name="search" />
    <input id="jump" ref=${input} class="input" type="text" role="combobox" autocomplete="off" spellcheck="false" autocapitalize="none" placeholder=${t('jump.placeholder')}
      aria-label=${t('jump.label')} aria-expanded=${shown ? 'true' : 'false'} aria-controls=${`${id}-list`} aria-autocomplete="list"
      aria-activedescendant=${shown ? `${id}-${at}` : undefined} value=${text} onInput=${type} onKeyDown=${key} onFocus=${focus} onBlur=${() => setOpen(false)} />
    <kbd aria-hidden="true">/</kbd>
    <ul id=${`${id}-list`} role="listbox" aria-label=${t('jump.label')} class="menu jump-list" hidden=${!shown}>${choices.map((choice, index) => html`<li key=${choice.address} id=${`${id}-${index}`} role="option"
      aria-selected=${index === at ? 'true' : 'false'} class=${`menu-item${index === at ? ' active' : ''}`} onPointerDown=${(event) => event.preventDefault()} onClick=${() => go(choice)}>
      <${Icon} name=${choice.icon} /><span class="grow truncate">${choice.label}</span><span class="small muted">${choice.note}</span></li>`)}</ul>
    <span class="visually-hidden" role="status">${open && text !== '' && choices.length === 0 ? t('jump.none') : ''}</span>
  </div>`;
}
