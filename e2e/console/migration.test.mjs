// A migration watched in the browser: fetches as they run, failures with their trace, what origins did not have, breakers.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, FEW_LOOKS, focusedText, goTo, inspect, lookName, openConsole, settled } from './browser.mjs';
import { body, slowBody, startOrigin, status } from './fixture/scripted_origin.mjs';
import { admin, get, makeMirror } from './store.mjs';

const MIB = Buffer.alloc(1 << 20, 'x');
/** Turns the reading direction, ends a tag, and has no width: what a page must not obey. */
const HOSTILE = 'evil/\u202egnp.exe <img src=x onerror=alert(1)> \u200b"\'&.png';

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin();
  },
  end: () => origin?.close(),
});

/** The screen of a new bucket that fetches from the origin. */
async function openMigration(bucket, look = {}) {
  await makeMirror(server, bucket, origin.url, { missing_seconds: 600 });
  return openScreen(bucket, look);
}

async function openScreen(bucket, look = {}) {
  const page = await openConsole(browser, server, { ...look, path: `#/buckets/${bucket}/migration` });
  await settled(page);
  return page;
}

const card = (page, title) => page.locator('.card', { has: page.getByRole('heading', { name: title, exact: true }) });

test('a fetch appears with its progress while it runs, and its object is counted when it has ended', async () => {
  const page = await openMigration('live-fills');
  const fills = card(page, 'Fetches in flight');
  await fills.getByText('No fetch is running').waitFor();
  const slow = slowBody([MIB, MIB, Buffer.alloc(2 << 20)]);
  origin.routes.set('/video/big.bin', slow.route);
  const answer = get(server, 'live-fills', 'video/big.bin');
  await slow.started;
  const bar = fills.getByRole('progressbar', { name: /video\/big\.bin/ });
  await bar.waitFor();
  await slow.send();
  await fills.locator('[role=progressbar][aria-valuenow="25"]').waitFor();
  assert.match(await fills.innerText(), /1 MiB of 4 MiB[\s\S]*1 reader[\s\S]*rule 1/);
  await fills.getByText(`from ${origin.url}/video/big.bin`).waitFor();
  await inspect(page, 'migration-fill');
  await slow.send();
  await fills.locator('[role=progressbar][aria-valuenow="50"]').waitFor();
  await slow.finish();
  assert.equal((await answer).body.length, slow.length);
  await fills.getByText('No fetch is running').waitFor();
  const far = card(page, 'How far are we?');
  await far.locator('.stat', { hasText: 'Stored objects' }).getByText('1', { exact: true }).waitFor();
  await far.locator('.stat', { hasText: 'Stored by a fetch' }).getByText('1', { exact: true }).waitFor();
  await far.locator('.stat', { hasText: 'Mirrored from origins' }).getByText('4 MiB', { exact: true }).waitFor();
  await far.locator('.stat', { hasText: 'Written by clients' }).getByText('0', { exact: true }).waitFor();
  await far.getByText('has stored 1 object since the start').waitFor();
  await close(page);
});

test('a fetch that runs already when the page is opened is shown, also without an announced length', async () => {
  await makeMirror(server, 'early-fills', origin.url);
  const slow = slowBody([MIB, MIB], { announced: false });
  origin.routes.set('/early', slow.route);
  const answer = get(server, 'early-fills', 'early');
  await slow.send();
  const page = await openScreen('early-fills');
  const fills = card(page, 'Fetches in flight');
  await fills.getByText('1 MiB received, length not announced').waitFor();
  assert.equal(await fills.getByRole('progressbar').getAttribute('aria-valuenow'), null, 'no share is invented');
  await slow.finish();
  assert.equal((await answer).status, 200);
  await fills.getByText('No fetch is running').waitFor();
  await close(page);
});

test('a failure has its trace', async () => {
  const page = await openMigration('failing');
  const failures = card(page, 'Failed fetches');
  await failures.getByText('No failed fetches').waitFor();
  origin.routes.set('/broken', status(503));
  assert.equal((await get(server, 'failing', 'broken')).status, 424);
  const row = failures.getByRole('row', { name: /broken/ });
  await row.waitFor();
  assert.match(await row.innerText(), /The origin answered with an error/);
  await row.getByRole('button', { name: 'Trace of broken' }).click();
  const trace = page.getByRole('dialog', { name: 'Trace' });
  assert.match(await trace.innerText(), new RegExp(`Request 1[\\s\\S]*Status 503[\\s\\S]*${origin.url}/broken[\\s\\S]*connected to 127\\.0\\.0\\.1`));
  await inspect(page, 'migration-trace');
  await page.keyboard.press('Escape');
  await trace.waitFor({ state: 'detached' });
  await focusedText(page, 'Trace');
  await close(page);
});

test('a failure is tried again, first in vain and then with success', async () => {
  const page = await openMigration('retried');
  origin.routes.set('/later', status(503));
  await get(server, 'retried', 'later');
  const failures = card(page, 'Failed fetches');
  const row = failures.getByRole('row', { name: /later/ });
  await row.getByRole('button', { name: 'Try again: later' }).click();
  await page.getByText('A fetch of later was started.').waitFor();
  await row.getByRole('cell', { name: '2', exact: true }).waitFor();
  origin.routes.set('/later', body(Buffer.from('at last')));
  await failures.getByRole('button', { name: 'Try all again' }).click();
  // The message leaves by itself.
  await page.getByText('1 fetch was asked for.').waitFor();
  await failures.getByText('No failed fetches').waitFor();
  const before = origin.requests.length;
  assert.equal((await get(server, 'retried', 'later')).body.toString(), 'at last');
  assert.equal(origin.requests.length, before, 'it is stored');
  await close(page);
});

test('a retry that is refused says why', async () => {
  await makeMirror(server, 'refused', origin.url, { qps: 1 });
  origin.routes.set('/refused', status(503));
  await get(server, 'refused', 'refused');
  // A browser logs the answer that says so.
  const page = await openScreen('refused', { expectedErrors: [/409 \(Conflict\).*\/mirror\/fetch/] });
  const failures = card(page, 'Failed fetches');
  const alert = failures.getByRole('alert').filter({ hasText: 'Limit of fetches per second reached' });
  // Others use the limit up, however long a click takes.
  let ended = false;
  const others = (async () => {
    for (let key = 0; !ended; key += 1) await get(server, 'refused', `other-${key}`);
  })();
  try {
    for (let times = 0; !(await alert.isVisible()); times += 1) {
      assert.ok(times < 100, 'the limit refuses');
      await failures.getByRole('button', { name: 'Try again: refused' }).click();
      await failures.locator('[aria-busy]').first().waitFor({ state: 'detached' });
    }
  } finally {
    ended = true;
    await others;
  }
  assert.match(await alert.innerText(), /Raise the limit of the bucket or rule/);
  await inspect(page, 'migration-refused');
  await close(page);
});

test('the question how far we are is answered by what clients read, and an empty bucket by its missing rule', async () => {
  await makeMirror(server, 'how-far', origin.url);
  const progress = await admin(server, 'GET', '/v1/buckets/how-far/mirror/progress');
  const share = (hits, mirrored, fetches = mirrored) => ({ hits, mirrored, hit_ratio: hits + mirrored > 0 ? hits / (hits + mirrored) : null, fetches, fetch_failures: 0, origin_bytes: 0 });
  let told = progress;
  const page = await openConsole(browser, server, { path: '#/settings' });
  await page.route('**/mirror/progress', (route) => route.fulfill({ json: told }));
  for (const [change, answer] of [
    [{ rules: [] }, 'This bucket fetches from nowhere'],
    [{ last_hour: share(0, 0), last_day: share(0, 0) }, 'read no object in the last 24 hours'],
    [{ last_hour: share(5, 0), last_day: share(50, 0) }, 'Everything that clients read in the last 24 hours was here already'],
    [{ last_hour: share(5, 0), last_day: share(50, 1) }, 'Everything that clients read in the last hour was here already'],
    [{ last_hour: share(0, 0), last_day: share(3, 1) }, 'In the last 24 hours, 75% of what clients read was here already; 25% had to be fetched'],
    [{ last_hour: share(9, 1), last_day: share(3, 1) }, 'In the last hour, 90% of what clients read was here already; 10% had to be fetched'],
    [{ unknown: ['origin_total', 'of_a_later_version'] }, 'of_a_later_version'],
  ]) {
    told = { ...progress, ...change };
    await goTo(page, '#/settings');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await goTo(page, '#/buckets/how-far/migration');
    await card(page, 'How far are we?').getByText(answer).waitFor();
  }
  await close(page);
});

test('what an origin did not have is listed, found by its prefix and forgotten', async () => {
  const page = await openMigration('absent');
  for (const key of ['a/1', 'a/2', 'b/1']) assert.equal((await get(server, 'absent', key)).status, 404);
  const missing = card(page, 'Negative cache');
  await missing.getByRole('button', { name: 'Refresh' }).click();
  await missing.getByRole('row', { name: /b\/1/ }).waitFor();
  await missing.getByRole('textbox', { name: 'Key begins with' }).fill('a/');
  await page.keyboard.press('Enter');
  await missing.getByRole('row', { name: /b\/1/ }).waitFor({ state: 'detached' });
  await missing.getByRole('button', { name: 'Forget a/1' }).click();
  await page.getByText('1 object is asked for again.').waitFor();
  await missing.getByRole('row', { name: /a\/1/ }).waitFor({ state: 'detached' });
  await page.locator('.toast').getByRole('button', { name: 'Dismiss' }).click();
  origin.routes.set('/a/1', body(Buffer.from('here now')));
  assert.equal((await get(server, 'absent', 'a/1')).body.toString(), 'here now', 'the origin is asked again');
  await missing.getByRole('button', { name: 'Forget this prefix' }).click();
  await inspect(page, 'migration-forget');
  await page.getByRole('dialog').getByRole('button', { name: 'Forget', exact: true }).click();
  await page.getByText('1 object is asked for again.').waitFor();
  await missing.getByText('Nothing with this prefix is remembered as missing').waitFor();
  await close(page);
});

test('keys and errors of others are text', async () => {
  await makeMirror(server, 'hostile', origin.url, { missing_seconds: 600 });
  origin.routes.set(`/${HOSTILE}`, status(500));
  await get(server, 'hostile', HOSTILE);
  await get(server, 'hostile', `${HOSTILE}2`);
  const slow = slowBody([MIB, MIB]);
  origin.routes.set(`/${HOSTILE}3`, slow.route);
  const answer = get(server, 'hostile', `${HOSTILE}3`);
  await slow.send();
  const page = await openScreen('hostile');
  page.on('dialog', () => assert.fail('a script of a key ran'));
  const shown = '[U+202E]gnp.exe <img src=x onerror=alert(1)>';
  for (const title of ['Fetches in flight', 'Failed fetches', 'Negative cache']) await card(page, title).getByText(shown).first().waitFor();
  await card(page, 'Failed fetches').getByRole('button', { name: /^Trace of/ }).click();
  await page.getByRole('dialog', { name: 'Trace' }).getByText(shown).first().waitFor();
  assert.equal(await page.locator('img, main script').count(), 0);
  await inspect(page, 'migration-hostile');
  await slow.finish();
  await answer;
  await close(page);
});

test('every state is accessible in each size, theme and language', async () => {
  await makeMirror(server, 'looks', origin.url, { missing_seconds: 600 });
  const long = `long/${'segment-'.repeat(126)}`;
  origin.routes.set(`/${long}`, status(502));
  for (const key of [long, 'no-such-object']) await get(server, 'looks', key);
  const slow = slowBody([MIB, MIB]);
  origin.routes.set('/slow', slow.route);
  const answer = get(server, 'looks', 'slow');
  await slow.send();
  const page = await openScreen('looks');
  await page.locator('.fill').waitFor();
  await page.locator('.u-over').first().waitFor();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `migration-${lookName(look)}`));
  await close(page);
  await slow.finish();
  await answer;
});
