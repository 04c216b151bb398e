// The choice of the theme: `light`, `dark`, or `auto` (the system's). theme.js has set the stored one before the first paint.

import { signal } from './html.js';
import { readPreference, writePreference } from './storage.js';

export const THEMES = ['auto', 'light', 'dark'];

const stored = readPreference('theme');

/** The choice. Change it with `setTheme`. */
export const theme = signal(stored === 'light' || stored === 'dark' ? stored : 'auto');

/** Chooses and stores a theme. */
export function setTheme(name) {
  if (name === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  writePreference('theme', name === 'auto' ? null : name);
  theme.value = name;
}
