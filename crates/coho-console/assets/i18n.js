// Texts in the reader's language.
//   t('shell.sign_out')                      a text of locale/en.js or zh.js
//   t('buckets.count', { n: 3 })             plural by n: the value is { one: '{n} bucket', other: '{n} buckets' }
//   t('objects.moved', { from, to })         {name} is replaced; numbers are written by locale
// A screen's catalogue is `screens/<area>/en.js` and `zh.js` (`export default { key: text }`), loaded with the screen; its keys
// are used with the area in front: key `title` of `buckets` is `t('buckets.title')`. Reading `t` in a component subscribes it to
// the language.

import { signal } from './html.js';
import { readPreference, writePreference } from './storage.js';

export const LANGUAGES = [{ value: 'en', label: 'English' }, { value: 'zh', label: '中文' }];

/** The language of the page: `en` or `zh`. Change it with `setLanguage`. */
export const language = signal('en');

const catalogues = { en: new Map(), zh: new Map() };
const areas = new Set();
const reported = new Set();

function preferred() {
  const stored = readPreference('language');
  if (stored === 'en' || stored === 'zh') return stored;
  for (const tag of navigator.languages ?? [navigator.language]) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'en' || primary === 'zh') return primary;
  }
  return 'en';
}

async function load(tag, area) {
  const path = area === '' ? `./locale/${tag}.js` : `./screens/${area}/${tag}.js`;
  const texts = (await import(path)).default;
  for (const [key, text] of Object.entries(texts)) catalogues[tag].set(area === '' ? key : `${area}.${key}`, text);
}

/** Loads the texts of a screen in the present language, also if that changes meanwhile. */
export async function loadArea(area) {
  areas.add(area);
  try {
    for (let tag; tag !== language.value; ) {
      tag = language.value;
      await load(tag, area);
    }
  } catch (error) {
    areas.delete(area);
    throw error;
  }
}

/** Switches the language, after every catalogue that is in use has been loaded in it. */
export async function setLanguage(tag, { store = true } = {}) {
  const loaded = new Set();
  // Areas that come into use while others are loaded need their texts, too.
  for (let missing = ['', ...areas]; missing.length > 0; missing = [...areas].filter((area) => !loaded.has(area))) {
    await Promise.all(missing.map((area) => load(tag, area)));
    missing.forEach((area) => loaded.add(area));
  }
  if (store) writePreference('language', tag);
  document.documentElement.lang = tag === 'zh' ? 'zh-CN' : 'en';
  language.value = tag;
}

/** Loads the first language: the stored one, else the browser's. */
export const startLanguage = () => setLanguage(preferred(), { store: false });

/** Whether a text of this key exists. */
export const hasText = (key) => catalogues[language.value].has(key);

/** The locale for `Intl`. The browser's own variant of the language (`en-GB`) decides on dates and numbers. */
export function locale() {
  const tag = language.value;
  const own = (navigator.languages ?? []).find((name) => name.toLowerCase().split('-')[0] === tag);
  return own ?? (tag === 'zh' ? 'zh-CN' : 'en-GB');
}

/** The text of `key` in the present language. */
export function t(key, values = {}) {
  let text = catalogues[language.value].get(key);
  if (text === undefined) {
    if (!reported.has(key)) {
      reported.add(key);
      console.error(`no text for ${key} in ${language.value}`);
    }
    return key;
  }
  if (typeof text === 'object') {
    const form = new Intl.PluralRules(language.value).select(Number(values.n));
    text = text[form] ?? text.other;
  }
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : String(value);
  });
}
