// The name of a browser from what it calls itself. Only a help to recognise it: anything may call itself anything.

/** The more special names first: every browser calls itself several others as well. */
/** @type {[string, RegExp][]} */
const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/], ['Opera', /\bOPR\/(\d+)/], ['Samsung Internet', /\bSamsungBrowser\/(\d+)/], ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/], ['Safari', /\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//], ['curl', /^curl\/(\d+)/],
];
/** @type {[string, RegExp][]} */
const SYSTEMS = [['Android', /\bAndroid\b/], ['iOS', /\biPhone|iPad\b/], ['Windows', /\bWindows\b/], ['macOS', /\bMac OS X\b/], ['ChromeOS', /\bCrOS\b/], ['Linux', /\bLinux\b/]];

/** `Firefox 140, Linux`; '' if nothing is recognised. */
export function browserName(agent) {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(agent));
  if (!browser) return '';
  const system = SYSTEMS.find(([, pattern]) => pattern.test(agent))?.[0];
  const name = `${browser[0]} ${browser[1].exec(agent)?.[1]}`;
  return system ? `${name}, ${system}` : name;
}
