// The settings in force, and the preferences of the browser.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, focused, inspect, openConsole, settled } from './browser.mjs';
import { call } from './bucket_fixture.mjs';

setUp({ args: ['--origin-allow', '127.0.0.1', '--origin-allow', '10.0.0.0/8'] });

const table = (page) => page.getByRole('region', { name: /^(Settings in force|生效的配置)$/ });
const setting = (page, key) => table(page).getByRole('row').filter({ has: page.locator('code').getByText(key, { exact: true }) });

async function openSettings(options) {
  const page = await openConsole(browser, server, { path: '#/settings', ...options });
  await table(page).getByRole('row').nth(1).waitFor();
  await settled(page);
  return page;
}

test('every setting is shown with value, unit, source and meaning', async () => {
  const page = await openSettings();
  const { settings } = JSON.parse((await call(page, 'GET', '/api/v1/configuration')).text);
  const rows = table(page).getByRole('row');
  assert.equal(await rows.count(), settings.length + 1);
  for (const text of await table(page).locator('.setting-name').allInnerTexts()) assert.match(text, /\S+\n+\S+/, `a setting without a meaning: ${text}`);
  assert.match(await setting(page, 'origin_allow').innerText(), /127\.0\.0\.1[\s\S]*10\.0\.0\.0\/8[\s\S]*Option[\s\S]*at SIGHUP/);
  assert.match(await setting(page, 'limits.max_connections').innerText(), /10,000 connections[\s\S]*Default[\s\S]*at the next start/);
  assert.match(await setting(page, 'storage.inline_bytes').innerText(), /16,384 bytes[\s\S]*16 KiB/);
  assert.match(await page.locator('.settings-grid').innerText(), new RegExp(server.dataDir.split('/').at(-2)));
  await close(page);
});

test('settings are found by name, meaning and value, and by whether they were changed', async () => {
  const page = await openSettings();
  const field = page.getByLabel('Find settings');
  await page.keyboard.press('/');
  await focused(page, '[data-search]');
  for (const [typed, key] of [['negative cache', 'origin.missing_seconds'], ['10.0.0.0', 'origin_allow'], ['STORAGE kept', 'storage.inline_bytes']]) {
    await field.fill(typed);
    await setting(page, key).waitFor();
    await page.getByText('1 setting', { exact: true }).waitFor();
  }
  await field.fill('');
  await page.getByRole('radio', { name: 'Changed' }).check();
  await setting(page, 'limits.max_connections').waitFor({ state: 'detached' });
  await setting(page, 'origin_allow').waitFor();
  await field.fill('nothing like this');
  await page.getByText('No setting fits').waitFor();
  await inspect(page, 'settings-none-found');
  await page.getByRole('button', { name: 'Show all settings' }).click();
  await setting(page, 'limits.max_connections').waitFor();
  await close(page);
});

test('theme and language are chosen here, and kept', async () => {
  const page = await openSettings();
  await page.getByRole('radio', { name: 'Dark' }).check();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.getByRole('radio', { name: '中文' }).check();
  await page.getByRole('heading', { name: '生效的配置' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: '生效的配置' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await close(page);
});
