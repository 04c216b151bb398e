// Buttons.
//   html`<${Button} variant="primary" icon="plus" onClick=${add}>${t('…')}<//>`            variant: '' | primary | danger | quiet
//   html`<${Button} busy=${action.busy} onClick=${action.run}>…<//>`                        busy: spinner, further clicks are ignored
//   html`<${Button} href=${href(['buckets'])}>…<//>`                                        a link that looks like a button
//   html`<${IconButton} icon="trash" label=${t('…')} onClick=${remove} />`                  the label is its name and its tooltip
//   html`<${CopyText} text=${etag} label=${t('…')} />`                                      a text in monospace with a copy button
// A disabled button keeps the focus and its name; `disabledReason` says why it is disabled.

import { html, useState, useRef, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from './icon.js';

/** See the module comment. Other attributes go to the element. */
export function Button({ variant = '', size = '', icon, busy = false, disabled = false, disabledReason, href, class: extra = '', children, onClick, type = 'button', ...rest }) {
  const classes = ['button', variant, size, extra].filter(Boolean).join(' ');
  const content = html`${busy ? html`<span class="spinner" aria-hidden="true"></span>` : icon ? html`<${Icon} name=${icon} />` : null}${children}`;
  if (href !== undefined) return html`<a class=${classes} href=${href} onClick=${onClick} ...${rest}>${content}</a>`;
  const off = disabled || busy;
  const click = (event) => {
    if (off) event.preventDefault();
    else onClick?.(event);
  };
  return html`<button type=${type} class=${classes} aria-disabled=${off ? 'true' : undefined} aria-busy=${busy ? 'true' : undefined}
    title=${disabled ? disabledReason : undefined} onClick=${click} ...${rest}>${content}</button>`;
}

/** A button with an icon alone. */
export function IconButton({ icon, label, size = '', variant = 'quiet', href, ...rest }) {
  return html`<${Button} variant=${variant} size=${size} class="icon-only" icon=${icon} href=${href} aria-label=${label} title=${label} ...${rest} />`;
}

const SHOWN_MS = 2000;

/** Copies `text`, and says so. */
export function CopyButton({ text, label }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    await copyText(text);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
  };
  return html`<${IconButton} size="small" icon=${copied ? 'check' : 'copy'} label=${label ?? t('action.copy')} onClick=${copy} />
    <span class="visually-hidden" role="status">${copied ? t('action.copied') : ''}</span>`;
}

/** Copies a text; over plain HTTP to another host than localhost the clipboard API is absent, and the old command is used. */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = document.createElement('textarea');
  area.value = text;
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  area.select();
  document.execCommand('copy');
  area.remove();
  focused?.focus();
}

/** A text with its copy button. */
export function CopyText({ text, label }) {
  return html`<span class="copy"><code>${text}</code><${CopyButton} text=${text} label=${label} /></span>`;
}
