// Navigation by hash. The path names the screen and the bucket, the query its view:
//   #/buckets/photos/objects?prefix=2024%2F
//   route.value = { path, area, tab, bucket, query: { prefix: '2024/' } }
//   href(['buckets', name, 'rules'])           for links: html`<a href=${href([…])}>`
//   navigate(href([…]))                        as a link would; { replace: true } leaves no entry in the history
//   setQuery({ prefix })                       changes the view of the screen that is open
//   useLeaveGuard(isDirty)                     asks before unsaved input is left

import { signal, useLayoutEffect } from './html.js';

/** Which screen shows which path. `area` is the folder below `screens/`. */
const ROUTES = [
  { pattern: [], area: 'overview' },
  { pattern: ['buckets'], area: 'buckets' },
  { pattern: ['buckets', ':bucket'], area: 'buckets', tab: 'settings' },
  { pattern: ['buckets', ':bucket', 'objects'], area: 'objects' },
  { pattern: ['buckets', ':bucket', 'rules'], area: 'rules' },
  { pattern: ['buckets', ':bucket', 'migration'], area: 'migration' },
  { pattern: ['access'], area: 'access' },
  { pattern: ['activity'], area: 'activity' },
  { pattern: ['settings'], area: 'settings' },
];

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Reads a hash; `area` is null if no screen has this path. */
export function parseHash(hash) {
  const [path, search = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  const segments = path.split('/').filter((segment) => segment !== '').map(decode);
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const { pattern, area, tab = null } of ROUTES) {
    if (pattern.length !== segments.length) continue;
    if (!pattern.every((part, index) => part.startsWith(':') || part === segments[index])) continue;
    return { path: `/${segments.map(encodeURIComponent).join('/')}`, area, tab, bucket: pattern[1] ? segments[1] : null, query };
  }
  return { path, area: null, tab: null, bucket: null, query };
}

/** The address of a screen, for `href`. Empty values of the query are left out. */
export function href(segments, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  const search = new URLSearchParams(pairs).toString();
  return `#/${segments.map(encodeURIComponent).join('/')}${search ? `?${search}` : ''}`;
}

/** What is shown. */
export const route = signal(parseHash(location.hash));

const guards = new Set();
let shownHash = location.hash;
let confirmLeave = async () => true;

/** The shell gives the question that is asked before input is lost. */
export function setLeaveQuestion(ask) {
  confirmLeave = ask;
}

const isDirty = () => [...guards].some((guard) => guard());

async function follow() {
  if (location.hash === shownHash) return;
  const next = parseHash(location.hash);
  const sameScreen = next.path === route.value.path;
  if (!sameScreen && isDirty()) {
    const wanted = location.hash;
    history.replaceState(null, '', shownHash || '#/');
    if (!(await confirmLeave())) return;
    guards.clear();
    history.replaceState(null, '', wanted);
  }
  shownHash = location.hash;
  route.value = parseHash(shownHash);
}

window.addEventListener('hashchange', follow);
window.addEventListener('beforeunload', (event) => {
  if (isDirty()) event.preventDefault();
});

/** Goes to an address made by `href`. */
export function navigate(address, { replace = false } = {}) {
  if (!replace) {
    location.hash = address;
    return;
  }
  history.replaceState(null, '', address);
  follow();
}

/** Changes values of the query and keeps the others; '' and null remove one. Without `push`, the entry of the history is replaced. */
export function setQuery(values, { push = false } = {}) {
  const { path, query } = route.value;
  const segments = path.split('/').filter(Boolean).map(decode);
  navigate(href(segments, { ...query, ...values }), { replace: !push });
}

/** While `dirty` is true, leaving the screen or the page asks first. */
export function useLeaveGuard(dirty) {
  // At once: a click may follow the last key.
  useLayoutEffect(() => {
    if (!dirty) return undefined;
    const guard = () => true;
    guards.add(guard);
    return () => guards.delete(guard);
  }, [dirty]);
}
