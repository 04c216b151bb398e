// Icons, drawn for this console on a 24 × 24 grid: html`<${Icon} name="bucket" />`. An icon is decoration; the text beside it, or the
// `label` of an IconButton, is its name.

import { html } from '../html.js';

const PATHS = {
  overview: 'M4 20V11 M10 20V4 M16 20v-7 M21 20H3',
  bucket: 'M4 7c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3z M4 7l2 11.500c.3 1.400 2.900 2.500 6 2.500s5.700-1.100 6-2.500L20 7',
  object: 'M6 3h8l4 4v14H6z M14 3v4h4',
  folder: 'M3 6.500C3 5.700 3.700 5 4.500 5H9l2 2.500h8.500c.8 0 1.500.7 1.500 1.500v9c0 .8-.7 1.500-1.500 1.500h-15C3.700 19.500 3 18.800 3 18z',
  image: 'M4 5h16v14H4z M4 16l4.500-4.500L13 16l3-3 4 4 M15.500 9.500h.01',
  rules: 'M4 6h10 M4 12h6 M4 18h10 M16 9l4-3-4-3 M16 21l4-3-4-3',
  migration: 'M4 8h13 M14 4.500L17.500 8 14 11.500 M20 16H7 M10 12.500L6.500 16l3.500 3.500',
  access: 'M14.500 9.500a5 5 0 1 0-4.200 4.900L12 12.700h2v2h2v2h3.500v-3.200z M8 8h.01',
  activity: 'M3 12h4l3-8 4 16 3-8h4',
  settings: 'M4 7h9 M17 7h3 M4 17h3 M11 17h9 M15 4.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z M9 14.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5z',
  menu: 'M4 6h16 M4 12h16 M4 18h16',
  close: 'M6 6l12 12 M18 6L6 18',
  plus: 'M12 5v14 M5 12h14',
  minus: 'M5 12h14',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  search: 'M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13z M15.500 15.500L20 20',
  filter: 'M4 5h16l-6 7.500V19l-4-2v-4.500z',
  refresh: 'M19.500 12a7.500 7.500 0 1 1-2.200-5.300L20 9.300 M20 4v5.300h-5.300',
  trash: 'M4 7h16 M9 7V4h6v3 M6 7l1 13h10l1-13 M10 11v5.500 M14 11v5.500',
  edit: 'M4 20l1-4.500L16 4.500l3.500 3.500L8.500 19z M13.500 7l3.500 3.500',
  copy: 'M9 9h11v11H9z M5.500 15H4V4h11v1.500',
  download: 'M12 4v11 M7 10.500l5 5 5-5 M4 20h16',
  upload: 'M12 16V5 M7 9.500l5-5 5 5 M4 20h16',
  up: 'M12 19V5 M6 11l6-6 6 6',
  down: 'M12 5v14 M6 13l6 6 6-6',
  right: 'M9 5l7 7-7 7',
  left: 'M15 5l-7 7 7 7',
  'chevron-down': 'M5 9l7 7 7-7',
  more: 'M5 12h.01 M12 12h.01 M19 12h.01',
  drag: 'M9 6h.01 M15 6h.01 M9 12h.01 M15 12h.01 M9 18h.01 M15 18h.01',
  info: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M12 11v5.500 M12 7.500h.01',
  warn: 'M12 4L2.500 20h19z M12 10v4.500 M12 17.200h.01',
  bad: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M12 7.500v5.500 M12 16.500h.01',
  good: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M8 12.300l2.800 2.800L16 9.500',
  help: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M9.500 9.300c.2-1.300 1.200-2 2.500-2 1.500 0 2.500.9 2.500 2.200 0 1.800-2.500 2-2.500 4 M12 16.800h.01',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z M12 2.500v2 M12 19.500v2 M2.500 12h2 M19.500 12h2 M5.300 5.300l1.400 1.400 M17.300 17.300l1.400 1.400 M5.300 18.700l1.400-1.400 M17.300 6.700l1.400-1.400',
  moon: 'M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z',
  auto: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M12 3v18 M12 8.500h7.800 M12 13h8.900 M12 17h7',
  language: 'M4 6h9 M8.500 4v2 M11 6c-.8 3.500-3 6-6.500 7.500 M6.500 9c1 2 3 3.700 5 4.500 M12.500 20l4-9.500 4 9.500 M14 17h5',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z M4.500 20.500c.6-3.800 3.600-6 7.500-6s6.900 2.200 7.500 6',
  signout: 'M10 4H5v16h5 M9.500 12H20 M16 7.500l4.500 4.500-4.500 4.500',
  external: 'M13.500 4H20v6.500 M20 4l-9 9 M17 14v6H4V7h6',
  link: 'M10 13.500a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 4.800l-1 1 M14 10.500a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 19.200l1-1',
  lock: 'M5.500 11h13v9.500h-13z M8 11V8a4 4 0 0 1 8 0v3',
  eye: 'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z M12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  'eye-off': 'M4 4l16 16 M9.500 5.900c.8-.3 1.600-.4 2.500-.4 6 0 9.500 6.500 9.500 6.500s-1 1.900-2.900 3.600 M6 8c-2.300 1.700-3.500 4-3.500 4S6 18.500 12 18.500c1.600 0 3-.5 4.200-1.100',
  clock: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z M12 7v5.500l3.500 2',
  history: 'M4.500 12a7.500 7.500 0 1 0 2.200-5.300L4 9.300 M4 4v5.300h5.300 M12 8v4.500l3 1.700',
  play: 'M7 4.500v15l12.500-7.500z',
  pause: 'M8 5v14 M16 5v14',
  server: 'M4 4.500h16v6H4z M4 13.500h16v6H4z M7.500 7.500h.01 M7.500 16.500h.01',
  offline: 'M4 4l16 16 M2.500 9.500c1.500-1.400 3.200-2.400 5-3 M12 5.500c3.600 0 7 1.500 9.500 4 M6 13.300c1-.9 2.200-1.600 3.500-2 M16 11.800c.7.400 1.400.9 2 1.500 M9.500 16.800c1.400-1.200 3.600-1.200 5 0 M12 20h.01',
  tag: 'M4 4h8l8.500 8.500-8 8L4 12z M8 8h.01',
  undo: 'M8 5L4 9l4 4 M4 9h10a5.500 5.500 0 0 1 0 11h-3',
  test: 'M9 3.500h6 M10 3.500V10l-5 9c-.4.800.1 1.500 1 1.500h12c.9 0 1.400-.7 1-1.500l-5-9V3.500 M7.500 15h9',
};

/** The names of all icons. */
export const ICON_NAMES = Object.keys(PATHS);

/** One icon; `size` in rem. */
export function Icon({ name, size = 1.125, class: extra = '' }) {
  return html`<svg class=${extra} width=${`${size}rem`} height=${`${size}rem`} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d=${PATHS[name] ?? PATHS.help} /></svg>`;
}

/** The fish of the product. */
export function Logo({ size = 2 }) {
  return html`<svg width=${`${size}rem`} height=${`${size}rem`} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="7" fill="#b23c22" />
    <path fill="#fff" d="M4.5 16c3.200-5 7-7 11-7 3.400 0 6 1.700 8 4.200l4-3.700c.5-.4 1.200 0 1 .7L27.300 16l1.200 5.800c.2.700-.5 1.100-1 .7l-4-3.700c-2 2.500-4.600 4.200-8 4.200-4 0-7.800-2-11-7z" />
    <circle cx="10.500" cy="14.800" r="1.500" fill="#b23c22" />
    <path d="M14.500 12c1.400 2.500 1.400 5.500 0 8" fill="none" stroke="#b23c22" stroke-width="1.400" stroke-linecap="round" />
  </svg>`;
}
