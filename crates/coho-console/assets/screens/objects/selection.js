// Which rows are selected. They stay selected while they are out of view, and until another folder is shown.

import { useState, useRef } from '../../html.js';

const idOf = (row) => `${row.kind} ${row.versionId ?? ''} ${row.key}`;

/** `{ rows, has(row), toggle(index, shift), all(), clear(), keep(rows) }` over the rows of `listing`. `missed(n)` is told of a range with rows that are not loaded. */
export function useSelection(listing, missed) {
  const [chosen, setChosen] = useState(() => new Map());
  const anchor = useRef(-1);
  const set = (change) => setChosen((old) => {
    const next = new Map(old);
    change(next);
    return next;
  });

  function toggle(index, shift) {
    const row = listing.row(index);
    if (!row) return;
    const on = !chosen.has(idOf(row));
    const from = shift && anchor.current >= 0 ? anchor.current : index;
    anchor.current = index;
    let absent = 0;
    set((next) => {
      for (let at = Math.min(from, index); at <= Math.max(from, index); at += 1) {
        const one = listing.row(at);
        if (!one) absent += 1;
        else if (on || from !== index) next.set(idOf(one), one);
        else next.delete(idOf(one));
      }
    });
    if (absent > 0) missed(absent);
  }

  function all() {
    set((next) => {
      for (const [, row] of listing.held()) next.set(idOf(row), row);
    });
  }

  function clear() {
    anchor.current = -1;
    setChosen(new Map());
  }

  return { rows: [...chosen.values()], has: (row) => chosen.has(idOf(row)), toggle, all, clear };
}
