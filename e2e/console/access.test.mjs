// Access keys of the configuration, and sessions.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET, startServer } from './server.mjs';
import { browser, server, setUp } from './set_up.mjs';
import { call } from './bucket_fixture.mjs';
import { close, eachLook, goTo, inspect, lookName, LOOKS, openConsole } from './browser.mjs';

const HOSTILE_OWNER = '<img src=x onerror=alert(1)>&"' + 'long'.repeat(30);
const HOSTILE_AGENT = 'Mozilla/5.0 <img src=x onerror=alert(1)> \t"\'&amp; ' + 'x'.repeat(100);

setUp();

const sessions = (page) => page.getByRole('region', { name: /^(Sessions of the console|控制台会话)$/ });
const openAccess = (options) => openConsole(browser, server, { path: '#/access', ...options });

/** Signs in as another program would, and answers the status. */
const signInAs = async (agent) => (await fetch(`${server.console}/session`, {
  method: 'POST', body: JSON.stringify({ token: server.token }), headers: { 'content-type': 'application/json', 'user-agent': agent },
})).status;

test('the keys are shown without their secrets, with the steps that suit their source', async () => {
  const page = await openAccess();
  const keys = page.getByRole('region', { name: 'Access keys' });
  await keys.getByText(ACCESS_KEY_ID, { exact: true }).waitFor();
  await keys.getByText('1000000000000000').waitFor();
  await keys.getByText('Environment variables').waitFor();
  await page.getByText('Change the keys of the configuration').click();
  await page.getByText('The variables of a running program cannot change.').waitFor();
  const html = await page.content();
  assert.ok(!html.includes(ACCESS_KEY_SECRET) && !html.includes(server.token), 'no secret is in the document');
  await inspect(page, 'access-steps');
  await close(page);
});

test('keys of a file are read again while the page is open, and hostile texts stay text', async () => {
  const work = mkdtempSync(join(tmpdir(), 'coho-keys-'));
  const file = join(work, 'keys.toml');
  const entry = (id, more = '') => `[[credentials]]\naccess_key_id = "${id}"\naccess_key_secret = "secret-of-${id}"\n${more}\n`;
  writeFileSync(file, entry('first', `owner = '${HOSTILE_OWNER}'`), { mode: 0o600 });
  const other = await startServer('--credentials-file', file);
  try {
    const page = await openConsole(browser, other, { path: '#/access' });
    await page.getByText(HOSTILE_OWNER).first().waitFor();
    await page.getByText('Change the keys of the configuration').click();
    await page.getByText(`The keys are in the file ${file}`).waitFor();
    writeFileSync(file, entry('first', `owner = '${HOSTILE_OWNER}'`) + entry('STS.second', 'security_token = "the-token-of-it"'), { mode: 0o600 });
    process.kill(other.pid, 'SIGHUP');
    await page.getByText('STS.second').waitFor();
    await page.getByText('With security token').waitFor();
    assert.ok(!/secret-of-|the-token-of-it/.test(await page.content()), 'no secret is in the document');
    await inspect(page, 'access-file');
    assert.equal((await call(page, 'PUT', '/oss/of-hostile/')).status, 200);
    for (const path of ['#/buckets', '#/buckets/of-hostile']) {
      await goTo(page, path);
      await page.getByText(HOSTILE_OWNER).first().waitFor();
      assert.equal(await page.locator('main img').count(), 0);
    }
    assert.ok((await page.getByLabel('XML (AccessControlPolicy)').inputValue()).includes('<ID>&lt;img src=x onerror=alert(1)&gt;&amp;'));
    await page.getByRole('radio', { name: /^Public read Everyone/ }).check();
    await page.locator('.configuration').first().getByRole('button', { name: 'Save' }).click();
    await page.getByText('Access control saved').waitFor();
    await inspect(page, 'bucket-hostile-owner');
    await close(page);
  } finally {
    await other.stop();
    rmSync(work, { recursive: true, force: true });
  }
});

test('a session that is ended in one page ends the other page, which keeps what was typed', async () => {
  const other = await openConsole(browser, server, { path: '#/settings', expectedErrors: [/401 \(Unauthorized\)/] });
  await other.getByLabel('Find settings').fill('region');
  const page = await openAccess();
  const rows = sessions(page).getByRole('row').filter({ hasText: 'Chrome' });
  await rows.nth(1).waitFor();
  const before = await rows.count();
  await sessions(page).getByText('This session').waitFor();
  await rows.filter({ hasNotText: 'This session' }).first().getByRole('button', { name: /^End the session/ }).click();
  await inspect(page, 'access-end-session');
  await page.getByRole('dialog').getByRole('button', { name: 'End', exact: true }).click();
  await page.getByText('Session ended').waitFor();
  await page.waitForFunction((n) => document.querySelectorAll('.access-card tbody tr:has(.browser)').length === n, before - 1);
  await other.getByText('Your session has expired').waitFor();
  assert.equal(await other.getByLabel('Find settings').inputValue(), 'region');
  const dialog = other.getByRole('dialog');
  await dialog.getByRole('textbox').first().fill(server.token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await other.getByLabel('Find settings').inputValue(), 'region');
  await close(other);
  await close(page);
});

test('the own session ends with the sign-in screen', async () => {
  const page = await openAccess();
  await sessions(page).getByRole('row').filter({ hasText: 'This session' }).getByRole('button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await page.locator('.sign-in').waitFor();
  await close(page);
});

test('signing out everywhere ends every page', async () => {
  const other = await openConsole(browser, server, { path: '#/settings', expectedErrors: [/401 \(Unauthorized\)/] });
  const page = await openAccess();
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.locator('.sign-in').waitFor();
  await other.getByText('Your session has expired').waitFor();
  await close(other);
  await close(page);
});

test('what a browser calls itself stays text', async () => {
  assert.equal(await signInAs(HOSTILE_AGENT), 200);
  const page = await openAccess({ size: [360, 780] });
  await sessions(page).getByText('<img src=x onerror=alert(1)>').waitFor();
  assert.equal(await page.locator('main img').count(), 0);
  await inspect(page, 'access-hostile-agent');
  await close(page);
});

test('a list that cannot be read says what to do, and is read again', async () => {
  const page = await openConsole(browser, server, { path: '#/settings', expectedErrors: [/500 /] });
  await page.route('**/api/v1/accounts', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"code":"InternalError","detail":"the disk failed"}' }));
  await goTo(page, '#/access');
  await page.getByText('The server could not do it.').first().waitFor();
  await inspect(page, 'access-failed');
  await page.unroute('**/api/v1/accounts');
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await page.getByText(ACCESS_KEY_ID, { exact: true }).waitFor();
  await close(page);
});

test('the screen is accessible in every size, theme and language', async () => {
  const page = await openAccess();
  await sessions(page).getByRole('row').nth(1).waitFor();
  await page.locator('.access-more summary').click();
  await eachLook(page, LOOKS, (look) => inspect(page, `access-${lookName(look)}`));
  await close(page);
});
