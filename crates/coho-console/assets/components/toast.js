// Short messages at the corner of the page.
//   toast.good(t('…')); toast.info(t('…')); toast.bad(error or text)
// Good news leave by themselves, not while they are pointed at or hold the focus; bad news stay until they are closed.
// They stand in the topmost dialog, if there is one: what is outside of it is behind its backdrop, and cannot be used. In a drawer they are
// above its footer.

import { html, render, signal } from '../html.js';
import { t } from '../i18n.js';
import { errorText } from './error.js';
import { IconButton } from './button.js';
import { Icon } from './icon.js';

const MAX_TOASTS = 4;
const SHOWN_MS = 6000;

const shown = signal(/** @type {{ id: number, tone: string, text: string }[]} */ ([]));
const timers = new Map();
let lastId = 0;

function drop(id) {
  clearTimeout(timers.get(id));
  timers.delete(id);
  shown.value = shown.value.filter((one) => one.id !== id);
}

function count(id) {
  timers.set(id, setTimeout(() => drop(id), SHOWN_MS));
}

function show(tone, what) {
  const text = typeof what === 'string' ? what : errorText(what);
  const id = (lastId += 1);
  for (const old of shown.value.slice(0, Math.max(0, shown.value.length - MAX_TOASTS + 1))) drop(old.id);
  shown.value = [...shown.value, { id, tone, text }];
  if (tone !== 'bad') count(id);
}

export const toast = {
  good: (text) => show('good', text),
  info: (text) => show('info', text),
  bad: (what) => show('bad', what),
};

const place = document.createElement('div');
place.className = 'toast-place';
/** Open dialogs, the topmost last. */
const dialogs = [];

const settle = () => (dialogs.at(-1) ?? document.body).append(place);

/** Shows the messages from now on. Their place exists always, as a live region must. */
export function startToasts() {
  settle();
  render(html`<${ToastHost} />`, place);
}

/** Shows them in this dialog as well; answers the function that ends it. */
export function showToastsIn(dialog) {
  dialogs.push(dialog);
  settle();
  return () => {
    dialogs.splice(dialogs.indexOf(dialog), 1);
    settle();
  };
}

function ToastHost() {
  const one = ({ id, tone, text }) => {
    const hold = () => clearTimeout(timers.get(id));
    const release = () => tone !== 'bad' && count(id);
    return html`<div key=${id} class=${`toast ${tone}`} onPointerEnter=${hold} onPointerLeave=${release} onFocusIn=${hold} onFocusOut=${release}>
      <${Icon} name=${tone} /><p class="grow break">${text}</p>
      <${IconButton} icon="close" size="small" label=${t('action.dismiss')} onClick=${() => drop(id)} /></div>`;
  };
  const of = (wanted) => shown.value.filter(({ tone }) => (tone === 'bad') === wanted);
  return html`<section class="toasts" aria-label=${t('shell.messages')}>
    <div role="alert" class="stack-s">${of(true).map(one)}</div><div role="status" class="stack-s">${of(false).map(one)}</div></section>`;
}
