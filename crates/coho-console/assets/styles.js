// Style sheets of screens, which are loaded with them.

/** Adds a style sheet once; resolves when it is there, or could not be loaded: then the page is plain, but works. */
export function loadStyles(url) {
  const href = new URL(url, location.href).href;
  if ([...document.querySelectorAll('link[rel="stylesheet"]')].some((link) => /** @type {HTMLLinkElement} */ (link).href === href)) return Promise.resolve();
  return new Promise((resolve) => {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href, onload: resolve, onerror: resolve }));
  });
}
