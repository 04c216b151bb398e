// Reads XML that somebody may have typed. The browser's own parser is not used: its error document has inline styles, which the page's
// policy reports, and other browsers word their errors in other ways.
//   readXml('<A>\n<B>x</B></A>')   → { root: { name: 'A', line: 1, text: '\n', children: [{ name: 'B', line: 2, text: 'x', children: [] }] } }
//   readXml('<A><B></A>')          → { fault: { line: 1, code: 'other_close', text: '</A>, </B>' } }
// Attributes, comments and namespaces are left out, as by the server; a document type is refused. What a code says is the text `xml.<code>`.

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
    this.at = at;
    this.code = code;
    this.text = text;
  }
}

/** See the module comment. */
export function readXml(sent) {
  const text = sent.replace(/\r\n?/g, '\n');
  try {
    return { root: parse(text) };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { fault: { line: text.slice(0, fault.at).split('\n').length, code: fault.code, text: fault.text } };
  }
}

function parse(text) {
  const bad = text.search(NO_XML);
  if (bad >= 0) throw new Fault(bad, 'character', `U+${text.charCodeAt(bad).toString(16).toUpperCase().padStart(4, '0')}`);
  const stack = [];
  const lineOf = lineCounter(text);
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
    if (stack.length >= MAX_DEPTH) throw new Fault(open, 'depth', tag.name);
    const node = { name: tag.name, line: lineOf(open), text: '', children: [] };
    if (stack.length === 0) root = /** @type {any} */ (node);
    else stack[stack.length - 1].node.children.push(node);
    if (!tag.closed) stack.push({ node, qualified: tag.qualified, at: open });
    at = tag.end;
  }
  if (stack.length > 0) throw new Fault(stack[stack.length - 1].at, 'not_closed', stack[stack.length - 1].qualified);
  if (!root) throw new Fault(text.length, 'empty');
  return root;
}

/** Answers the line of a place, each behind the one before. */
function lineCounter(text) {
  let [at, line] = [0, 1];
  return (place) => {
    for (; at < place; at += 1) if (text[at] === '\n') line += 1;
    return line;
  };
}

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
  const until = (start, end, found = (/** @type {string} */ _) => {}) => {
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
