// XML to the tree and back. The browser's parser reads it; entities that a document declares itself are refused, as by the server.

import { ROOT } from './model.js';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

/** Reads a document: `{ tree }`, or `{ fault: { line, text } }` with a line that may be null. */
export function readDocument(text) {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) return { fault: { line: lineOf(text, /<!DOCTYPE|<!ENTITY/i), code: 'doctype', text: '' } };
  const document = new DOMParser().parseFromString(text.trimStart(), 'application/xml');
  const error = document.querySelector('parsererror');
  if (error) return { fault: readFault(error.textContent, text) };
  const root = document.documentElement;
  if (root.localName !== ROOT) return { fault: { line: lineOf(text, /<[A-Za-z_]/), code: 'root', text: root.localName } };
  return { tree: toTree(root) };
}

const lineOf = (text, pattern) => text.slice(0, Math.max(0, text.search(pattern))).split('\n').length;

/** Chromium and Firefox name the line each in their way; other browsers may not. */
function readFault(said, text) {
  const skipped = text.length - text.trimStart().length;
  const before = text.slice(0, skipped).split('\n').length - 1;
  const place = /(?:error on line|Line Number) (\d+)(?: at column|, Column) (\d+)[^\n:]*:?\s*([^\n]*)/i.exec(said);
  const detail = place?.[3] || said.split('\n').find((line) => line.trim() !== '') || '';
  return { line: place ? Number(place[1]) + before : null, code: 'syntax', text: detail.trim() };
}

function toTree(node) {
  const children = [...node.children].map(toTree);
  const text = [...node.childNodes].filter(({ nodeType }) => nodeType === 3 || nodeType === 4).map(({ data }) => data).join('');
  return { name: node.localName, text: children.length > 0 ? text.trim() : text, children };
}

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
