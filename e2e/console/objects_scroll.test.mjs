// A bucket of a million keys: the list reads pages as it is scrolled, keeps some of them, and never holds the page up.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, goTo, openConsole, shot } from './browser.mjs';
import { call } from './bucket_fixture.mjs';
import { Listing, PAGE_ROWS } from '../../crates/coho-console/assets/screens/objects/listing.js';
import { compareKeys, foldersOf, keyFault, nameOf, numbered, parentOf } from '../../crates/coho-console/assets/screens/objects/keys.js';

const KEYS = 1_000_000;
const MAX_TASK_MS = 50;
/** Measurements until one is within the limit: two processes on one core slow each other down, which is counted as well. */
const MOST_ROUNDS = 3;
/** Rows that a list may hold, whatever the bucket holds. */
const MAX_ROWS_HELD = 12_000;
const HEAP_GROWTH = 40 * 2 ** 20;

const keyAt = (index) => `logs/${String(index).padStart(7, '0')}.json`;
const objectAt = (index) => ({ key: keyAt(index), size: index, etag: '"0"', lastModified: '2026-01-01T00:00:00.000Z', storageClass: 'Standard' });

setUp();

/** A listing over `keys`, a sorted array that may change; tokens are keys. */
function listingOf(keys) {
  const read = async ({ token }) => {
    const from = token ? keys.findIndex((key) => compareKeys(key, token) > 0) : 0;
    const page = from < 0 ? [] : keys.slice(from, from + PAGE_ROWS);
    return { objects: page.map((key) => ({ key })), prefixes: [], truncated: from >= 0 && from + PAGE_ROWS < keys.length, nextToken: page.at(-1) };
  };
  return new Listing(read, () => null);
}

const settled = async (listing) => {
  do await new Promise((resolve) => setImmediate(resolve));
  while (listing.busy);
};

async function readAll(listing) {
  while (listing.more || !listing.ready) {
    listing.want(Math.max(0, listing.count - 30), listing.count);
    await settled(listing);
  }
}

const shownKeys = (listing, first, count) => Array.from({ length: count }, (_, at) => listing.row(first + at)?.key);

test('a list of a million keys holds some thousand, and finds every row again', async () => {
  const read = async ({ token, signal }) => {
    signal.throwIfAborted();
    const from = Number(token || 0);
    const objects = Array.from({ length: PAGE_ROWS }, (_, at) => objectAt(from + at));
    return { objects, prefixes: [], truncated: from + PAGE_ROWS < KEYS, nextToken: String(from + PAGE_ROWS) };
  };
  const listing = new Listing(read, () => null);
  await readAll(listing);
  assert.equal(listing.count, KEYS);
  assert.ok([...listing.held()].length <= MAX_ROWS_HELD);
  for (const index of [0, 1, 500_000, 123_456, KEYS - 1]) {
    listing.want(index, index + 1);
    await settled(listing);
    assert.equal(listing.row(index).key, keyAt(index));
  }
  listing.dispose();
});

test('a list that is read again shows what was added and what is gone, each row once', async () => {
  const keys = Array.from({ length: 4 * PAGE_ROWS }, (_, at) => keyAt(at * 10));
  const listing = listingOf(keys);
  await readAll(listing);
  assert.equal(listing.count, 4 * PAGE_ROWS);
  keys.splice(5, 3);
  keys.splice(20, 0, ...Array.from({ length: 9 }, (_, at) => keyAt(170 + 60 + at + 1)));
  keys.sort(compareKeys);
  for (const start of [0, PAGE_ROWS, 2 * PAGE_ROWS, 3 * PAGE_ROWS]) {
    listing.want(start, start + 40);
    listing.refresh();
    await settled(listing);
  }
  for (let at = 0; at < listing.count; at += 20) {
    listing.want(at, at + 20);
    await settled(listing);
  }
  listing.want(0, listing.count);
  await settled(listing);
  assert.deepEqual(shownKeys(listing, 0, listing.count), keys);
  keys.length = 0;
  listing.want(0, 10);
  listing.refresh();
  await settled(listing);
  assert.equal(listing.row(0), null);
  listing.dispose();
});

test('keys are ordered, cut and named as the server does', () => {
  assert.deepEqual(['\u{1f600}', '\uffee', 'a/', 'a', 'é', 'z'].sort(compareKeys), ['a', 'a/', 'z', 'é', '\uffee', '\u{1f600}']);
  const check = (input, expected) => assert.deepEqual(input, expected);
  check(foldersOf('a//b/'), [{ name: 'a', prefix: 'a/' }, { name: '', prefix: 'a//' }, { name: 'b', prefix: 'a//b/' }]);
  check([nameOf('a/b'), nameOf('a/b/'), nameOf('a//'), nameOf('a')], ['b', 'b/', '/', 'a']);
  check([parentOf('a/b/'), parentOf('a/'), parentOf('a//')], ['a/', '', 'a/']);
  check([numbered('a/x.tar.gz', 2), numbered('a.b/x', 3), numbered('.env', 2)], ['a/x.tar (2).gz', 'a.b/x (3)', '.env (2)']);
  check([keyFault(''), keyFault('/a'), keyFault('..'), keyFault('é'.repeat(512)), keyFault('\ud800'), keyFault('a/../b')], ['key.empty', 'key.start', 'key.dots', 'key.long', 'key.unicode', '']);
});

/** Answers every listing of `bucket` as if it held a million keys. */
const playMillion = (page, bucket) => page.route((url) => url.pathname === `/oss/${bucket}/` && url.searchParams.has('list-type'), (route) => {
  const query = new URL(route.request().url()).searchParams;
  const from = Number(query.get('continuation-token') ?? 0);
  const to = Math.min(KEYS, from + Number(query.get('max-keys')));
  let rows = '';
  for (let at = from; at < to; at += 1) {
    rows += `<Contents><Key>${encodeURIComponent(keyAt(at))}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"5B3C1A2E053D763E1B002CC607C5A0FE"</ETag><Type>Normal</Type><Size>${at}</Size><StorageClass>Standard</StorageClass></Contents>`;
  }
  return route.fulfill({ contentType: 'application/xml', body: `<ListBucketResult><Name>${bucket}</Name><EncodingType>url</EncodingType><IsTruncated>${to < KEYS}</IsTruncated><NextContinuationToken>${to}</NextContinuationToken>${rows}</ListBucketResult>` });
});

/** The tasks of the page's main thread, in milliseconds of the processor: other processes share the machine's clock. */
function mainThreadTasks(trace) {
  const { traceEvents } = JSON.parse(trace);
  const threads = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`));
  return traceEvents.filter(({ name, pid, tid, tdur }) => /RunTask$/.test(name) && tdur !== undefined && threads.has(`${pid} ${tid}`)).map(({ tdur }) => tdur / 1000);
}

test('a million keys are scrolled without a task of more than 50 ms', async () => {
  const page = await openConsole(browser, server, { path: '#/nothing' });
  await call(page, 'PUT', '/oss/million/');
  await playMillion(page, 'million');
  await page.evaluate(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ entryTypes: ['longtask'] });
  });
  await goTo(page, '#/buckets/million/objects?flat=1&prefix=logs%2F');
  const rows = page.locator('.vlist-body');
  await page.locator('.vlist-row').first().waitFor();
  const heap = async () => {
    const session = await page.context().newCDPSession(page);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    await session.detach();
    return usedSize;
  };
  const scroll = async (pages) => {
    for (let at = 0; at < pages; at += 1) {
      const before = await page.evaluate(() => document.querySelector('.vlist').getAttribute('aria-rowcount'));
      await rows.evaluate((element) => (element.scrollTop = element.scrollHeight));
      await page.waitForFunction((before) => document.querySelector('.vlist').getAttribute('aria-rowcount') !== before, before);
    }
  };
  // The first pages compile the code.
  await scroll(5);
  const before = await heap();
  await page.evaluate(() => (window.longTasks.length = 0));
  const round = async () => {
    await browser.startTracing(page, { categories: ['toplevel'] });
    await scroll(60);
    for (let step = 1; step <= 40; step += 1) {
      await rows.evaluate(async (element, step) => {
        element.scrollTop = (step * 99_991) % element.scrollHeight;
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      }, step);
    }
    const tasks = mainThreadTasks((await browser.stopTracing()).toString());
    assert.ok(tasks.length > 100, `${tasks.length} tasks were seen`);
    return Math.max(...tasks);
  };
  let longest = Infinity;
  for (let rounds = 0; rounds < MOST_ROUNDS && longest > MAX_TASK_MS; rounds += 1) longest = Math.min(longest, await round());
  console.log(`the longest task: ${longest.toFixed(1)} ms of the processor; by the clock: ${(await page.evaluate(() => window.longTasks)).map(Math.round)}`);
  assert.ok(longest <= MAX_TASK_MS, `a task of ${longest} ms`);
  assert.ok((await heap()) - before < HEAP_GROWTH, 'the rows that were passed are not kept');
  await shot(page, 'objects-million');
  await page.getByText('more as you scroll').waitFor();
  await close(page);
});
