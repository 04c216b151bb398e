// Signing in, and what the first page shows.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { startServer } from './server.mjs';
import { admin } from './store.mjs';
import { close, eachLook, focused, goTo, inspect, lookName, LOOKS, openConsole, openPage, signIn } from './browser.mjs';

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

/** Failed attempts of one address, after which it is locked out. */
const MAX_FAILURES = 10;

async function makeKey(on, rights) {
  const { key, secret } = await admin(on, 'POST', '/v1/access-keys', { body: { rights } });
  return { id: key.id, secret };
}

/** Signs in with a key, in the form within `frame`. */
async function signInByKey(frame, { id, secret }) {
  await frame.getByRole('radio', { name: 'Access key' }).check();
  await frame.getByLabel('Access key id').fill(id);
  await frame.getByLabel('Access key secret').fill(secret);
  await frame.getByRole('button', { name: 'Sign in' }).click();
}

test('an administrator signs in with an access key, which the page forgets, and again after an expiry', async () => {
  const key = await makeKey(server, ['admin']);
  const page = await openPage(browser, server, { expectedErrors: [/401 \(Unauthorized\)/] });
  await signInByKey(page.locator('.sign-in'), key);
  await page.locator('#main h1').waitFor();
  assert.ok(!(await page.content()).includes(key.secret) && !JSON.stringify(await page.evaluate(() => ({ ...localStorage }))).includes(key.secret));
  await goTo(page, '#/access');
  const own = page.getByRole('row').filter({ hasText: 'This session' });
  await own.getByText(key.id).waitFor();
  await page.getByRole('button', { name: `Actions of ${key.id}` }).click();
  await page.getByRole('menuitem', { name: 'Disable…' }).click();
  await page.getByRole('dialog').getByText('your session of the console ends').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable', exact: true }).click();
  const expired = page.getByRole('dialog', { name: 'Your session has expired' });
  await expired.waitFor();
  assert.ok(await expired.getByRole('radio', { name: 'Access key' }).isChecked(), 'the way of the last time is chosen');
  await inspect(page, 'sign-in-expired-key');
  await admin(server, 'PATCH', `/v1/access-keys/${key.id}`, { body: { enabled: true } });
  await signInByKey(expired, key);
  await expired.waitFor({ state: 'detached' });
  await close(page);
});

test('a wrong secret and a key without the right admin are refused with what to do, and the token still signs in', async () => {
  const key = await makeKey(server, ['full']);
  const page = await openPage(browser, server);
  const frame = page.locator('.sign-in');
  await frame.getByRole('radio', { name: 'Access key' }).check();
  await frame.getByRole('button', { name: 'Sign in' }).click();
  await frame.getByText('Enter the id of the access key.').waitFor();
  await frame.getByText('Enter the secret of the access key.').waitFor();
  for (const secret of ['not-the-secret', key.secret]) {
    await signInByKey(frame, { id: key.id, secret });
    await frame.getByRole('alert').getByText('The server refused this access key.').waitFor();
  }
  await eachLook(page, LOOKS, (look) => inspect(page, `sign-in-key-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await frame.getByRole('radio', { name: 'Admin token' }).check();
  await signIn(page, server);
  await close(page);
});

test('too many wrong keys lock the address out, for the right one, too, and the page says for how long', async () => {
  const own = await startServer();
  try {
    const key = await makeKey(own, ['admin']);
    const page = await openPage(browser, own, { expectedErrors: [/40[13] |429 /] });
    for (let failure = 0; failure < MAX_FAILURES; failure += 1) {
      await fetch(`${own.console}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access_key_id: key.id, access_key_secret: 'wrong' }) });
    }
    await signInByKey(page.locator('.sign-in'), key);
    await page.getByText(/There were too many attempts. Wait \d+ seconds/).waitFor();
    await inspect(page, 'sign-in-locked-out');
    await close(page);
  } finally {
    await own.stop();
  }
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
