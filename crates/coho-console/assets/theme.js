// Sets the theme before the first paint: a classic script in the head, so that a page in the dark theme does not flash white.
// Without a stored choice the attribute is absent and `prefers-color-scheme` decides.
(function () {
  try {
    const chosen = localStorage.getItem('coho.theme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage is refused: the system's theme is used.
  }
})();
