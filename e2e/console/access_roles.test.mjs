// Roles: made, changed, disabled and deleted with the form, and assumed by a client.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { admin, administrator, assumeRole, sendSigned } from './store.mjs';
import { close, eachLook, inspect, lookName, LOOKS, openConsole } from './browser.mjs';

setUp({
  begin: async () => {
    const oss = await administrator(server);
    await oss('PUT', '/photos/');
    for (const key of ['in/a', 'out/a']) await oss('PUT', `/photos/${key}`, { body: key });
  },
});

const dialog = (page) => page.getByRole('dialog');
const roleRow = (page, name) => page.getByRole('region', { name: 'Roles', exact: true }).getByRole('row').filter({ hasText: name });
const makeKey = async (body) => {
  const { key, secret } = await admin(server, 'POST', '/v1/access-keys', { body });
  return { id: key.id, secret };
};
const statusOf = (made, key) => sendSigned(server, made, 'GET', `/photos/${key}`);

async function choose(page, name, entry) {
  await roleRow(page, name).getByRole('button', { name: /^Actions of the role/ }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

test('a role is made, assumed by the key that it trusts, changed, disabled and deleted', async () => {
  const key = await makeKey({ account: 'partner', rights: ['read-only:other'] });
  const stranger = await makeKey({ account: 'stranger' });
  const page = await openConsole(browser, server, { path: '#/access' });
  await page.getByText('There are no roles').waitFor();
  await page.getByRole('button', { name: 'Create role' }).click();
  await dialog(page).getByLabel('Role', { exact: false }).first().fill('no blanks');
  await dialog(page).getByLabel('Account', { exact: true }).selectOption('1000000000000000');
  await dialog(page).getByLabel('External id').fill('x');
  await dialog(page).getByLabel('Who').selectOption('key');
  await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
  for (const text of ['Use 1 to 64 letters, digits and hyphens.', 'Enter an id.', 'Use 2 to 1,224 letters']) await dialog(page).getByText(text).waitFor();
  await dialog(page).getByLabel('Role', { exact: false }).first().fill('readers');
  await dialog(page).getByLabel('External id').fill('');
  assert.deepEqual(await dialog(page).getByLabel('May').locator('option').evaluateAll((all) => all.map(({ value }) => value)), ['read-only', 'read-write', 'full']);
  await dialog(page).getByLabel('Bucket').fill('photos');
  await dialog(page).getByLabel('Keys that begin with').fill('in/');
  await dialog(page).getByRole('group', { name: 'Trusted 1' }).getByLabel('Access key id').fill(key.id);
  await eachLook(page, LOOKS, (look) => inspect(page, `access-role-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await dialog(page).getByRole('button', { name: 'Create', exact: true }).click();
  await roleRow(page, 'readers').getByText(`key:${key.id}`).waitFor();
  const arn = 'acs:ram::1000000000000000:role/readers';
  assert.equal((await assumeRole(server, stranger, arn)).status, 403);
  const made = await assumeRole(server, key, arn);
  assert.equal(made.status, 200);
  assert.deepEqual([await statusOf(made, 'in/a'), await statusOf(made, 'out/a'), await statusOf(key, 'in/a')], [200, 403, 403]);
  await choose(page, 'readers', 'Change…');
  await dialog(page).getByLabel('Keys that begin with').fill('');
  await dialog(page).getByLabel('Longest session').selectOption('quarter');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await roleRow(page, 'readers').getByText('15 min').waitFor();
  assert.equal(await statusOf(made, 'out/a'), 200);
  await choose(page, 'readers', 'Disable…');
  await dialog(page).getByRole('button', { name: 'Disable', exact: true }).click();
  await roleRow(page, 'readers').getByText('Disabled', { exact: true }).waitFor();
  assert.equal(await statusOf(made, 'in/a'), 403);
  await choose(page, 'readers', 'Enable');
  await roleRow(page, 'readers').getByText('Active', { exact: true }).waitFor();
  assert.equal(await statusOf(made, 'in/a'), 200);
  await choose(page, 'readers', 'Delete…');
  await dialog(page).getByLabel('To confirm, type readers').fill('readers');
  await inspect(page, 'access-delete-role');
  await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('There are no roles').waitFor();
  assert.equal(await statusOf(made, 'in/a'), 403);
  await close(page);
});

test('an account is deleted with its roles', async () => {
  await admin(server, 'POST', '/v1/accounts', { body: { id: 'with-role' } });
  await admin(server, 'POST', '/v1/roles', { body: { name: 'writers', account: 'with-role' } });
  const page = await openConsole(browser, server, { path: '#/access' });
  const row = page.getByRole('region', { name: 'Accounts', exact: true }).getByRole('row').filter({ hasText: 'with-role' });
  await row.getByRole('button', { name: /^Actions of/ }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  await dialog(page).getByText('acs:ram::with-role:role/writers').waitFor();
  await dialog(page).getByLabel('To confirm, type with-role').fill('with-role');
  await dialog(page).getByRole('button', { name: 'Delete account' }).click();
  await row.waitFor({ state: 'detached' });
  await page.getByText('There are no roles').waitFor();
  await close(page);
});
