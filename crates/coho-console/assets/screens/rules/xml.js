// XML to the tree and back. The browser's own parser is not used: its error document has inline styles, which the page's policy
// reports, and other browsers word their errors in other ways. Attributes, comments and namespaces are left out, as by the server;
// a document type is refused. A fault is `{ line, code, text }`.

import { ROOT } from './model.js';
import { numberOf } from './rules_of.js';

/** Most elements within each other. */
const MAX_DEPTH = 32;

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = /[A-Za-z_\u00c0-\uffff][\w.\-:\u00b7-\uffff]*/y;
const ATTRIBUTE = /\s+[A-Za-z_\u00c0-\uffff][\w.\-:\u00b7-\uffff]*\s*=\s*(?:"[^"<]*"|'[^'<]*')/y;
/** Characters that XML cannot hold. */
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

class Fault extends Error {
  constructor(at, code, text = '') {
    super(code);
    Object.assign(this, { at, code, text });
  }
}

/** Reads a document: `{ tree }`, or `{ fault: { line, code, text } }`. */
export function readDocument(sent) {
  const text = sent.replace(/\r\n?/g, '\n');
  try {
    return { tree: parse(text) };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { fault: { line: text.slice(0, fault.at).split('\n').length, code: fault.code, text: fault.text } };
  }
}

function parse(text) {
  const bad = text.search(NO_XML);
  if (bad >= 0) throw new Fault(bad, 'character', `U+${text.charCodeAt(bad).toString(16).toUpperCase().padStart(4, '0')}`);
  const stack = [];
  let root = null;
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const open = text.indexOf('<', at);
    const end = open < 0 ? text.length : open;
    addText(stack, text.slice(at, end), at);
    if (open < 0) break;
    at = skipped(text, open, stack);
    if (at > open) continue;
    if (text[open + 1] === '/') {
      at = closing(text, open, stack);
      continue;
    }
    const tag = opening(text, open);
    if (stack.length === 0 && root) throw new Fault(open, 'second_root', tag.name);
    if (stack.length === 0 && tag.name !== ROOT) throw new Fault(open, 'root', tag.name);
    if (stack.length >= MAX_DEPTH) throw new Fault(open, 'depth', tag.name);
    const node = { name: tag.name, text: '', children: [] };
    if (stack.length === 0) root = node;
    else stack[stack.length - 1].node.children.push(node);
    if (!tag.closed) stack.push({ node, qualified: tag.qualified, at: open });
    at = tag.end;
  }
  if (stack.length > 0) throw new Fault(stack[stack.length - 1].at, 'not_closed', stack[stack.length - 1].qualified);
  if (!root) throw new Fault(text.length, 'empty');
  return trimmed(root);
}

/** Texts of elements that hold elements are without outer blanks. */
const trimmed = (node) => (node.children.length === 0 ? node : { ...node, text: node.text.trim(), children: node.children.map(trimmed) });

function addText(stack, raw, at) {
  if (raw === '') return;
  if (stack.length === 0) {
    const stray = raw.search(/\S/);
    if (stray >= 0) throw new Fault(at + stray, 'stray', raw.slice(stray, stray + 20));
    return;
  }
  stack[stack.length - 1].node.text += decoded(raw, at);
}

/** Text with its references replaced. */
function decoded(raw, at) {
  return raw.replace(/&(?:(#\d{1,7}|#x[0-9A-Fa-f]{1,6}|\w{1,8});)?/g, (whole, name, offset) => {
    const code = name?.[0] === '#' ? Number.parseInt(name[1] === 'x' ? name.slice(2) : name.slice(1), name[1] === 'x' ? 16 : 10) : null;
    const char = code === null ? (name && Object.hasOwn(NAMED, name) ? NAMED[name] : null) : code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : null;
    if (char === null || NO_XML.test(char)) throw new Fault(at + offset, 'reference', raw.slice(offset, offset + 12));
    return char;
  });
}

/** The end of a comment, an instruction or a CDATA section that begins here, else `at`. */
function skipped(text, at, stack) {
  const until = (start, end, found = () => {}) => {
    const close = text.indexOf(end, at + start.length);
    if (close < 0) throw new Fault(at, 'not_closed', start);
    found(text.slice(at + start.length, close));
    return close + end.length;
  };
  if (text.startsWith('<!--', at)) return until('<!--', '-->');
  if (text.startsWith('<?', at)) return until('<?', '?>');
  if (text.startsWith('<![CDATA[', at) && stack.length > 0) return until('<![CDATA[', ']]>', (data) => (stack[stack.length - 1].node.text += data));
  if (text.startsWith('<!', at)) throw new Fault(at, 'doctype');
  return at;
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

const local = (name) => name.slice(name.indexOf(':') + 1);

function opening(text, open) {
  const qualified = match(NAME, text, open + 1);
  if (qualified === '') throw new Fault(open, 'tag', text.slice(open, open + 12));
  let at = open + 1 + qualified.length;
  for (let attribute = match(ATTRIBUTE, text, at); attribute !== ''; attribute = match(ATTRIBUTE, text, at)) at += attribute.length;
  const rest = match(/\s*\/?>/y, text, at);
  if (rest === '') throw new Fault(open, 'tag', text.slice(open, at + 1));
  return { qualified, name: local(qualified), closed: rest.includes('/'), end: at + rest.length };
}

function closing(text, open, stack) {
  const name = match(NAME, text, open + 2);
  const rest = match(/\s*>/y, text, open + 2 + name.length);
  if (name === '' || rest === '') throw new Fault(open, 'tag', text.slice(open, open + 12));
  const last = stack.pop();
  if (!last) throw new Fault(open, 'not_open', name);
  if (last.qualified !== name) throw new Fault(open, 'other_close', `</${name}>, </${last.qualified}>`);
  return open + 2 + name.length + rest.length;
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };
const escape = (text) => text.replace(/[&<>\r]/g, (char) => ENTITIES[char]);

/** Writes a document, an element a line; texts are not touched. */
export function writeDocument(tree) {
  return `${DECLARATION}\n${write(tree, '').join('\n')}\n`;
}

function write(node, indent) {
  const text = escape(node.text);
  if (node.children.length > 0) return [`${indent}<${node.name}>${text}`, ...node.children.flatMap((child) => write(child, `${indent}  `)), `${indent}</${node.name}>`];
  return [text === '' ? `${indent}<${node.name}></${node.name}>` : `${indent}<${node.name}>${text}</${node.name}>`];
}

/** The line of an element in what `writeDocument` writes: of a rule, or, with `rule` null, of the pages. Null if it is not there. */
export function lineOf(tree, rule, name) {
  const linesOf = (node, indent) => write(node, indent).join('\n').split('\n');
  const within = (lines) => lines.findIndex((line) => line.includes(`<${name}>`));
  // After the declaration and the root element.
  let line = 3;
  for (const child of tree.children) {
    const lines = linesOf(child, '  ');
    if (rule === null && child.name !== 'RoutingRules' && within(lines) >= 0) return line + within(lines);
    let inner = line + 1;
    for (const one of rule !== null && child.name === 'RoutingRules' ? child.children : []) {
      const own = linesOf(one, '    ');
      if (one.name === 'RoutingRule' && numberOf(one) === rule) return inner + Math.max(0, within(own));
      inner += own.length;
    }
    line += lines.length;
  }
  return null;
}
