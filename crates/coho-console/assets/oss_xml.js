// Reads and writes the XML documents of OSS. Names arrive percent-encoded (`encoding-type=url`), because XML cannot carry every
// character of a key.

/**
 * Parses an answer and checks its root element. Only for documents of the server: of malformed XML Chromium makes an error document with
 * inline styles, and each is reported as a violation of the page's policy. What a reader types is checked by the server.
 */
export function parseXml(text, root) {
  const document = new DOMParser().parseFromString(text, 'application/xml');
  const found = document.documentElement;
  if (document.getElementsByTagName('parsererror').length > 0 || found?.localName !== root) {
    throw new Error(`the server did not answer with a ${root} document`);
  }
  return found;
}

/** The child elements of this name. */
export const children = (element, name) => [...element.children].filter((child) => child.localName === name);

/** The text of the first child of this name, or ''. */
export const text = (element, name) => children(element, name)[0]?.textContent ?? '';

/** The texts of all child elements by name, in one pass: for the entries of long lists, whose names are there once. */
export function texts(element) {
  const found = {};
  for (let child = element.firstElementChild; child; child = child.nextElementSibling) found[child.localName] = child.textContent;
  return found;
}

/** The same as a number, or null. */
export function number(element, name) {
  const value = text(element, name);
  return value === '' ? null : Number(value);
}

/** The same as a truth value. */
export const truth = (element, name) => text(element, name) === 'true';

/** Decodes a name of a document that has `EncodingType` url; `+` is a blank in it, as `%2B` is the plus. */
export function decodeName(value) {
  try {
    return decodeURIComponent(value.replaceAll('+', '%20'));
  } catch {
    return value;
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;', '\n': '&#10;', '\t': '&#9;' };

/** Escapes a text for an element. */
export const escapeXml = (value) => String(value).replace(/[&<>"\r\n\t]/g, (char) => ENTITIES[char]);

/**
 * Writes a document from nested pairs: `writeXml('Delete', [['Quiet', true], ['Object', [['Key', 'a']]]])`. Pairs with null or
 * undefined are left out.
 */
export function writeXml(root, content) {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${writeElement(root, content)}`;
}

function writeElement(name, content) {
  if (content === null || content === undefined) return '';
  const inner = Array.isArray(content) ? content.map(([child, value]) => writeElement(child, value)).join('') : escapeXml(content);
  return `<${name}>${inner}</${name}>`;
}
