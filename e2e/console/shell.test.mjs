// The frame of every screen: navigation, theme, language, keyboard, and what happens when session or server go away.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, focused, inspect, openConsole, openPage, settled, SIZES } from './browser.mjs';

setUp();

const heading = (page, text) => page.locator('#main h1', { hasText: text }).waitFor();

test('the language is the browser\'s, is switched in place and kept', async () => {
  const page = await openConsole(browser, server, { locale: 'zh-CN' });
  await heading(page, '概览');
  await page.getByRole('button', { name: '语言' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await heading(page, 'Overview');
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await page.reload();
  await heading(page, 'Overview');
  await close(page);
});

test('the theme is the system\'s until one is chosen, and the choice is kept', async () => {
  const page = await openConsole(browser, server, { scheme: 'light' });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitem', { name: 'Dark' }).click();
  const dark = await background();
  assert.notEqual(dark, light);
  await page.reload();
  await heading(page, 'Overview');
  assert.equal(await background(), dark);
  await close(page);
});

test('every screen opens by its link and takes the focus to its heading', async () => {
  const page = await openConsole(browser, server);
  for (const name of ['Buckets', 'Access', 'Activity', 'Settings', 'Overview']) {
    await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name }).click();
    await heading(page, name);
    await focused(page, 'h1');
    await page.waitForFunction((name) => document.title.includes(name), name);
  }
  await close(page);
});

test('an unknown address shows a way on', async () => {
  const page = await openConsole(browser, server, { path: '#/no/such/page' });
  await heading(page, 'Page not found');
  await inspect(page, 'not-found');
  await page.locator('main').getByRole('link', { name: 'Buckets' }).click();
  await heading(page, 'Buckets');
  await close(page);
});

test('a narrow window has the navigation in a menu', async () => {
  const page = await openConsole(browser, server, { size: SIZES[0] });
  const link = page.locator('#navigation').getByRole('link', { name: 'Buckets', includeHidden: true });
  assert.equal(await link.isVisible(), false);
  await page.getByRole('button', { name: 'Open menu' }).click();
  await link.waitFor();
  await inspect(page, 'menu-360');
  await page.keyboard.press('Escape');
  await link.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Open menu' }).click();
  await link.click();
  await heading(page, 'Buckets');
  await link.waitFor({ state: 'hidden' });
  await close(page);
});

test('the frame is used by keyboard alone', async () => {
  // It ends at a bucket that does not exist.
  const page = await openConsole(browser, server, { expectedErrors: [/404 .*\/photos/] });
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Tab');
  await focused(page, '.skip');
  await page.keyboard.press('Enter');
  await focused(page, '#main');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await inspect(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await focused(page, '#main');
  // The time for the second key does not pass, however slow the machine is.
  await page.clock.setFixedTime(new Date());
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await heading(page, 'Access');
  // The search of the page itself comes first.
  await page.locator('.access-find').waitFor();
  await page.keyboard.press('/');
  await focused(page, '.access-find input');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await heading(page, 'Overview');
  await page.keyboard.press('/');
  await focused(page, '#jump');
  await page.keyboard.type('photos/2024/');
  await page.getByRole('option', { name: /photos\/2024/ }).waitFor();
  await inspect(page, 'jump');
  await page.keyboard.press('Enter');
  await heading(page, 'Objects');
  await page.waitForFunction(() => location.hash === '#/buckets/photos/objects?prefix=2024%2F');
  await close(page);
});

test('after the session has ended elsewhere, signing in again continues on the same page', async () => {
  const page = await openConsole(browser, server, { expectedErrors: [/401 \(Unauthorized\)/] });
  await page.evaluate(() => (window.notReloaded = true));
  await page.context().clearCookies();
  // Another session, as signing out of one browser would leave it.
  const asked = page.evaluate(async () => (await (await window.consoleModule('api.js')).api.get('/v1/status')).version);
  const dialog = page.getByRole('dialog', { name: 'Your session has expired' });
  await dialog.waitFor();
  await inspect(page, 'expired');
  await page.keyboard.press('Escape');
  assert.ok(await dialog.isVisible(), 'Esc does not end it');
  await dialog.locator('input.input').fill(server.token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.match(await asked, /\d/, 'the request was sent again');
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  await close(page);
});

test('a restarted server is found again without a reload', async () => {
  const page = await openConsole(browser, server, { expectedErrors: [/ERR_/] });
  await page.evaluate(() => (window.notReloaded = true));
  await server.halt();
  await page.locator('.live .badge', { hasText: 'Reconnecting' }).waitFor();
  await page.locator('.offline').waitFor();
  await inspect(page, 'offline');
  await server.resume();
  await page.locator('.offline').waitFor({ state: 'detached' });
  await page.locator('.live .badge', { hasText: 'Live' }).waitFor();
  assert.equal(await page.evaluate(() => window.notReloaded), true);
  assert.equal(await page.locator('.sign-in').count(), 0, 'the session survives the restart');
  await close(page);
});

test('the page starts by itself when the server comes late', async () => {
  const page = await openPage(browser, server, { expectedErrors: [/ERR_|Failed to load/] });
  await page.route('**/session', (route) => route.abort());
  await page.reload();
  await page.locator('.offline').waitFor();
  await page.unroute('**/session');
  await page.locator('.sign-in').waitFor();
  await close(page);
});

test('the first load is small', async () => {
  const MAX_BYTES = 120 * 1024;
  const page = await openConsole(browser, server);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.reload();
  await heading(page, 'Overview');
  await page.locator('.live .badge.good').waitFor();
  await settled(page);
  const sizes = await page.evaluate(() => ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type)).map(({ encodedBodySize }) => encodedBodySize));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`first load: ${bytes} bytes in ${sizes.length} answers`);
  assert.ok(bytes > 20_000 && bytes <= MAX_BYTES, `the first load has ${bytes} bytes, limit ${MAX_BYTES}`);
  await page.context().close();
});
