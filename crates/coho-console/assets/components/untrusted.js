// Text that a client or an origin controls: keys, header values, URLs, error texts.
//   html`<${Untrusted} text=${key} />`        characters that are not seen, or turn the order of others, are shown as their code points
//   t('…', { key: visible(key) })             the same within a text, a tooltip or the name of a control
// The text is isolated from the direction of what stands around it.

import { html } from '../html.js';

/** Control characters, spaces that are not the blank, marks of direction, invisible characters, and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u115f\u1160\u3164\uffa0]|^ +| +$/u;
const SPLIT = new RegExp(`(${HIDDEN.source})`, 'gu');
/** Joins the parts of an emoji or of a letter; shown, it would take them apart. */
const JOINER = '\u200d';

const codePoint = (char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The pieces of a text: `[text, isHidden]`. */
function pieces(text) {
  return text.split(SPLIT).map((piece, at) => [piece, at % 2 === 1 && piece !== JOINER]).filter(([piece]) => piece !== '');
}

const written = (hidden) => (hidden[0] === ' ' ? '␣'.repeat(hidden.length) : `[${codePoint(hidden)}]`);

/** The text with its hidden characters written out. */
export function visible(text) {
  return HIDDEN.test(text) ? pieces(text).map(([piece, hidden]) => (hidden ? written(piece) : piece)).join('') : text;
}

/** See the module comment. */
export function Untrusted({ text }) {
  if (!HIDDEN.test(text)) return html`<bdi>${text}</bdi>`;
  return html`<bdi>${pieces(text).map(([piece, hidden]) => (hidden ? html`<span class="hidden-char">${written(piece)}</span>` : piece))}</bdi>`;
}
