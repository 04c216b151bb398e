// The overview beside a running server: what needs attention and how it is mended, live figures, history, and what it costs.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, FEW_LOOKS, focused, goTo, inspect, lookName, openConsole, SIZES, WAIT_MS } from './browser.mjs';
import { body, startOrigin } from './fixture/scripted_origin.mjs';
import { admin, get, makeMirror } from './store.mjs';

/** A page whose server goes away logs that it does. */
const GONE = [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/];
/** How long the processor time of an idle server is measured. */
const MEASURED_MS = 4000;
const MAX_IDLE_SHARE = 0.01;
/** Measurements until one is below: what a start leaves to be done is not what an idle server costs. */
const MOST_MEASURED = 5;
/** Linux counts processor time in ticks of 10 ms. */
const TICK_MS = 10;

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin();
  },
  end: () => origin?.close(),
});

async function openOverview(look = {}) {
  const page = await openConsole(browser, server, { ...look, path: '#/' });
  await page.locator('.live-figures').waitFor();
  return page;
}

/** Runs `see` while a client reads this object again and again. */
async function whileRead(bucket, key, see) {
  let ended = false;
  const load = (async () => {
    while (!ended) await get(server, bucket, key);
  })();
  try {
    await see();
  } finally {
    ended = true;
    await load;
  }
}

/** Asks for missing objects of the bucket until the server reports an item of this kind. */
async function provoke(kind, bucket, expected) {
  const end = performance.now() + WAIT_MS;
  for (let key = 0; ; key += 1) {
    const { status } = await get(server, bucket, `k${key}`);
    if (expected) assert.equal(status, expected);
    const { attention } = await admin(server, 'GET', '/v1/status');
    if (attention.some((item) => item.kind === kind)) return;
    assert.ok(performance.now() < end, `${kind} is reported`);
  }
}

const card = (page, title) => page.locator('.card', { has: page.getByRole('heading', { name: title, exact: true }) });

test('an idle server needs no attention, and says so', async () => {
  const page = await openOverview();
  await card(page, 'Needs attention').getByText('Nothing needs attention').first().waitFor();
  await card(page, 'Failed fetches by reason').getByText('No fetch has failed').waitFor();
  await card(page, 'Origins').getByText('No origin was used recently').waitFor();
  await inspect(page, 'overview-calm');
  await close(page);
});

test('requests are seen within seconds, by bucket and in the chart', async () => {
  await makeMirror(server, 'busy', origin.url);
  origin.routes.set('/a', body(Buffer.alloc(100_000)));
  const page = await openOverview();
  const row = card(page, 'Busiest buckets now').getByRole('row', { name: /busy/ });
  await whileRead('busy', 'a', async () => {
    await row.waitFor();
    await row.getByText(/of 1,000\/s|of 2,000\/s/).waitFor();
    await page.locator('.u-over').first().waitFor();
  });
  await page.getByRole('radio', { name: 'Traffic' }).check({ force: true });
  await page.getByText('Show the numbers as a table').first().click();
  await card(page, 'Last 5 minutes').getByRole('columnheader', { name: 'To clients' }).waitFor();
  // The cursor of the chart for the keyboard.
  const cursor = page.getByRole('region', { name: 'Now', exact: true }).getByRole('slider', { name: 'Traffic: point in time' });
  await cursor.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => /To clients .*bit\/s, From origins .*bit\/s/.test(document.activeElement.getAttribute('aria-valuetext')));
  await inspect(page, 'overview-traffic');
  await close(page);
});

test('an origin that cannot be reached needs attention until its breaker is reset', async () => {
  await makeMirror(server, 'broken', origin.url);
  await origin.close();
  const page = await openOverview();
  const attention = card(page, 'Needs attention');
  const item = attention.getByRole('listitem').filter({ hasText: 'An origin is not asked' });
  await provoke('breaker_open', 'broken', 424);
  await item.waitFor();
  assert.match(await item.innerText(), new RegExp(origin.url));
  const failed = attention.getByRole('listitem').filter({ hasText: 'have failed' });
  await failed.getByRole('link', { name: 'Open migration' }).waitFor();
  await inspect(page, 'overview-attention');
  await item.getByRole('button', { name: 'Show origins' }).click();
  await focused(page, '.anchor');
  await origin.open();
  await item.getByRole('button', { name: /^Reset/ }).click();
  await item.waitFor({ state: 'detached' });
  await page.getByRole('status').getByText(/the next request asks the origin/).waitFor();
  origin.routes.set('/mended', body(Buffer.from('mended')));
  assert.equal((await get(server, 'broken', 'mended')).body.toString(), 'mended');
  await close(page);
});

test('a limit that refuses fetches needs attention, and leads to the limits', async () => {
  await makeMirror(server, 'limited', origin.url, { qps: 1 });
  const page = await openOverview();
  const item = card(page, 'Needs attention').getByRole('listitem').filter({ hasText: 'Limit of fetches per second reached' });
  await provoke('limit_hit', 'limited');
  await item.waitFor();
  assert.equal(await item.getByRole('link', { name: 'Open limits' }).getAttribute('href'), '#/buckets/limited/rules?tab=limits');
  await close(page);
});

test('a server that is started again under the open page is followed again', async () => {
  await makeMirror(server, 'followed', origin.url);
  const page = await openOverview({ expectedErrors: GONE });
  await server.halt();
  await page.locator('.live .badge.warn').waitFor();
  await page.getByText('The figures are not up to date.').waitFor();
  await page.locator('.offline').waitFor();
  await inspect(page, 'overview-offline');
  await server.resume();
  await page.locator('.live .badge.good').waitFor();
  await page.getByText('The figures are not up to date.').waitFor({ state: 'detached' });
  const row = card(page, 'Busiest buckets now').getByRole('row', { name: /followed/ });
  await whileRead('followed', 'none', () => row.waitFor());
  await close(page);
});

test('minute by minute stays in the history over a restart', async () => {
  await makeMirror(server, 'remembered', origin.url);
  origin.routes.set('/kept', body(Buffer.from('kept')));
  for (let times = 0; times < 3; times += 1) assert.equal((await get(server, 'remembered', 'kept')).status, 200);
  await server.restart();
  const { total } = await admin(server, 'GET', '/v1/history');
  assert.ok(total.hits > 0);
  const page = await openOverview();
  const history = card(page, 'History');
  for (const range of ['Day', '90 days', 'Hour']) {
    await history.getByRole('radio', { name: range, exact: true }).check({ force: true });
    await history.locator('.u-over').nth(2).waitFor();
    const written = await history.locator('.stat', { hasText: 'Hit ratio' }).innerText();
    assert.match(written, new RegExp(`${total.hits.toLocaleString('en-GB')} of `), range);
  }
  await close(page);
});

/** Milliseconds of processor time of the server so far. */
function processorMs() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function idleShare() {
  let least = Infinity;
  for (let times = 0; times < MOST_MEASURED && least >= MAX_IDLE_SHARE; times += 1) {
    const [from, start] = [processorMs(), performance.now()];
    // A share of time needs a time: nothing happens that could be waited for.
    await new Promise((resolve) => setTimeout(resolve, MEASURED_MS));
    least = Math.min(least, (processorMs() - from) / (performance.now() - start));
  }
  return least;
}

test('nobody looking costs less than 1 % of a processor, also with a hidden page', async () => {
  await server.restart();
  const alone = await idleShare();
  const page = await openOverview();
  await page.clock.install();
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await page.clock.runFor(11_000);
  await page.locator('.live .badge', { hasText: 'Paused' }).waitFor();
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.clock.runFor(120_000);
  assert.deepEqual(requests, [], 'a hidden page asks for nothing');
  const hidden = await idleShare();
  assert.ok(alone < MAX_IDLE_SHARE && hidden < MAX_IDLE_SHARE, `without a page ${alone}, with a hidden one ${hidden}`);
  console.log(`# processor share without a page ${(alone * 100).toFixed(2)} %, with a hidden page ${(hidden * 100).toFixed(2)} %`);
  await close(page);
});

test('the overview is accessible in each size, theme and language', async () => {
  const page = await openOverview();
  await page.locator('.u-over').nth(3).waitFor();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `overview-${lookName(look)}`));
  await close(page);
});

test('each kind of item has its words in both languages', async () => {
  const { components } = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
  const kinds = components.schemas.AttentionKind.oneOf.flatMap(({ const: kind, enum: kinds = [] }) => kind ?? kinds);
  assert.ok(kinds.length > 5);
  for (const language of ['en', 'zh']) {
    const texts = (await import(`../../crates/coho-console/assets/screens/overview/${language}.js`)).default;
    // What to do about a limit depends on the limit.
    for (const kind of kinds) assert.ok(texts[`kind.${kind}`] && (texts[`advice.${kind}`] || kind === 'limit_hit'), `${language}: ${kind}`);
  }
});

test('every kind of item is shown with its place, also one that the page does not know', async () => {
  const status = await admin(server, 'GET', '/v1/status');
  const item = (kind, severity, more = {}) => ({ kind, severity, text: `<b>${kind}</b>`, since: null, bucket: null, origin: null, subject: null, count: null, ...more });
  const attention = [
    item('read_only', 'critical'), item('metadata_unreadable', 'critical'), item('shortage', 'critical', { subject: 'space' }), item('disk_low', 'warning', { count: 1000 }),
    item('origin_failing', 'warning', { origin: 'http://\u202eorigin.example', count: 4 }), item('unpersisted_old', 'warning', { count: 1, since: new Date().toISOString() }),
    item('log_lines_lost', 'warning', { count: 12 }), item('of_a_later_version', 'warning'),
  ];
  const page = await openConsole(browser, server, { locale: 'zh-CN', scheme: 'dark', size: SIZES[0], path: '#/settings' });
  await page.route('**/api/v1/status', (route) => route.fulfill({ json: { ...status, attention } }));
  await goTo(page, '#/');
  await page.locator('.attention').nth(attention.length - 1).waitFor();
  await page.getByText('<b>of_a_later_version</b>').waitFor();
  assert.equal(await page.locator('.attentions b').count(), 0);
  await inspect(page, 'overview-kinds');
  await close(page);
});
