// Reads XML that a reader has typed. A fault is told with its line. The browser's own parser is not used: of malformed XML Chromium
// makes a document with inline styles, and each is reported as a violation of the page's policy.
//   readXml('<A>\n<B>x</B></A>')   → { root: { name: 'A', line: 1, text: '', children: [{ name: 'B', line: 2, text: 'x', children: [] }] } }
//   readXml('<A><B></A>')          → { fault: { line: 1, code: 'end_tag', text: 'A' } }
// Elements, texts, CDATA, comments and the entities of XML itself; a DOCTYPE is refused, as by the server. Attributes are checked and
// left out, prefixes of namespaces as well: the documents of OSS have no meaning in them.

/** Longest document, in characters, and most elements within each other. */
export const MAX_XML_CHARS = 262_144;
const MAX_DEPTH = 32;

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = /[\p{L}_:][\p{L}\p{N}_.:\-]*/uy;
const ATTRIBUTE = /\s+[\p{L}_:][\p{L}\p{N}_.:\-]*\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy;
const BLANKS = /\s*/y;
/** Characters that XML cannot have. */
const IMPOSSIBLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

class Fault extends Error {
  constructor(code, text = '') {
    super(code);
    Object.assign(this, { code, text });
  }
}

/** See the module comment. */
export function readXml(document) {
  const cursor = new Cursor(document);
  try {
    if (document.length > MAX_XML_CHARS) throw new Fault('too_long');
    const odd = IMPOSSIBLE.exec(document);
    if (odd) {
      cursor.at = odd.index;
      throw new Fault('character', `U+${odd[0].codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
    }
    return { root: readDocument(cursor) };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: { line: cursor.line(), code: error.code, text: error.text } };
  }
}

class Cursor {
  constructor(source) {
    Object.assign(this, { source, at: 0, counted: 0, lines: 1 });
  }

  /** The line that the cursor is in. It only moves forward. */
  line() {
    for (; this.counted < this.at; this.counted += 1) if (this.source[this.counted] === '\n') this.lines += 1;
    return this.lines;
  }

  get ended() {
    return this.at >= this.source.length;
  }

  sees(text) {
    return this.source.startsWith(text, this.at);
  }

  /** The match of a sticky pattern, which is passed over, or null. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  /** What stands between here and `end`, which is passed over. */
  upTo(start, end, code) {
    const from = this.at + start.length;
    const found = this.source.indexOf(end, from);
    if (found < 0) throw new Fault(code);
    this.at = found + end.length;
    return this.source.slice(from, found);
  }
}

function readDocument(cursor) {
  if (cursor.sees('\ufeff')) cursor.at = 1;
  if (cursor.sees('<?xml')) cursor.upTo('<?', '?>', 'instruction');
  passOver(cursor);
  if (cursor.ended) throw new Fault('empty');
  if (!cursor.sees('<')) throw new Fault('text_outside');
  const root = readElement(cursor, 1);
  passOver(cursor);
  if (!cursor.ended) throw new Fault(cursor.sees('<') ? 'second_root' : 'text_outside');
  return root;
}

/** Passes over blanks, comments and instructions outside the root. */
function passOver(cursor) {
  for (;;) {
    cursor.take(BLANKS);
    if (!passMarkup(cursor)) return;
  }
}

/** A comment or an instruction is passed over; a declaration is refused. */
function passMarkup(cursor) {
  if (cursor.sees('<!--')) {
    const start = cursor.at;
    const text = cursor.upTo('<!--', '-->', 'comment');
    if (text.includes('--') || text.endsWith('-')) {
      cursor.at = start;
      throw new Fault('comment');
    }
    return true;
  }
  if (cursor.sees('<?')) {
    cursor.upTo('<?', '?>', 'instruction');
    return true;
  }
  if (cursor.sees('<!') && !cursor.sees('<![CDATA[')) throw new Fault('doctype');
  return false;
}

/** Reads an element with all that is in it. */
function readElement(cursor, depth) {
  if (depth > MAX_DEPTH) throw new Fault('too_deep');
  const { node, tag, isEmpty } = readStartTag(cursor);
  while (!isEmpty) {
    if (cursor.ended) throw new Fault('unclosed', tag);
    if (cursor.sees('</')) {
      readEndTag(cursor, tag);
      break;
    }
    if (passMarkup(cursor)) continue;
    if (cursor.sees('<![CDATA[')) node.text += cursor.upTo('<![CDATA[', ']]>', 'cdata');
    else if (cursor.sees('<')) node.children.push(readElement(cursor, depth + 1));
    else node.text += readText(cursor);
  }
  return node;
}

function readStartTag(cursor) {
  const line = cursor.line();
  cursor.at += 1;
  const tag = cursor.take(NAME)?.[0];
  if (tag === undefined) throw new Fault('tag');
  for (let found = cursor.take(ATTRIBUTE); found; found = cursor.take(ATTRIBUTE)) decode(found[1] ?? found[2]);
  cursor.take(BLANKS);
  const isEmpty = cursor.sees('/>');
  if (!isEmpty && !cursor.sees('>')) throw new Fault('tag', tag);
  cursor.at += isEmpty ? 2 : 1;
  return { tag, isEmpty, node: { name: tag.slice(tag.indexOf(':') + 1), line, text: '', children: [] } };
}

function readEndTag(cursor, tag) {
  cursor.at += 2;
  const found = cursor.take(NAME)?.[0];
  if (found !== tag) throw new Fault('end_tag', tag);
  cursor.take(BLANKS);
  if (!cursor.sees('>')) throw new Fault('end_tag', tag);
  cursor.at += 1;
}

function readText(cursor) {
  const end = cursor.source.indexOf('<', cursor.at);
  const raw = cursor.source.slice(cursor.at, end < 0 ? undefined : end);
  const text = decode(raw, (offset) => (cursor.at += offset));
  cursor.at += raw.length;
  return text;
}

/** Replaces references to characters. `moveTo` gets the offset of a fault. */
function decode(raw, moveTo = () => {}) {
  const fault = (offset, code, text) => {
    moveTo(offset);
    throw new Fault(code, text);
  };
  if (raw.includes(']]>')) fault(raw.indexOf(']]>'), 'cdata', ']]>');
  return raw.replace(/&([^;\s&]*)(;?)/g, (whole, name, end, offset) => {
    if (end === '') fault(offset, 'reference', whole.slice(0, 20));
    return NAMED[name] ?? numbered(name) ?? fault(offset, 'reference', whole.slice(0, 20));
  });
}

/** The character of `#38` or `#x26`; undefined if there is none. */
function numbered(name) {
  const digits = /^#(?:(\d{1,7})|x([0-9a-fA-F]{1,6}))$/.exec(name);
  if (!digits) return undefined;
  const code = digits[1] ? Number(digits[1]) : Number.parseInt(digits[2], 16);
  if (code > 0x10ffff) return undefined;
  const char = String.fromCodePoint(code);
  return IMPOSSIBLE.test(char) ? undefined : char;
}
