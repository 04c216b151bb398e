// How counts of minutes and hours become steps of a chart, in the reader's time zone.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { columnsOf, RANGES } from '../../crates/coho-console/assets/screens/mirror/spans.js';

const HOUR = 3600;
const hits = [(span) => span.hits];

/** Seconds since the epoch of a UTC time. */
const at = (text) => Date.parse(`${text}Z`) / 1000;

/** An answer of the history with one hit in each hour. */
function hourly(from, to) {
  const spans = [];
  for (let start = from - (from % HOUR); start < to; start += HOUR) spans.push({ start, hits: 1 });
  return { from, to, spans };
}

/** Hits of each local day in this zone. */
function check(zone, history, expected) {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    const { times, values } = columnsOf(history, RANGES.quarter.step, hits);
    const days = times.map((time, index) => [new Date(time * 1000).toLocaleString('sv'), values[0][index]]);
    assert.deepEqual(days, expected, zone);
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

test('a day is one of the reader, also where the clock is changed or the offset is no whole hour', () => {
  const days = (list) => list.map(([day, count]) => [`${day} 00:00:00`, count]);
  const spring = hourly(at('2026-03-27T23:00'), at('2026-03-30T22:00'));
  check('Europe/Berlin', spring, days([['2026-03-28', 24], ['2026-03-29', 23], ['2026-03-30', 24]]));
  const autumn = hourly(at('2026-10-23T22:00'), at('2026-10-26T23:00'));
  check('Europe/Berlin', autumn, days([['2026-10-24', 24], ['2026-10-25', 25], ['2026-10-26', 24]]));
  const plain = hourly(at('2026-05-01T16:00'), at('2026-05-02T20:00'));
  check('Asia/Shanghai', plain, days([['2026-05-02', 24], ['2026-05-03', 4]]));
  // 18:00 UTC is 23:45 there: an hour belongs to the day in which it begins.
  check('Asia/Kathmandu', plain, days([['2026-05-02', 24], ['2026-05-03', 1]]));
});

test('a step without a row counted nothing, and what is not whole at either end is left out', () => {
  const history = { from: at('2026-05-01T10:00:30'), to: at('2026-05-01T10:05:20'), spans: [{ start: at('2026-05-01T10:02'), hits: 7 }, { start: at('2026-05-01T10:05'), hits: 9 }] };
  const { times, values } = columnsOf(history, RANGES.hour.step, hits);
  assert.deepEqual(times.map((time) => (time - at('2026-05-01T10:00')) / 60), [1, 2, 3, 4]);
  assert.deepEqual(values, [[0, 7, 0, 0]]);
});

test('minutes are added up to quarters of an hour', () => {
  const from = at('2026-05-01T10:00');
  const spans = Array.from({ length: 30 }, (_, minute) => ({ start: from + minute * 60, hits: minute }));
  const { times, values } = columnsOf({ from, to: from + 1800, spans }, RANGES.day.step, hits);
  assert.deepEqual(times, [from, from + 900]);
  assert.deepEqual(values, [[105, 330]]);
});
