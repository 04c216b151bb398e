// Tabs within a screen (arrow keys, Home, End), and a menu behind a button.
//   html`<${Tabs} label=${…} tabs=${[{ id, label, badge }]} selected=${id} onSelect=${setId}>${(id) => …}<//>`
//   html`<${Menu} label=${…} icon="more" items=${[{ label, icon, onClick, danger, disabled, href }, '-', …]} />`
// Tabs that are screens of their own are links: `LinkTabs`.

import { html, useElement, useId, useLayoutEffect, useState } from '../html.js';
import { Button, IconButton } from './button.js';
import { Icon } from './icon.js';
import { Badge } from './layout.js';

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The index that a key goes to from `index` (-1: from none), or null. */
function step(key, index, count) {
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  if (!(key in STEPS)) return null;
  if (index < 0) return STEPS[key] > 0 ? 0 : count - 1;
  return (index + STEPS[key] + count) % count;
}

/** See the module comment. */
export function Tabs({ label, tabs, selected, onSelect, children }) {
  const id = useId();
  const list = useElement();
  const index = Math.max(0, tabs.findIndex((tab) => tab.id === selected));
  const key = (event) => {
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') return;
    const next = step(event.key, index, tabs.length);
    if (next === null) return;
    event.preventDefault();
    onSelect(tabs[next].id);
    /** @type {HTMLElement} */ (list.current.children[next]).focus();
  };
  return html`<div><div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${key}>
    ${tabs.map((tab, at) => html`<button key=${tab.id} type="button" class="tab" role="tab" id=${`${id}-tab-${tab.id}`} aria-selected=${at === index ? 'true' : 'false'}
      aria-controls=${`${id}-panel`} tabindex=${at === index ? 0 : -1} onClick=${() => onSelect(tab.id)}>${tab.label}${tab.badge !== undefined && html`<${Badge}>${tab.badge}<//>`}</button>`)}
  </div><div class="tab-panel" role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-tab-${tabs[index].id}`} tabindex="0">${children(tabs[index].id)}</div></div>`;
}

/** Links that look like tabs: `[{ label, href, current }]`. */
export function LinkTabs({ label, tabs }) {
  return html`<nav aria-label=${label} class="tabs">${tabs.map((tab) => html`<a key=${tab.href} class="tab" href=${tab.href}
    aria-current=${tab.current ? 'page' : undefined}>${tab.label}</a>`)}</nav>`;
}

const GAP_PX = 4;

/** Puts a list below its button, or above it if there is more room. */
function place(list, button) {
  const [at, size] = [button.getBoundingClientRect(), list.getBoundingClientRect()];
  const below = at.bottom + GAP_PX;
  const fits = below + size.height <= innerHeight || at.top < innerHeight - at.bottom;
  list.style.top = `${Math.max(GAP_PX, fits ? below : at.top - GAP_PX - size.height)}px`;
  list.style.left = `${Math.max(GAP_PX, Math.min(at.right - size.width, innerWidth - size.width - GAP_PX))}px`;
}

/** A button that opens a list of actions or links. `text`: shown beside the icon. */
export function Menu({ label, icon = 'more', text, size = '', variant = 'quiet', items }) {
  const [open, setOpen] = useState(false);
  const wrap = useElement();
  const list = useElement();
  const id = useId();
  const entries = () => [...wrap.current.querySelectorAll('[role="menuitem"]')];
  const shut = () => {
    setOpen(false);
    wrap.current.querySelector('button')?.focus();
  };
  useLayoutEffect(() => {
    if (!open) return undefined;
    // In the top layer, so that no scrolling frame cuts it off.
    list.current.showPopover();
    const follow = () => place(list.current, wrap.current);
    follow();
    entries()[0]?.focus({ preventScroll: true });
    const away = (event) => wrap.current?.contains(event.target) || setOpen(false);
    document.addEventListener('pointerdown', away);
    window.addEventListener('scroll', follow, true);
    window.addEventListener('resize', follow);
    return () => {
      document.removeEventListener('pointerdown', away);
      window.removeEventListener('scroll', follow, true);
      window.removeEventListener('resize', follow);
    };
  }, [open]);
  const key = (event) => {
    if (!open) return;
    if (event.key === 'Tab') setOpen(false);
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      shut();
    }
    const all = entries();
    const next = step(event.key, all.indexOf(/** @type {HTMLElement} */ (document.activeElement)), all.length);
    if (next === null) return;
    event.preventDefault();
    all[next].focus();
  };
  const choose = (item) => (event) => {
    if (item.disabled) {
      event.preventDefault();
      return;
    }
    shut();
    item.onClick?.();
  };
  const entry = (item, index) => {
    if (item === '-') return html`<hr key=${`line-${index}`} />`;
    const Tag = item.href ? 'a' : 'button';
    return html`<${Tag} key=${item.label} role="menuitem" tabindex="-1" class=${`menu-item${item.danger ? ' danger' : ''}`} href=${item.href} type=${item.href ? undefined : 'button'}
      download=${item.download} lang=${item.lang} aria-disabled=${item.disabled ? 'true' : undefined} title=${item.disabledReason} onClick=${choose(item)}>
      <${Icon} name=${item.icon ?? 'right'} class=${item.icon ? '' : 'blank'} /><span class="grow">${item.label}</span></${Tag}>`;
  };
  const common = { 'aria-haspopup': 'menu', 'aria-expanded': open ? 'true' : 'false', 'aria-controls': open ? id : undefined, onClick: () => setOpen(!open) };
  return html`<span class="menu-wrap" ref=${wrap} onKeyDown=${key}>
    ${text ? html`<${Button} icon=${icon} size=${size} variant=${variant} aria-label=${label} ...${common}>${text}<//>`
      : html`<${IconButton} icon=${icon} size=${size} variant=${variant} label=${label} ...${common} />`}
    ${open && html`<div ref=${list} popover="manual" class="menu" role="menu" id=${id} aria-label=${label}>${items.filter(Boolean).map(entry)}</div>`}
  </span>`;
}
