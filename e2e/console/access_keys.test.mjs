// Accounts and access keys: made, limited, rotated, disabled and deleted with the forms, and used by a client.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { admin, administrator, sendSigned } from './store.mjs';
import { assertContrastInDark, close, eachLook, FEW_LOOKS, inspect, lookName, LOOKS, openConsole } from './browser.mjs';

const HOSTILE_NAME = '<img src=x onerror=alert(1)>&"\u202e name';

setUp({
  begin: async () => {
    const oss = await administrator(server);
    await oss('PUT', '/photos/');
    for (const key of ['in/a', 'out/a']) await oss('PUT', `/photos/${key}`, { body: key });
  },
});

const openAccess = (options) => openConsole(browser, server, { path: '#/access', ...options });
const dialog = (page) => page.getByRole('dialog');
const toast = (page, text) => page.getByText(text).first().waitFor();
const keyRow = (page, id) => page.getByRole('region', { name: 'Access keys', exact: true }).getByRole('row').filter({ hasText: id });
const accountRow = (page, id) => page.getByRole('region', { name: 'Accounts', exact: true }).getByRole('row').filter({ hasText: id });
const makeKey = async (body = {}) => {
  const { key, secret, security_token: token } = await admin(server, 'POST', '/v1/access-keys', { body });
  return { id: key.id, secret, token };
};
const statusOf = (key, name) => sendSigned(server, key, 'GET', `/photos/${name}`);

/** An entry of the menu of a row. */
async function choose(page, row, entry) {
  await row.getByRole('button', { name: /^Actions of/ }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** What the dialog shows this once; then it is closed, and the page must not have it any more. */
async function takeIssued(page, title, shot) {
  const issued = page.getByRole('dialog', { name: title });
  await issued.waitFor();
  const [id, secret, token] = await issued.locator('.copy code').allInnerTexts();
  assert.match(secret, /^[A-Za-z0-9]{40}$/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  assert.ok(await issued.isVisible(), 'Esc does not close what is shown once');
  if (shot) await inspect(page, shot);
  await issued.getByRole('button', { name: 'Copy the secret', exact: true }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await issued.getByRole('button', { name: 'Copy as environment variables' }).click();
  await issued.getByText('Copied').last().waitFor();
  const variables = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(variables, [`export OSS_ACCESS_KEY_ID='${id}'`, `export OSS_ACCESS_KEY_SECRET='${secret}'`, token && `export OSS_SESSION_TOKEN='${token}'`, ''].filter((line) => line !== undefined).join('\n'));
  await issued.getByRole('button', { name: 'I have stored it' }).click();
  await issued.waitFor({ state: 'detached' });
  await assertForgotten(page, [secret, token]);
  return { id, secret, token };
}

async function assertForgotten(page, secrets) {
  const values = await page.evaluate(() => [...document.querySelectorAll('input, textarea')].map(({ value }) => value).join('\n') + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href);
  const all = (await page.content()) + values;
  for (const secret of secrets.filter(Boolean)) assert.ok(!all.includes(secret), 'a secret is on the page after it was shown');
}

test('a key for a prefix is made for a new account, shown once, and may do no more', async () => {
  const page = await openAccess();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Create access key' }).click();
  const form = dialog(page);
  await form.getByLabel('Account', { exact: true }).selectOption({ label: 'A new account' });
  await form.getByLabel('Display name').fill('n'.repeat(200));
  await form.getByLabel('Account id').fill('no blanks');
  await form.getByLabel('May').selectOption('read-only');
  await form.getByLabel('Keys that begin with').fill('in/');
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  for (const text of ['Use at most 128 bytes', 'Use at most 64 letters', 'A prefix needs the name of its bucket.']) await form.getByText(text).waitFor();
  await inspect(page, 'access-create-faults');
  await assertContrastInDark(page, 'the form of a key with faults');
  await form.getByLabel('Display name').fill(HOSTILE_NAME.replace('\u202e', ''));
  await form.getByLabel('Account id').fill('partner-1');
  await form.getByLabel('Bucket').fill('photos');
  await form.getByText('Reads objects whose keys begin so, and lists them.').waitFor();
  await form.getByRole('button', { name: 'Create', exact: true }).click();
  const key = await takeIssued(page, 'Access key created', 'access-issued');
  await keyRow(page, key.id).getByText('read-only:photos/in/').waitFor();
  await accountRow(page, 'partner-1').getByText('<img src=x onerror=alert(1)>').waitFor();
  assert.equal(await page.locator('main img').count(), 0);
  // The account owns nothing there, so that a policy has to allow it as well.
  const oss = await administrator(server);
  await oss('PUT', '/photos/?policy', { body: JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Principal: ['partner-1'], Action: ['oss:GetObject'], Resource: ['acs:oss:*:*:photos/*'] }] }) });
  assert.deepEqual([await statusOf(key, 'in/a'), await statusOf(key, 'out/a')], [200, 403]);
  await oss('DELETE', '/photos/?policy');
  await close(page);
});

test('rights are changed, and hold from the next request on', async () => {
  const key = await makeKey({ rights: ['read-only:photos/in/'] });
  const page = await openAccess();
  assert.deepEqual([await statusOf(key, 'in/a'), await statusOf(key, 'out/a')], [200, 403]);
  await choose(page, keyRow(page, key.id), 'Change rights…');
  await dialog(page).getByRole('button', { name: 'Add a right' }).click();
  const second = dialog(page).getByRole('group', { name: 'Right 2' });
  await second.getByLabel('Bucket').fill('Photos');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await second.getByText('No bucket can have this name.').waitFor();
  await second.getByLabel('Bucket').fill('photos');
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `access-rights-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await dialog(page).getByRole('button', { name: 'Remove right 1' }).click();
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await toast(page, 'Rights saved');
  await keyRow(page, key.id).getByText('read-only:photos', { exact: true }).waitFor();
  assert.deepEqual([await statusOf(key, 'in/a'), await statusOf(key, 'out/a')], [200, 200]);
  await choose(page, keyRow(page, key.id), 'Change rights…');
  await dialog(page).getByLabel('May').selectOption('admin');
  await dialog(page).getByText('This key may do everything').waitFor();
  assert.equal(await dialog(page).getByLabel('Bucket').count(), 0);
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await close(page);
});

test('a key is disabled, enabled, and deleted by its last characters', async () => {
  const key = await makeKey();
  const page = await openAccess();
  assert.equal(await statusOf(key, 'in/a'), 200);
  await page.getByLabel('Find by id').fill(key.id.toLowerCase());
  await page.getByText('1 key found').waitFor();
  await choose(page, keyRow(page, key.id), 'Disable…');
  await dialog(page).getByText('refused until it is enabled again').waitFor();
  await dialog(page).getByRole('button', { name: 'Disable', exact: true }).click();
  await keyRow(page, key.id).getByText('Disabled', { exact: true }).waitFor();
  assert.equal(await statusOf(key, 'in/a'), 403);
  await keyRow(page, key.id).getByRole('button', { name: /^Actions of/ }).click();
  const credentials = page.getByRole('menuitem', { name: 'Temporary credentials…' });
  assert.equal(await credentials.getAttribute('aria-disabled'), 'true');
  await page.getByRole('menuitem', { name: 'Enable', exact: true }).click();
  await keyRow(page, key.id).getByText('Active', { exact: true }).waitFor();
  assert.equal(await statusOf(key, 'in/a'), 200);
  await choose(page, keyRow(page, key.id), 'Delete…');
  await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog(page).getByText('The text differs.').waitFor();
  await dialog(page).getByLabel(`To confirm, type ${key.id.slice(-6)}`).fill(key.id.slice(-6));
  await inspect(page, 'access-delete-key');
  await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('No key fits').waitFor();
  assert.equal(await statusOf(key, 'in/a'), 403);
  await page.getByRole('button', { name: 'Show all keys' }).click();
  await close(page);
});

test('a secret is rotated with a grace, in which both sign, and then without', async () => {
  const first = await makeKey();
  const page = await openAccess();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose(page, keyRow(page, first.id), 'Rotate the secret…');
  await dialog(page).getByLabel('The present secret still signs for').selectOption('hour');
  await inspect(page, 'access-rotate');
  await dialog(page).getByRole('button', { name: 'Rotate', exact: true }).click();
  await dialog(page).getByText('The old secret still signs until').waitFor();
  const second = await takeIssued(page, 'The key has a new secret');
  assert.deepEqual([first.id, second.id], [second.id, first.id]);
  assert.deepEqual([await statusOf(first, 'in/a'), await statusOf(second, 'in/a')], [200, 200]);
  await keyRow(page, first.id).getByText('The secret before the rotation ends').waitFor();
  await choose(page, keyRow(page, first.id), 'Rotate the secret…');
  await dialog(page).getByText('is refused from now on').waitFor();
  await dialog(page).getByLabel('The present secret still signs for').selectOption('none');
  await dialog(page).getByText('refused at once').waitFor();
  await dialog(page).getByRole('button', { name: 'Rotate', exact: true }).click();
  const third = await takeIssued(page, 'The key has a new secret');
  assert.deepEqual([await statusOf(first, 'in/a'), await statusOf(second, 'in/a'), await statusOf(third, 'in/a')], [403, 403, 200]);
  await close(page);
});

test('temporary credentials are limited by a policy, shown once, and end with their key', async () => {
  const key = await makeKey();
  const page = await openAccess();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await choose(page, keyRow(page, key.id), 'Temporary credentials…');
  const policy = dialog(page).getByLabel('Policy that limits them');
  for (const [text, fault] of [['{', 'This is no JSON'], [`"${'x'.repeat(3000)}"`, 'The policy has more than']]) {
    await policy.fill(text);
    await dialog(page).getByRole('button', { name: 'Make', exact: true }).click();
    await dialog(page).getByText(fault).waitFor();
  }
  await policy.fill('');
  await dialog(page).getByRole('button', { name: 'Insert an example' }).click();
  await policy.fill((await policy.inputValue()).replace('BUCKET/PREFIX/*', 'photos/in/*'));
  await inspect(page, 'access-temporary');
  await dialog(page).getByRole('button', { name: 'Make', exact: true }).click();
  await dialog(page).getByText('cannot be revoked alone').waitFor();
  await eachLook(page, LOOKS, (look) => inspect(page, `access-issued-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  const made = await takeIssued(page, 'Temporary credentials made');
  assert.deepEqual([await statusOf(made, 'in/a'), await statusOf(made, 'out/a'), await statusOf({ ...made, token: undefined }, 'in/a')], [200, 403, 403]);
  await admin(server, 'DELETE', `/v1/access-keys/${key.id}`);
  assert.equal(await statusOf(made, 'in/a'), 403);
  await keyRow(page, key.id).waitFor({ state: 'detached' });
  await close(page);
});

test('a key that expires has a security token, and neither rotates nor makes credentials', async () => {
  const page = await openAccess();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Create access key' }).click();
  await dialog(page).getByLabel('Valid').selectOption('days');
  await dialog(page).getByLabel('Number of days').fill('400');
  await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
  await dialog(page).getByText('Enter a whole number from 1 to 366.').waitFor();
  await dialog(page).getByLabel('Number of days').fill('2');
  await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
  const key = await takeIssued(page, 'Access key created');
  assert.ok(key.token);
  assert.equal(await statusOf(key, 'in/a'), 200);
  await keyRow(page, key.id).getByText('With security token').waitFor();
  await keyRow(page, key.id).getByText(/^Expires/).waitFor();
  await keyRow(page, key.id).getByRole('button', { name: /^Actions of/ }).press('Enter');
  for (const name of ['Rotate the secret…', 'Temporary credentials…']) assert.equal(await page.getByRole('menuitem', { name }).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Escape');
  await close(page);
});

test('an account is made, renamed, and deleted with its keys, but not with its buckets', async () => {
  const page = await openAccess({ expectedErrors: [/409 \(Conflict\).*\/accounts$/] });
  await page.getByRole('button', { name: 'Create account' }).click();
  await dialog(page).getByLabel('Account id').fill('team-7');
  await dialog(page).getByRole('button', { name: 'Create account' }).click();
  await accountRow(page, 'team-7').waitFor();
  await page.getByRole('button', { name: 'Create account' }).click();
  await dialog(page).getByLabel('Account id').fill('team-7');
  await dialog(page).getByRole('button', { name: 'Create account' }).click();
  await dialog(page).getByText('An account with this id exists.').waitFor();
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await choose(page, accountRow(page, 'team-7'), 'Rename…');
  await dialog(page).getByRole('button', { name: 'Rename', exact: true }).click();
  await dialog(page).getByText('Enter a name.').waitFor();
  await dialog(page).getByLabel('Display name').fill('第七组');
  await dialog(page).getByRole('button', { name: 'Rename', exact: true }).click();
  await accountRow(page, 'team-7').getByText('第七组').waitFor();
  const key = await makeKey({ account: 'team-7' });
  await keyRow(page, key.id).getByText('第七组').waitFor();
  await choose(page, accountRow(page, 'team-7'), 'Delete…');
  await dialog(page).getByText('1 access key is deleted with it').waitFor();
  await inspect(page, 'access-delete-account');
  // A bucket is made while the dialog is open.
  assert.equal(await sendSigned(server, key, 'PUT', '/of-team-7/'), 200);
  await dialog(page).getByLabel('To confirm, type team-7').fill('team-7');
  await dialog(page).getByRole('button', { name: 'Delete account' }).click();
  await dialog(page).getByText('The account owns buckets').waitFor();
  await dialog(page).getByRole('link', { name: 'of-team-7' }).waitFor();
  await inspect(page, 'access-delete-account-buckets');
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  await (await administrator(server))('DELETE', '/of-team-7/');
  await choose(page, accountRow(page, 'team-7'), 'Delete…');
  await dialog(page).getByText('1 access key is deleted with it').waitFor();
  await dialog(page).getByLabel('To confirm, type team-7').fill('team-7');
  await dialog(page).getByRole('button', { name: 'Delete account' }).click();
  await toast(page, 'Account deleted');
  await accountRow(page, 'team-7').waitFor({ state: 'detached' });
  await keyRow(page, key.id).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Create account' }).click();
  await dialog(page).getByLabel('Account id').fill('team-8');
  await dialog(page).getByRole('button', { name: 'Create account' }).click();
  await choose(page, accountRow(page, 'team-8'), 'Delete…');
  await dialog(page).getByText('owns no buckets and has no access keys or roles').waitFor();
  await dialog(page).getByRole('button', { name: 'Cancel' }).click();
  const configured = page.getByRole('region', { name: 'Accounts', exact: true }).getByRole('row').filter({ hasText: '1000000000000000' });
  await configured.getByRole('button', { name: /^Actions of/ }).click();
  assert.equal(await page.getByRole('menuitem', { name: 'Delete…' }).getAttribute('aria-disabled'), 'true');
  await page.keyboard.press('Escape');
  await close(page);
});
