// XML to the tree and back.

import { readXml } from '../../xml_reader.js';
import { ROOT } from './model.js';
import { numberOf } from './rules_of.js';

/** Reads a document: `{ tree }`, or `{ fault: { line, code, text } }`. */
export function readDocument(text) {
  const { root, fault } = readXml(text);
  if (fault) return { fault };
  return root.name === ROOT ? { tree: trimmed(root) } : { fault: { line: root.line, code: 'root', text: root.name } };
}

/** Texts of elements that hold elements are without outer blanks. */
const trimmed = ({ name, text, children }) => ({ name, text: children.length === 0 ? text : text.trim(), children: children.map(trimmed) });

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
