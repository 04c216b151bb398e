// Preferences of this browser (theme, language, page sizes). Never secrets: a session is a cookie that scripts cannot read.

const PREFIX = 'coho.';

/** The stored text, or null: absent, or storage is refused. */
export function readPreference(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Stores a text; `null` removes it. A refused storage is no failure: the choice then lasts as long as the page. */
export function writePreference(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // See above.
  }
}
