// Counts of minutes and hours as the columns of a chart: steps that suit the range, in the reader's time zone.

/** The ranges: how far back, which rows are asked for, and the step that they are added up to. `day` is a calendar day of the reader. */
export const RANGES = {
  hour: { seconds: 3600, rows: 'minute', step: 60 },
  day: { seconds: 86_400, rows: 'minute', step: 900 },
  quarter: { seconds: 90 * 86_400, rows: 'hour', step: 'day' },
};

/** The start of the step that a second is in. Quarters of an hour are whole in every time zone. */
function startOf(second, step) {
  if (step !== 'day') return second - (second % step);
  const date = new Date(second * 1000);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() / 1000;
}

function nextOf(start, step) {
  if (step !== 'day') return start + step;
  const date = new Date(start * 1000);
  // Not 24 hours: a day in which the clock is changed has 23 or 25.
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime() / 1000;
}

/**
 * The starts of all steps of an answer of the history (`{ from, to, spans }`), and for each reader the sums. A step without a row counted
 * nothing. A first step that is not there as a whole is left out, and so is the minute of `to`, which is not written yet; a longer step
 * with it is the part that is known.
 */
export function columnsOf(history, step, readers) {
  const sums = new Map();
  for (const span of history.spans) {
    const start = startOf(span.start, step);
    const sum = sums.get(start) ?? readers.map(() => 0);
    readers.forEach((read, at) => (sum[at] += read(span)));
    sums.set(start, sum);
  }
  const end = history.to - (history.to % 60);
  const times = [];
  const values = readers.map(() => []);
  const begin = startOf(history.from, step);
  for (let start = begin < history.from ? nextOf(begin, step) : begin; start < end; start = nextOf(start, step)) {
    times.push(start);
    values.forEach((list, at) => list.push(sums.get(start)?.[at] ?? 0));
  }
  return { times, values };
}
