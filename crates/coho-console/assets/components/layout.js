// What a screen is made of.
//   html`<${Page} title=${…} crumbs=${[{ label, href }]} sub=${…} actions=${html`<${Button}…`} bucket=${name}>…<//>`
//   html`<${Card} title=${…} sub=${…} actions=${…} flush>…<//>`                   flush: the body has no padding (tables)
//   html`<${Stats} items=${[{ label, value, note, tone }]} />`                     the large figures; tone: '' | good | warn | bad
//   html`<${KeyValues} items=${[[label, value], …]} />`                            properties of one thing
//   html`<${Notice} tone="warn" title=${…} actions=${…}>…<//>`                     tone: info | good | warn | bad
//   html`<${Badge} tone="good" dot>…<//>`, html`<${Empty} icon title actions>…<//>`, html`<${Progress} value max label text tone />`
//   html`<${Time} value=${…} ago day />`, html`<${Bytes} value=${…} />`, html`<${Details} summary=${…}>…<//>`

import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { formatBytes, formatBytesExact, formatTime, formatDay, formatAgo, toDate } from '../format.js';
import { Icon } from './icon.js';

/** The frame of a screen: heading, way back, actions. It sets the page's title. */
export function Page({ title, crumbs = [], sub, actions, children, wide = false }) {
  useEffect(() => {
    document.title = `${title} · Coho`;
  }, [title]);
  return html`<div class=${`page${wide ? ' wide' : ''}`}>
    <header class="page-head">
      <div class="grow">
        ${crumbs.length > 0 && html`<nav aria-label=${t('shell.path')}><ol class="crumbs">${crumbs.map(({ label, href }) =>
          html`<li key=${label}>${href ? html`<a href=${href}>${label}</a>` : label}</li>`)}</ol></nav>`}
        <h1 tabindex="-1" class="break">${title}</h1>
        ${sub && html`<p class="page-sub">${sub}</p>`}
      </div>
      ${actions && html`<div class="row page-actions">${actions}</div>`}
    </header>
    ${children}
  </div>`;
}

/** A card, a section if it has a title. */
export function Card({ title, sub, actions, flush = false, class: extra = '', level = 2, children }) {
  const heading = title && html`<div><${`h${level}`}>${title}<//>${sub && html`<p class="card-sub">${sub}</p>`}</div>`;
  return html`<section class=${`card${flush ? ' flush' : ''} ${extra}`}>
    ${(title || actions) && html`<div class="card-head">${heading || html`<span></span>`}${actions && html`<div class="row">${actions}</div>`}</div>`}
    <div class="card-body">${children}</div>
  </section>`;
}

/** One large figure. */
export function Stat({ label, value, note, tone = '' }) {
  return html`<div class=${`stat ${tone}`}><dt>${label}</dt><dd class="stat-value">${value}</dd>${note && html`<dd class="stat-note">${note}</dd>`}</div>`;
}

/** A row of large figures. */
export function Stats({ items, min = '13rem' }) {
  return html`<dl class="grid stats" style=${{ '--min': min }}>${items.map((item) => html`<${Stat} key=${item.label} ...${item} />`)}</dl>`;
}

/** Properties: `[[label, value]]`; an entry that is falsy is left out. */
export function KeyValues({ items }) {
  return html`<dl class="kv">${items.filter(Boolean).map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A short state. */
export const Badge = ({ tone = '', dot = false, icon, children, ...rest }) =>
  html`<span class=${`badge ${tone}${dot ? ' dot' : ''}`} ...${rest}>${icon && html`<${Icon} name=${icon} size=${0.875} />`}${children}</span>`;

/** A message in the page. `live` announces it when it appears. */
export function Notice({ tone = 'info', title, actions, live = false, children }) {
  return html`<div class=${`notice ${tone}`} role=${live ? (tone === 'bad' ? 'alert' : 'status') : undefined}>
    <${Icon} name=${tone} />
    <div class="notice-body">${title && html`<p class="notice-title">${title}</p>`}${children}
      ${actions && html`<div class="notice-actions">${actions}</div>`}</div>
  </div>`;
}

/** Says that there is nothing yet, and what to do about it. */
export function Empty({ icon = 'info', title, actions, children }) {
  return html`<div class="empty"><${Icon} name=${icon} size=${2.5} /><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}
    ${actions && html`<div class="row">${actions}</div>`}</div>`;
}

/** A bar; without `value` it says only that work goes on. `text` stands beside it. */
export function Progress({ value, max = 1, label, text, tone = '' }) {
  const known = value !== undefined && value !== null && max > 0;
  const ratio = known ? Math.min(1, Math.max(0, value / max)) : 0;
  return html`<div class="progress">
    <div class=${`progress-bar${known ? '' : ' unknown'}`} role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${known ? Math.round(ratio * 100) : undefined} aria-valuetext=${text || undefined}>
      <div class=${`progress-fill ${tone}`} style=${known ? { transform: `scaleX(${ratio})` } : {}}></div></div>
    ${text && html`<span class="small muted number">${text}</span>`}
  </div>`;
}

const AGO_MS = 15_000;

/** A time in the reader's zone; with `ago`, how long since, or with `day`, the day alone, and the time as tooltip. */
export function Time({ value, ago = false, day = false }) {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!ago) return undefined;
    const timer = setInterval(() => document.hidden || tick((n) => n + 1), AGO_MS);
    return () => clearInterval(timer);
  }, [ago]);
  const date = toDate(value);
  if (!date) return html`<span>—</span>`;
  return html`<time datetime=${date.toISOString()} title=${ago || day ? formatTime(date) : date.toISOString()}>${ago ? formatAgo(date) : day ? formatDay(date) : formatTime(date)}</time>`;
}

/** Bytes, the exact number as tooltip. */
export const Bytes = ({ value }) => html`<span class="number" title=${formatBytesExact(value)}>${formatBytes(value)}</span>`;

/** What is folded away. */
export const Details = ({ summary, open = false, children }) =>
  html`<details class="details" open=${open}><summary>${summary}</summary>${children}</details>`;

/** A spinner with a name. */
export const Spinner = ({ label }) => html`<span class="row"><span class="spinner" aria-hidden="true"></span><span>${label ?? t('state.loading')}</span></span>`;

/** Grey lines in place of what is loading. */
export function Skeleton({ lines = 3 }) {
  return html`<div class="stack-s" role="status"><span class="visually-hidden">${t('state.loading')}</span>
    ${Array.from({ length: lines }, (_, index) => html`<span key=${index} class="skeleton" style=${{ width: `${92 - ((index * 17) % 45)}%` }}></span>`)}</div>`;
}

/** Focuses the element once, when it appears. */
export function useFocusOnce() {
  const ref = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => ref.current?.focus(), []);
  return ref;
}
