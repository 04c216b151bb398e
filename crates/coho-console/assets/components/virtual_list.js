// A grid of any number of rows, of which only those in view exist.
//   import { VirtualList } from '../../components/virtual_list.js';
//   html`<${VirtualList} label=${…} count=${n} columns=${[{ id, label, width: 'minmax(12rem, 1fr)', end }]}
//     cell=${(index, columnId, { active }) => html`…`} rowKey=${(index) => …} onRange=${(first, last) => load(first, last)}
//     isSelected=${(index) => …} onToggle=${(index, { shift }) => …} onOpen=${(index) => …} handle=${ref} />`
// Keys: arrows, Page Up and Down, Home, End move the active row; Space selects (with Shift, a range); Enter opens. What can be focused
// in a cell gets `tabindex=${active ? 0 : -1}`, so that Tab reaches the controls of the active row alone. Rows that are not loaded yet
// are drawn as well: `cell` answers a placeholder, and `onRange` asks for them. `handle.current.scrollTo(index)` makes a row active.
// `label` of a column may be a node (a "select all" box); then `name` is its name.

import { html, useEffect, useElement, useId, useLayoutEffect, useRef, useState } from '../html.js';

/** Browsers limit the height of an element; above this one, the scroll bar is scaled. */
const MAX_SPACE_PX = 12_000_000;
const OVERSCAN_ROWS = 6;

/** The pixels that the scroll bar covers, and how a scroll position becomes an offset in the list. */
function measure(count, rowHeight, view) {
  const total = count * rowHeight;
  const space = Math.min(total, MAX_SPACE_PX);
  const furthest = Math.max(0, total - view);
  const scale = space > view ? furthest / (space - view) : 1;
  return { space, furthest, scale };
}

/** See the module comment. `height` is a CSS length. */
export function VirtualList(props) {
  const { label, count, columns, cell, rowKey, rowHeight = 40, height = 'max(16rem, calc(100dvh - 20rem))', isSelected, onToggle, onOpen, onRange, handle } = props;
  const body = useElement();
  const [view, setView] = useState(480);
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(0);
  const id = useId();
  const state = useRef(/** @type {any} */ ({}));
  // The scroll position that this module has set itself, whose event is not the reader's.
  const own = useRef(/** @type {number | null} */ (null));
  state.current = { ...measure(count, rowHeight, view), view, top, count, rowHeight };

  const moveTo = (offset) => {
    const { furthest, scale } = state.current;
    const next = Math.min(Math.max(0, offset), furthest);
    own.current = Math.round(next / scale);
    body.current.scrollTop = own.current;
    setTop(next);
  };
  const reveal = (index) => {
    const { top, view, rowHeight } = state.current;
    const start = index * rowHeight;
    if (start < top) moveTo(start);
    else if (start + rowHeight > top + view) moveTo(start + rowHeight - view);
  };
  const activate = (index) => {
    const next = Math.min(Math.max(0, index), count - 1);
    setActive(next);
    reveal(next);
  };
  if (handle) handle.current = { scrollTo: activate };

  useLayoutEffect(() => {
    const element = body.current;
    const observer = new ResizeObserver(() => setView(element.clientHeight));
    observer.observe(element);
    // In a scaled list the browser would move `scale` times too far.
    const wheel = (event) => {
      if (state.current.scale <= 1 || event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      moveTo(state.current.top + event.deltaY * (event.deltaMode === 1 ? rowHeight : 1));
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', wheel);
    };
  }, []);
  useEffect(() => {
    if (state.current.top > state.current.furthest) moveTo(state.current.furthest);
    if (active >= count && count > 0) setActive(count - 1);
  }, [count, view]);

  const scrolled = () => {
    const position = Math.round(body.current.scrollTop);
    if (own.current !== null && Math.abs(position - own.current) <= 1) return;
    own.current = null;
    setTop(Math.min(body.current.scrollTop * state.current.scale, state.current.furthest));
  };
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN_ROWS);
  const last = Math.min(count - 1, Math.ceil((top + view) / rowHeight) + OVERSCAN_ROWS);
  useEffect(() => {
    if (count > 0) onRange?.(first, last);
  }, [first, last, count]);

  const page = Math.max(1, Math.floor(view / rowHeight) - 1);
  const moves = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: count - 1 };
  const key = (event) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || count === 0) return;
    if (event.key in moves) activate(moves[event.key]);
    else if (event.key === ' ' && onToggle) onToggle(active, { shift: event.shiftKey });
    else if (event.key === 'Enter' && onOpen) onOpen(active);
    else return;
    event.preventDefault();
  };
  const tracks = { gridTemplateColumns: columns.map(({ width = '1fr' }) => width).join(' ') };
  const row = (index) => html`<div key=${rowKey ? rowKey(index) : index} id=${`${id}-${index}`} role="row" aria-rowindex=${index + 2}
    aria-selected=${isSelected ? (isSelected(index) ? 'true' : 'false') : undefined} class=${`vlist-row${index === active ? ' active' : ''}`}
    style=${{ ...tracks, height: `${rowHeight}px`, transform: `translateY(${index * rowHeight - top}px)` }}
    onClick=${() => setActive(index)} onDblClick=${() => onOpen?.(index)}>
    ${columns.map((column) => html`<div key=${column.id} role="gridcell" class=${`vlist-cell${column.end ? ' end' : ''}`}>${cell(index, column.id, { active: index === active })}</div>`)}</div>`;
  const rows = [];
  for (let index = first; index <= last; index += 1) rows.push(row(index));
  // The active row stays in the document, as the focus of a control in it must not be lost.
  const drawn = active >= first && active <= last;
  return html`<div class=${`vlist${state.current.furthest > 0 ? ' scrolls' : ''}`} role="grid" aria-label=${label} aria-rowcount=${count + 1} aria-colcount=${columns.length} tabindex="0"
    aria-multiselectable=${onToggle ? 'true' : undefined} aria-activedescendant=${count > 0 && drawn ? `${id}-${active}` : undefined} onKeyDown=${key}>
    <div role="rowgroup"><div role="row" aria-rowindex="1" class="vlist-head" style=${tracks}>
      ${columns.map((column) => html`<div key=${column.id} role="columnheader" aria-label=${column.name} class=${`vlist-cell${column.end ? ' end' : ''}`}>${column.label}</div>`)}</div></div>
    <div role="rowgroup" class="vlist-body" ref=${body} style=${{ height }} onScroll=${scrolled} tabindex="-1">
      <div class="vlist-space" role="presentation" style=${{ height: `${state.current.space}px` }}><div class="vlist-rows" role="presentation">${rows}</div></div></div>
  </div>`;
}
