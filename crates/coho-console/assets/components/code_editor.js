// A text area for XML, JSON or YAML, with line numbers and marks at lines with errors.
//   import { CodeEditor } from '../../components/code_editor.js';
//   html`<${CodeEditor} label=${…} value=${xml} onInput=${setXml} errors=${[{ line: 3, text: '…' }]} rows=${24} readonly />`
// Tab leaves it, as in every other field; Enter keeps the indentation.

import { html, useElement, useLayoutEffect } from '../html.js';
import { Field } from './field.js';
import { t } from '../i18n.js';

/** See the module comment; `label`, `help`, `error`, `hideLabel` as for every field. */
export function CodeEditor({ label, help, error, hideLabel, value, onInput, errors = [], rows = 20, readonly = false, ...rest }) {
  const gutter = useElement();
  const area = useElement();
  const lines = value.split('\n').length;
  const marked = new Set(errors.map(({ line }) => line));
  const said = error || errors.map(({ line, text }) => (line ? `${t('editor.line', { line })} ${text}` : text)).join(' · ');
  const key = (event) => {
    if (event.key !== 'Enter' || event.isComposing || readonly) return;
    const area = event.currentTarget;
    const before = area.value.slice(0, area.selectionStart);
    const indent = /[ \t]*/.exec(before.slice(before.lastIndexOf('\n') + 1))?.[0] ?? '';
    if (indent === '') return;
    event.preventDefault();
    // The one way that keeps the browser's undo.
    document.execCommand('insertText', false, `\n${indent}`);
  };
  const scroll = () => {
    gutter.current.scrollTop = area.current.scrollTop;
  };
  // A text that grew was scrolled before its line numbers were there.
  useLayoutEffect(scroll, [lines]);
  return html`<${Field} label=${label} help=${help} error=${said} hideLabel=${hideLabel}>${(props) => html`<div class="code-frame">
    <div class="code-gutter" aria-hidden="true" ref=${gutter} style=${{ height: `calc(${rows * 1.55 * 0.8125}rem + 0.625rem)` }}>${Array.from({ length: lines }, (_, index) =>
      html`<div key=${index}><span class=${marked.has(index + 1) ? 'marked' : ''}>${index + 1}</span></div>`)}</div>
    <textarea ...${props} ...${rest} ref=${area} class="input code-editor" style=${{ height: `calc(${rows * 1.55 * 0.8125}rem + 0.625rem)` }} spellcheck="false" autocomplete="off"
      autocapitalize="none" wrap="off" readonly=${readonly} value=${value} onInput=${(event) => onInput?.(event.currentTarget.value)} onKeyDown=${key} onScroll=${scroll}></textarea>
  </div>`}<//>`;
}
