// Dialogs: native and modal, so that the rest of the page is inert and Tab stays inside.
//   open && html`<${Dialog} title=${…} onClose=${() => setOpen(false)} footer=${html`<${Button}…`} wide>…<//>`
//   `drawer`: at the right edge, for details beside a list. `dismissable=${false}`: neither Esc nor the close button end it.
//   `footer` and content inside a form: give the form an id, and the button `form=id type="submit"`.
// The focus goes to the element with `autofocus`, else to the first control, and returns to where it was.
//   const yes = await confirm({ title, text, action, danger: true, typed: bucketName, details })
//   `typed`: the reader must type this text. `details`: nodes below the text.

import { html, signal, useLayoutEffect, useRef, useState, useId } from '../html.js';
import { t } from '../i18n.js';
import { Button, IconButton } from './button.js';
import { Form, TextField } from './field.js';
import { showToastsIn } from './toast.js';

/** See the module comment. */
export function Dialog({ title, onClose, footer, wide = false, drawer = false, dismissable = true, children }) {
  const ref = useRef(/** @type {HTMLDialogElement} */ (/** @type {unknown} */ (null)));
  const id = useId();
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const before = /** @type {HTMLElement} */ (document.activeElement);
    const dialog = ref.current;
    dialog.showModal();
    const leave = showToastsIn(dialog);
    (dialog.querySelector('[autofocus]') ?? dialog.querySelector('.dialog-body :is(input, select, textarea, button, a[href])'))?.focus();
    return () => {
      leave();
      dialog.close();
      if (before?.isConnected) before.focus();
    };
  }, []);
  const cancel = (event) => {
    if (event.target !== ref.current) return;
    event.preventDefault();
    if (dismissable) close.current();
  };
  // Chromium ends a dialog at the second Esc without a `cancel` event that can be prevented.
  const key = (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    if (dismissable) close.current();
  };
  return html`<dialog ref=${ref} class=${`dialog${wide ? ' wide' : ''}${drawer ? ' drawer' : ''}`} aria-labelledby=${id} onCancel=${cancel} onKeyDown=${key}>
    <div class="dialog-head"><h2 id=${id} class="break">${title}</h2>
      ${dismissable && html`<${IconButton} icon="close" size="small" label=${t('action.close')} onClick=${() => close.current()} />`}</div>
    <div class="dialog-body">${children}</div>
    ${footer && html`<div class="dialog-foot">${footer}</div>`}
  </dialog>`;
}

const question = signal(/** @type {any} */ (null));

/** Asks, and resolves to true or false. A second question while one is open is answered false. */
export function confirm(options) {
  if (question.value) return Promise.resolve(false);
  return new Promise((resolve) => {
    question.value = {
      ...options,
      answer(yes) {
        question.value = null;
        resolve(yes);
      },
    };
  });
}

/** Shows the questions of `confirm`; the shell has one. */
export function ConfirmHost() {
  return question.value && html`<${Question} key=${question.value.title} ...${question.value} />`;
}

function Question({ title, text, details, action, danger = false, typed = '', answer }) {
  const [value, setValue] = useState('');
  const [tried, setTried] = useState(false);
  const id = useId();
  const good = value === typed;
  const submit = () => (good ? answer(true) : setTried(true));
  // The focus begins on the harmless button, or on the field.
  const footer = html`<${Button} onClick=${() => answer(false)} autofocus=${typed === ''}>${t('action.cancel')}<//>
    <${Button} type="submit" form=${id} variant=${danger ? 'danger' : 'primary'}>${action ?? t('action.confirm')}<//>`;
  return html`<${Dialog} title=${title} onClose=${() => answer(false)} footer=${footer}>
    ${text && html`<p>${text}</p>`}${details}
    <${Form} id=${id} onSubmit=${submit}>
      ${typed && html`<${TextField} label=${t('confirm.type', { typed })} mono value=${value} onInput=${setValue} autofocus
        error=${tried && !good ? t('confirm.differs') : ''} />`}
    <//>
  <//>`;
}
