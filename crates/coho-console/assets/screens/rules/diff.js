// The difference of two texts, line by line, as a unified diff. For documents of some hundred lines; the server makes the diffs of
// what is saved.

/** Most pairs of lines that are compared; above, the changed middle is shown as replaced. */
const MAX_PAIRS = 4_000_000;
const CONTEXT_LINES = 3;

/** Lines as `{ kind: ' ' | '-' | '+', text }`. */
export function diffLines(from, to) {
  const [a, b] = [from.split('\n'), to.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const of = (kind) => (text) => ({ kind, text });
  return [
    ...a.slice(0, head).map(of(' ')),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(of(' ')),
  ];
}

function middle(a, b) {
  if (a.length * b.length > MAX_PAIRS) return [...a.map((text) => ({ kind: '-', text })), ...b.map((text) => ({ kind: '+', text }))];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: ' ', text: a[i] });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push({ kind: '-', text: a[i] });
      i += 1;
    } else {
      lines.push({ kind: '+', text: b[j] });
      j += 1;
    }
  }
  return lines;
}

/** The changed lines with some around them; gaps are `@@` lines. '' if nothing differs. */
export function unifiedDiff(from, to) {
  const lines = diffLines(from, to);
  const near = (index) => lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1).some(({ kind }) => kind !== ' ');
  const out = [];
  let gap = false;
  lines.forEach(({ kind, text }, index) => {
    if (!near(index)) {
      gap = true;
      return;
    }
    if (gap && out.length > 0) out.push('@@');
    gap = false;
    out.push(`${kind}${text}`);
  });
  return out.join('\n');
}
