// The log of requests: live, filtered, standing still, bounded, and in full.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, FEW_LOOKS, goTo, inspect, lookName, openConsole } from './browser.mjs';
import { body, startOrigin } from './fixture/scripted_origin.mjs';
import { get, makeMirror } from './store.mjs';

const HOSTILE = 'evil/\u202egnp.exe <img src=x onerror=alert(1)> "\'&.png';
const SHOWN = '[U+202E]gnp.exe <img src=x onerror=alert(1)>';
/** A page whose server goes away logs that it does. */
const GONE = [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/];
/** Most rows of the list. */
const MOST = 5000;

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin({ '/a': body(Buffer.from('a')) });
    await makeMirror(server, 'site', origin.url);
    await makeMirror(server, 'other', origin.url);
  },
  end: () => origin?.close(),
});

/** The screen, with its stream open. */
async function openActivity({ query = '', ...look } = {}) {
  const page = await openConsole(browser, server, { ...look, path: `#/activity${query}` });
  await page.locator('.activity-head .badge.good').waitFor();
  return page;
}

const rowOf = (page, text) => page.getByRole('grid').getByRole('row').filter({ hasText: text });

test('a request appears as it is answered, and opens in full by keyboard', async () => {
  const page = await openActivity();
  assert.equal((await get(server, 'site', 'a')).status, 200);
  await rowOf(page, 'site/a').filter({ hasText: 'by a fetch' }).waitFor();
  assert.equal((await get(server, 'site', 'a')).status, 200);
  await rowOf(page, 'site/a').filter({ hasText: 'from the store' }).waitFor();
  assert.equal((await get(server, 'site', 'no/such')).status, 404);
  await rowOf(page, 'site/no/such').filter({ hasText: '404' }).waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Home');
  await page.getByText('The list stands still; 0 requests have come since.').waitFor();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Request' });
  assert.match(await drawer.innerText(), /GET\s*404\s*NoSuchKey[\s\S]*GetObject[\s\S]*site[\s\S]*no\/such[\s\S]*127\.0\.0\.1/);
  assert.equal(await drawer.getByRole('link', { name: 'Open the object' }).getAttribute('href'), '#/buckets/site/objects?prefix=no%2F&key=no%2Fsuch');
  await drawer.getByRole('button', { name: 'Explain' }).click();
  await drawer.locator('.explanation').waitFor();
  assert.match(await drawer.locator('.explanation').innerText(), new RegExp(`${origin.url}/no/such`));
  await inspect(page, 'activity-request');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await close(page);
});

test('the filter is in the address, and only what fits is shown', async () => {
  const page = await openActivity();
  await page.getByLabel('Bucket', { exact: true }).fill('other');
  await page.keyboard.press('Enter');
  await page.getByLabel('Status').selectOption('400');
  await page.waitForFunction(() => location.hash === '#/activity?bucket=other&status=400');
  await page.locator('.activity-head .badge.good').waitFor();
  await get(server, 'other', 'a');
  await get(server, 'site', 'missing');
  await get(server, 'other', 'missing');
  await rowOf(page, 'other/missing').waitFor();
  assert.deepEqual(await page.getByRole('grid').getByRole('button').allInnerTexts(), ['other/missing']);
  await page.reload();
  await rowOf(page, 'other/missing').waitFor();
  assert.equal(await page.getByLabel('Status').inputValue(), '400');
  await page.getByRole('button', { name: 'Remove the filter' }).click();
  await rowOf(page, 'site/missing').waitFor();
  await page.getByLabel('Key begins with').fill('nothing/like/it');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing that fits the filter').waitFor();
  await inspect(page, 'activity-none');
  await close(page);
});

test('a list that stands still counts what comes, and goes on with it', async () => {
  const page = await openActivity({ query: '?prefix=paused' });
  await get(server, 'site', 'paused/1');
  await rowOf(page, 'paused/1').waitFor();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  for (const key of ['paused/2', 'paused/3']) await get(server, 'site', key);
  await page.getByText('The list stands still; 2 requests have come since.').waitFor();
  assert.equal(await rowOf(page, 'paused/2').count(), 0);
  await page.getByRole('button', { name: 'Continue' }).click();
  await rowOf(page, 'paused/3').waitFor();
  assert.deepEqual(await page.getByRole('grid').getByRole('button').allInnerTexts(), ['site/paused/3', 'site/paused/2', 'site/paused/1'], 'the newest first');
  await page.getByRole('button', { name: 'Empty the list' }).click();
  await page.getByText('No requests yet').waitFor();
  await close(page);
});

test('keys, paths, queries and agents are text', async () => {
  await get(server, 'site', HOSTILE);
  await fetch(`${server.endpoint}/site/agent?x-oss-meta=%3Cb%3Ex%3C%2Fb%3E%E2%80%AE`, { headers: { 'user-agent': '<script>alert(1)</script>' } });
  const page = await openActivity({ query: '?bucket=site' });
  page.on('dialog', () => assert.fail('a script of a request ran'));
  await rowOf(page, SHOWN).first().waitFor();
  await rowOf(page, 'site/agent').getByRole('button').click();
  await page.getByRole('dialog').getByText('<script>alert(1)</script>').waitFor();
  assert.equal(await page.locator('img, main script, main b').count(), 0);
  await inspect(page, 'activity-hostile');
  await close(page);
});

test('a server that is started again is followed again, and the interruption is said', async () => {
  const page = await openActivity({ expectedErrors: GONE });
  await server.restart();
  await page.getByText('The stream was interrupted once').waitFor();
  await page.locator('.activity-head .badge.good').waitFor();
  await get(server, 'site', 'a');
  await rowOf(page, 'site/a').waitFor();
  await close(page);
});

test('the list is bounded, and says what it has lost', async () => {
  const page = await openConsole(browser, server, { path: '#/settings' });
  const request = (number) => ({
    at: new Date(number).toISOString(), request_id: String(number), client: null, method: 'GET', operation: 'GetObject', bucket: 'b', key: `k${number}`, path: null, query: '',
    status: 200, code: null, answered: 'hit', in_bytes: 0, out_bytes: 1, duration_ms: 1, user_agent: null,
  });
  const events = Array.from({ length: 2 * MOST }, (_, number) => `event: request\ndata: ${JSON.stringify(request(number))}\n\n`);
  let streams = 0;
  await page.route('**/api/-/requests*', (route) => {
    streams += 1;
    // The body ends, and the page asks again: that stream says nothing.
    if (streams === 1) return route.fulfill({ contentType: 'text/event-stream', body: `event: hello\ndata: {"kept":0}\n\n${events.join('')}event: lost\ndata: {"count":1234}\n\n` });
    return null;
  });
  await goTo(page, '#/activity');
  await page.getByText('Live tail lost 1,234 lines').waitFor();
  await page.getByText(`5,000 requests, at most 5,000 are kept`).waitFor();
  assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), String(MOST + 1));
  assert.ok((await page.locator('.vlist-row').count()) < 100, 'only what is seen is in the document');
  await rowOf(page, `b/k${2 * MOST - 1}`).waitFor();
  await page.context().close();
});

test('the log is accessible in each size, theme and language', async () => {
  for (let number = 0; number < 40; number += 1) await get(server, 'site', `looks/${'deep/'.repeat(number)}${number}.jpg`);
  const page = await openActivity({ query: '?bucket=site' });
  await page.locator('.vlist-row').first().waitFor();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `activity-${lookName(look)}`));
  await close(page);
});
