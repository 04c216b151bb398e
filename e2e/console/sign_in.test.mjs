// Signing in, and what the first page shows.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, focused, inspect, lookName, LOOKS, openConsole, openPage, signIn } from './browser.mjs';

setUp();

test('the sign-in screen is accessible in every size, theme and language', async () => {
  const page = await openPage(browser, server);
  await page.locator('.sign-in input.input').waitFor();
  await eachLook(page, LOOKS, (look) => inspect(page, `sign-in-${lookName(look)}`));
  await close(page);
});

test('the token leads to the overview, and out again', async () => {
  const page = await openConsole(browser, server);
  assert.equal(await page.locator('#main h1').innerText(), 'Overview');
  const html = await page.content();
  assert.ok(!html.includes(server.token), 'the token is not in the document after it was used');
  assert.equal(await page.evaluate(() => document.cookie), '', 'scripts cannot read the session');
  await page.getByRole('button', { name: 'Session' }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.locator('.sign-in').waitFor();
  await page.reload();
  await page.locator('.sign-in').waitFor();
  await close(page);
});

test('a wrong token is refused with advice, and the next attempt succeeds', async () => {
  const page = await openPage(browser, server);
  const field = page.locator('.sign-in input.input');
  await field.fill('not-the-token');
  await field.press('Enter');
  const alert = page.getByRole('alert').filter({ hasText: 'Not signed in' });
  await alert.waitFor();
  assert.match(await alert.innerText(), /refused this token.*admin\.json/s);
  await inspect(page, 'sign-in-refused');
  await signIn(page, server);
  await close(page);
});

test('an empty token is asked for without a request', async () => {
  const page = await openPage(browser, server);
  await page.locator('.sign-in button[type=submit]').click();
  await page.getByText('Enter the admin token.').waitFor();
  const field = page.locator('.sign-in input.input');
  await field.waitFor();
  await focused(page, '.sign-in input[aria-invalid=true]');
  await close(page);
});

test('the address of a screen survives signing in', async () => {
  const page = await openConsole(browser, server, { path: '#/settings' });
  assert.equal(await page.locator('#main h1').innerText(), 'Settings');
  await page.context().close();
});

test('a refusal that comes after signing in, of a request from before it, ends nothing', async () => {
  const page = await openPage(browser, server, { expectedErrors: [/401 \(Unauthorized\)/] });
  await page.locator('.sign-in input.input').waitFor();
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  await page.route('**/session', async (route) => {
    if (route.request().method() !== 'GET') return route.fallback();
    await released;
    return route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"SessionRequired"}' });
  });
  const asked = page.waitForRequest((request) => request.method() === 'GET' && request.url().endsWith('/session'));
  const late = page.evaluate(async () => (await window.consoleModule('session.js')).loadSession());
  await asked;
  await signIn(page, server);
  release();
  assert.equal(await late, true);
  assert.equal(await page.getByRole('dialog').count(), 0);
  await close(page);
});
