// A website document as a tree of elements: `{ name, text, children }`, as the server keeps it. The form reads and writes elements of
// the tree in place, so that what it does not know is kept. Trees are never changed: every edit answers a new one.

/** Most rules of a document. */
export const MAX_RULES = 20;
/** Most bytes of a document. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;
/** What the server shows in place of a secret. */
export const MASK = '******';
export const ROOT = 'WebsiteConfiguration';

/** The order in which new elements are put between others: that of OSS's samples. */
const ORDER = {
  WebsiteConfiguration: ['IndexDocument', 'ErrorDocument', 'RoutingRules'],
  IndexDocument: ['Suffix', 'SupportSubDir', 'Type'],
  ErrorDocument: ['Key', 'HttpStatus'],
  RoutingRule: ['RuleNumber', 'Condition', 'Redirect', 'LuaConfig'],
  Condition: ['KeyPrefixEquals', 'KeySuffixEquals', 'HttpErrorCodeReturnedEquals', 'IncludeHeader'],
  IncludeHeader: ['Key', 'Equals', 'StartsWith', 'EndsWith'],
  Redirect: [
    'RedirectType', 'Protocol', 'HostName', 'PassQueryString', 'MirrorURL', 'MirrorPassQueryString', 'MirrorFollowRedirect', 'MirrorCheckMd5',
    'MirrorHeaders', 'MirrorPassOriginalSlashes', 'MirrorURLSlave', 'MirrorURLProbe', 'MirrorSwitchAllErrors', 'TransparentMirrorResponseCodes',
    'MirrorMultiAlternates', 'MirrorUserLastModified', 'MirrorSaveOssMeta', 'MirrorProxyPass', 'MirrorAllowHeadObject', 'MirrorAllowGetImageInfo',
    'MirrorAllowVideoSnapshot', 'MirrorAsyncStatus', 'MirrorTaggings', 'MirrorReturnHeaders', 'MirrorAuth', 'MirrorUsingRole', 'MirrorRole',
    'MirrorSNI', 'MirrorIsExpressTunnel', 'MirrorDstRegion', 'MirrorDstVpcId', 'MirrorDstSlaveVpcId', 'MirrorTunnelId', 'ReplaceKeyPrefixWith',
    'EnableReplacePrefix', 'ReplaceKeyWith', 'HttpRedirectCode',
  ],
  MirrorHeaders: ['PassAll', 'Pass', 'Remove', 'Set'],
  MirrorAuth: ['AuthType', 'Region', 'AccessKeyId', 'AccessKeySecret'],
  MirrorMultiAlternate: ['MirrorMultiAlternateNumber', 'MirrorMultiAlternateURL', 'MirrorMultiAlternateVpcId', 'MirrorMultiAlternateDstRegion'],
  MirrorMultiAlternates: ['MirrorMultiAlternate'],
  MirrorTaggings: ['Taggings'],
  MirrorReturnHeaders: ['ReturnHeader'],
  RoutingRules: ['RoutingRule'],
  LuaConfig: ['Script'],
};
const PAIR = ['Key', 'Value'];
for (const name of ['Set', 'Taggings', 'ReturnHeader']) ORDER[name] = PAIR;

/** The names that are known below an element; null if the element itself is not known. */
export const knownChildren = (name) => ORDER[name] ?? null;

/** A rule may be without redirect, and its conditions may be none: but it says so. */
const KEPT_EMPTY = ['Condition', 'Redirect', 'WebsiteConfiguration', 'RoutingRule'];

export const element = (name, text = '', children = []) => ({ name, text, children });

/** `build('Redirect', [['RedirectType', 'Mirror'], ['MirrorHeaders', [['Pass', 'a']]]])`; pairs with null or '' are left out. */
export function build(name, content) {
  if (!Array.isArray(content)) return element(name, String(content));
  const children = content.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return element(name, '', children.map(([child, value]) => build(child, value)));
}

export const emptyDocument = () => element(ROOT);

/** The element at a path, or null. */
export const elementAt = (node, path) => path.reduce((at, name) => at?.children.find((child) => child.name === name) ?? null, node);

/** The text of the element at a path, or null if there is none. */
export const textAt = (node, path) => elementAt(node, path)?.text ?? null;

function place(children, parent, name) {
  const order = ORDER[parent] ?? [];
  const rank = order.indexOf(name);
  const unknown = order.length;
  const rankOf = (child) => (order.includes(child.name) ? order.indexOf(child.name) : unknown);
  const at = children.findIndex((child) => rankOf(child) > (rank < 0 ? unknown : rank));
  return at < 0 ? children.length : at;
}

const isHollow = (node) => node.children.length === 0 && node.text.trim() === '' && !KEPT_EMPTY.includes(node.name);

/** Changes the element at a path: `change` gets it, or null, and answers the new one, or null to remove it. */
export function update(node, path, change) {
  if (path.length === 0) return change(node);
  const [name, ...rest] = path;
  const at = node.children.findIndex((child) => child.name === name);
  const old = at < 0 ? null : node.children[at];
  let made = rest.length === 0 ? change(old) : update(old ?? element(name), rest, change);
  if (made && rest.length > 0 && isHollow(made)) made = null;
  if (made === old) return node;
  const children = [...node.children];
  if (old && made) children[at] = made;
  else if (old) children.splice(at, 1);
  else if (made) children.splice(place(children, node.name, name), 0, made);
  return { ...node, children };
}

/** Sets the text of an element; null or '' removes it. */
export function setText(node, path, text) {
  const name = path[path.length - 1];
  return update(node, path, (old) => (text === null || text === '' ? null : { ...(old ?? element(name)), text: String(text) }));
}

/** The elements of a name within the element at `path`. */
export const itemsAt = (node, path, name) => elementAt(node, path)?.children.filter((child) => child.name === name) ?? [];

/** Replaces those elements by others, where the first of them was. */
export function setItems(node, path, name, items) {
  const change = (old) => {
    const parent = old ?? element(path[path.length - 1]);
    const others = parent.children.filter((child) => child.name !== name);
    const first = parent.children.findIndex((child) => child.name === name);
    const at = first < 0 ? place(others, parent.name, name) : parent.children.slice(0, first).filter((child) => child.name !== name).length;
    const made = { ...parent, children: [...others.slice(0, at), ...items, ...others.slice(at)] };
    return isHollow(made) ? null : made;
  };
  return update(node, path, change);
}

const TRUE = /^\s*true\s*$/i;
const FALSE = /^\s*false\s*$/i;

/** Whether a switch is on; `fallback` if it is not set, or has another text. */
export function switchAt(node, path, fallback = false) {
  const text = textAt(node, path);
  return text === null ? fallback : TRUE.test(text) ? true : FALSE.test(text) ? false : fallback;
}

/** Switches that the server answers always: they are written out when they are off as well. */
const WRITTEN_OUT = ['PassQueryString', 'MirrorPassQueryString', 'MirrorFollowRedirect', 'MirrorCheckMd5', 'PassAll', 'MirrorPassOriginalSlashes'];

/** Sets a switch. One that has its default again is removed, unless the server writes it out. */
export function setSwitch(node, path, on, fallback = false) {
  const name = path[path.length - 1];
  const written = WRITTEN_OUT.includes(name) && elementAt(node, path) !== null;
  return setText(node, path, on === fallback && !written ? null : String(on));
}

/** Whether two trees say the same. */
export function isEqual(a, b) {
  if (a === b) return true;
  if (!a || !b || a.name !== b.name || a.text !== b.text || a.children.length !== b.children.length) return false;
  return a.children.every((child, index) => isEqual(child, b.children[index]));
}

/** Whether a document says nothing, so that it cannot be stored. */
export function isBlank(tree) {
  return textAt(tree, ['IndexDocument', 'Suffix']) === null && textAt(tree, ['ErrorDocument', 'Key']) === null
    && !elementAt(tree, ['RoutingRules'])?.children.some((child) => child.name === 'RoutingRule');
}

/** Elements below this one that no form shows, as `{ path, node }`, at most `max`. */
export function unknownElements(node, max = 50) {
  const found = [];
  const look = (at, path) => {
    const known = knownChildren(at.name);
    if (!known) return;
    for (const child of at.children) {
      if (found.length >= max) return;
      if (known.includes(child.name)) look(child, [...path, child.name]);
      else found.push({ path: [...path, child.name], node: child });
    }
  };
  look(node, []);
  return found;
}
