// A configuration as values and as XML, by one description: what a form shows and what a text says are the same model.
//   element('AccessControlList', [leaf('Grant', 'grant', { oneOf: ACLS })])
//   readValues(description, text)          → { values: { grant: 'private' } }, or { fault: { line, code, text } }
//   writeValues(description, values)       → the document, an element a line
// A leaf: `oneOf` lists its possible texts; `fixed`: the server decides, an edit must keep the text. `optional`: may be absent.
// A list is every element of one name within its parent: of texts, or, with `children`, of values by their ids. A text that is blank is left out
// when it is written, as a line that is being typed.
//   list('CORSRule', 'rules', { children: [list('AllowedOrigin', 'origins'), leaf('MaxAgeSeconds', 'age', { optional: true })] })

import { escapeXml } from '../../oss_xml.js';
import { readXml } from '../../xml_reader.js';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** An element with others in it. @param {string} name @param {DocumentPart[]} children @returns {DocumentPart} */
export const element = (name, children, { optional = false } = {}) => ({ name, children, optional });

/** An element with a text, which is the value `id`. @param {string} name @param {string} id @returns {DocumentPart} */
export const leaf = (name, id, { oneOf = null, fixed = false, optional = false } = /** @type {{ oneOf?: string[] | null, fixed?: boolean, optional?: boolean }} */ ({})) => ({ name, id, oneOf, fixed, optional });

/** Every element of this name. @param {string} name @param {string} id @returns {DocumentPart} */
export const list = (name, id, { children = null, oneOf = null } = /** @type {{ children?: DocumentPart[] | null, oneOf?: string[] | null }} */ ({})) => ({ name, id, isList: true, children, oneOf, optional: true });

/** Whether two values of a leaf or a list are written as the same. */
export const isSame = (part, one, other) => writePart(part, { [part.id]: one }, '').join() === writePart(part, { [part.id]: other }, '').join();

/** The leaves of a description, in their order. */
export const leavesOf = (part) => (part.id ? [part] : part.children.flatMap(leavesOf));

/** Reads a document. With `known`, the values of `fixed` leaves must be those of it. @param {Record<string, any> | null} known */
export function readValues(description, text, known = null) {
  const { root, fault } = /** @type {{ root?: any, fault?: any }} */ (readXml(text));
  if (fault) return { fault };
  if (root.name !== description.name) return { fault: { line: root.line, code: 'root', text: root.name, expected: description.name } };
  const values = known ? { ...known } : {};
  const wrong = readPart(description, root, values, known);
  return wrong ? { fault: wrong } : { values };
}

/** Reads one element into `values`; answers the fault, if there is one. */
function readPart(part, node, values, known) {
  if (part.id) return readLeaf(part, node, values, known);
  if (node.text.trim() !== '') return { line: node.line, code: 'text', text: node.name };
  const unknown = node.children.find((child) => !part.children.some(({ name }) => name === child.name));
  if (unknown) return { line: unknown.line, code: 'unknown', text: unknown.name, expected: part.children.map(({ name }) => name).join(', ') };
  for (const child of part.children) {
    const all = node.children.filter(({ name }) => name === child.name);
    if (child.isList) {
      const wrong = readList(child, all, values);
      if (wrong) return wrong;
      continue;
    }
    const [found, second] = all;
    if (second) return { line: second.line, code: 'twice', text: second.name };
    if (!found && !child.optional) return { line: node.line, code: 'missing', text: node.name, expected: child.name };
    if (!found) {
      // What the server decides stays as it is known.
      for (const absent of leavesOf(child)) if (!absent.fixed) delete values[absent.id];
      continue;
    }
    const wrong = readPart(child, found, values, known);
    if (wrong) return wrong;
  }
  return null;
}

function readList(part, nodes, values) {
  values[part.id] = [];
  for (const node of nodes) {
    const inner = {};
    const wrong = part.children ? readPart({ name: part.name, children: part.children }, node, inner, null) : readLeaf({ ...part, id: 'text' }, node, inner, null);
    if (wrong) return wrong;
    values[part.id].push(part.children ? inner : inner.text);
  }
  return null;
}

function readLeaf(part, node, values, known) {
  if (node.children.length > 0) return { line: node.children[0].line, code: 'unknown', text: node.children[0].name, expected: '' };
  const value = node.text.trim();
  if (part.oneOf && !part.oneOf.includes(value)) return { line: node.line, code: 'value', text: value, name: part.name, expected: part.oneOf.join(', ') };
  if (part.fixed && known && known[part.id] !== undefined && value !== known[part.id]) return { line: node.line, code: 'fixed', text: part.name };
  values[part.id] = value;
  return null;
}

/** Writes a document. A value that is undefined leaves its element out. */
export const writeValues = (description, values) => [DECLARATION, ...writePart(description, values, '')].join('\n');

function writePart(part, values, indent) {
  if (part.isList) return (values[part.id] ?? []).flatMap((value) => writeItem(part, value, indent));
  if (part.id) return values[part.id] === undefined ? [] : [`${indent}<${part.name}>${escapeXml(values[part.id])}</${part.name}>`];
  const inner = part.children.flatMap((child) => writePart(child, values, `${indent}  `));
  if (inner.length === 0) return part.optional ? [] : [`${indent}<${part.name}></${part.name}>`];
  return [`${indent}<${part.name}>`, ...inner, `${indent}</${part.name}>`];
}

function writeItem(part, value, indent) {
  if (part.children) return writePart({ name: part.name, children: part.children }, value, indent);
  return value.trim() === '' ? [] : [`${indent}<${part.name}>${escapeXml(value.trim())}</${part.name}>`];
}
