// What objects have beside bodies and headers: versions and delete markers, tags, restores from an archive, symbolic links.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { assertContrastInDark, close, eachLook, goTo, inspect, lookName, LOOKS, openConsole } from './browser.mjs';
import { call } from './bucket_fixture.mjs';

let page;

setUp({
  begin: async () => {
    page = await openConsole(browser, server, { path: '#/nothing' });
  },
  end: () => close(page),
});

const ENABLED = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
const list = () => page.locator('[role=grid]');
const dialog = () => page.getByRole('dialog');
const toast = (text) => page.getByText(text).first().waitFor();

async function send(method, path, body, headers) {
  const answer = await call(page, method, `/oss/${path}`, body, headers);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

async function show(bucket, query = '') {
  await goTo(page, `#/buckets/${bucket}/objects${query}`);
  await page.locator('.objects-card .vlist, .objects-card .empty').first().waitFor();
}

async function closeDialog() {
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
}

test('a version is looked at, made current and deleted for good, and a deletion is undone', async () => {
  await send('PUT', 'kept/');
  await send('PUT', 'kept/?versioning', ENABLED);
  for (const body of ['first', 'second, and longer']) await send('PUT', 'kept/a.txt', body, { 'content-type': 'text/plain' });
  await show('kept');
  await list().getByRole('checkbox', { name: 'Select a.txt' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await dialog().getByText('each object gets a delete marker').waitFor();
  await inspect(page, 'versions-delete');
  await dialog().getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByText('The bucket is empty').waitFor();
  await page.getByLabel('Show versions').check();
  await list().getByText('Delete marker', { exact: true }).waitFor();
  assert.deepEqual(await list().locator('.badge').allInnerTexts(), ['Delete marker', 'Noncurrent', 'Noncurrent']);
  await eachLook(page, LOOKS, (look) => inspect(page, `versions-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));

  await list().getByRole('link', { name: 'a.txt', exact: true }).first().click();
  await dialog().getByText('The object is deleted').waitFor();
  await inspect(page, 'versions-marker');
  await dialog().getByRole('button', { name: 'Remove the delete marker', exact: true }).click();
  await page.getByRole('dialog', { name: 'Remove the delete marker?' }).getByRole('button', { name: 'Remove the delete marker' }).click();
  await toast('The delete marker is removed.');
  assert.equal((await send('GET', 'kept/a.txt')).text, 'second, and longer');

  await list().getByRole('link', { name: 'a.txt', exact: true }).last().click();
  await dialog().getByRole('tab', { name: 'Preview' }).click();
  await dialog().getByText('first', { exact: true }).waitFor();
  await dialog().getByRole('tab', { name: 'Versions' }).click();
  await dialog().getByRole('row').nth(2).waitFor();
  await inspect(page, 'versions-of-object');
  await assertContrastInDark(page, 'versions of an object');
  await dialog().getByRole('button', { name: 'Make it current' }).click();
  await toast('A copy of the version is the current one now.');
  assert.equal((await send('GET', 'kept/a.txt')).text, 'first');
  const id = new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('version');
  // The message of the last action is above the buttons, which can be clicked meanwhile.
  await inspect(page, 'versions-message');
  await dialog().getByRole('button', { name: 'Delete for good', exact: true }).click();
  const asked = page.getByRole('dialog', { name: 'Delete versions for good?' });
  await asked.getByLabel(`To confirm, type ${id.slice(-6)}`).fill(id.slice(-6));
  await asked.getByRole('button', { name: 'Delete for good' }).click();
  await toast('The version is deleted.');
  assert.ok(!(await send('GET', 'kept/?versions')).text.includes(id));

  await list().focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await dialog().getByLabel('To confirm, type 2').fill('2');
  await inspect(page, 'versions-purge');
  await dialog().getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('2 versions deleted').waitFor();
  assert.ok(!(await send('GET', 'kept/?versions')).text.includes('<VersionId>'));
});

test('a link to one version stays that of it, and one to the object follows', async () => {
  await send('PUT', 'linked/', undefined, { 'x-oss-acl': 'private' });
  await send('PUT', 'linked/?versioning', ENABLED);
  for (const body of ['first', 'second']) await send('PUT', 'linked/a.txt', body);
  const follow = async () => {
    const answer = await fetch(await dialog().getByLabel('Address').inputValue());
    return { status: answer.status, body: await answer.text() };
  };
  const make = async () => {
    await dialog().getByRole('button', { name: 'Create the link' }).click();
    await dialog().getByLabel('Address').waitFor();
  };
  await show('linked', '?versions=1');
  await list().getByRole('link', { name: 'a.txt', exact: true }).last().click();
  await dialog().getByRole('tab', { name: 'Link' }).click();
  assert.ok(await dialog().getByLabel('Only of this version').isChecked());
  assert.deepEqual(await dialog().getByLabel('What it allows').locator('option').evaluateAll((all) => all.map(({ value }) => value)), ['GET', 'HEAD', 'DELETE']);
  await dialog().getByLabel('What it allows').selectOption('DELETE');
  await dialog().getByText('can delete this version for good').waitFor();
  await dialog().getByLabel('What it allows').selectOption('GET');
  await make();
  await inspect(page, 'versions-link');
  await assertContrastInDark(page, 'a link of a version');
  assert.deepEqual(await follow(), { status: 200, body: 'first' });
  await dialog().getByLabel('Only of this version').uncheck();
  await make();
  assert.deepEqual(await follow(), { status: 200, body: 'second' });
  await closeDialog();
  await show('linked', '?key=a.txt');
  await dialog().getByRole('tab', { name: 'Link' }).click();
  await dialog().getByLabel('Only of this version').check();
  await make();
  await send('PUT', 'linked/a.txt', 'third');
  assert.deepEqual(await follow(), { status: 200, body: 'second' });
  await closeDialog();
});

test('custom headers and the encryption stay when others are saved, and when the object is copied', async () => {
  await send('PUT', 'custom/');
  const custom = { 'x-oss-persistent-headers': 'myheader1:bXl2YWx1ZTE=,x-second:5p2t5beeLCBi', 'x-oss-server-side-encryption': 'AES256', 'x-oss-tagging': 'team=media' };
  await send('PUT', 'custom/a.txt', 'text', { ...custom, 'content-type': 'text/plain', 'x-oss-meta-kept': '1' });
  const check = async (key, type) => {
    const { headers } = await send('HEAD', `custom/${key}`);
    const shown = ['myheader1', 'x-coho-persistent-headers', 'x-oss-server-side-encryption', 'x-oss-tagging-count', 'x-oss-meta-kept', 'content-type', 'cache-control'].map((name) => headers[name]);
    assert.deepEqual(shown, ['myvalue1', custom['x-oss-persistent-headers'], 'AES256', '1', '1', type, undefined]);
  };
  await show('custom', '?key=a.txt');
  await dialog().locator('.badge').getByText('AES256').waitFor();
  await inspect(page, 'object-encrypted');
  await dialog().getByRole('tab', { name: 'Headers' }).click();
  await dialog().getByText('The custom headers of the object stay as they are: myheader1, x-second.').waitFor();
  await dialog().getByLabel('Content-Type').fill('text/markdown');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await toast('The headers are saved.');
  await inspect(page, 'object-custom-headers');
  await check('a.txt', 'text/markdown');
  await dialog().getByRole('button', { name: 'Rename' }).click();
  await page.getByRole('dialog', { name: /Rename/ }).getByLabel(/key/i).fill('b.txt');
  await page.getByRole('dialog', { name: /Rename/ }).getByRole('button', { name: 'Rename' }).click();
  await list().getByRole('link', { name: 'b.txt', exact: true }).waitFor();
  await check('b.txt', 'text/markdown');
});

test('tags are set, checked and removed, of an old version, too', async () => {
  await send('PUT', 'tags/');
  await send('PUT', 'tags/?versioning', ENABLED);
  await send('PUT', 'tags/a.txt', 'old');
  await send('PUT', 'tags/a.txt', 'new');
  await show('tags', '?versions=1');
  await list().getByRole('link', { name: 'a.txt', exact: true }).last().click();
  await dialog().getByRole('tab', { name: 'Tags' }).click();
  await dialog().getByRole('button', { name: 'Add a tag' }).click();
  await dialog().getByLabel('Key').fill('a&b');
  await dialog().getByLabel('Value').fill('杭州 1');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText('This character is not allowed.').waitFor();
  await dialog().getByLabel('Key').fill('city');
  await inspect(page, 'tags');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await toast('The tags are saved.');
  const id = new URLSearchParams((await page.evaluate(() => location.hash)).split('?')[1]).get('version');
  assert.match((await send('GET', `tags/a.txt?tagging&versionId=${id}`)).text, /<Key>city<\/Key><Value>杭州 1<\/Value>/);
  assert.ok(!(await send('GET', 'tags/a.txt?tagging')).text.includes('<Tag>'));
  await closeDialog();
});

test('an archived object is restored for some days and archived again', async () => {
  await send('PUT', 'cold/');
  await send('PUT', 'cold/a.txt', 'frozen', { 'x-oss-storage-class': 'ColdArchive', 'content-type': 'text/plain' });
  await show('cold', '?key=a.txt');
  await dialog().getByText('Archived', { exact: true }).waitFor();
  await dialog().getByRole('tab', { name: 'Preview' }).click();
  await dialog().getByText('It can be read after it was restored.').waitFor();
  await dialog().getByRole('tab', { name: 'Properties' }).click();
  await dialog().getByLabel('Readable for days').fill('400');
  await dialog().getByRole('button', { name: 'Restore' }).click();
  await dialog().locator('.field-error').waitFor();
  await inspect(page, 'archive-frozen');
  await dialog().getByLabel('Readable for days').fill('3');
  await dialog().getByRole('button', { name: 'Restore' }).click();
  await dialog().getByText('Restored', { exact: true }).waitFor();
  await inspect(page, 'archive-restored');
  assert.equal((await send('GET', 'cold/a.txt')).text, 'frozen');
  await dialog().getByRole('button', { name: 'End the restore now' }).click();
  await dialog().getByText('Archived', { exact: true }).waitFor();
  await closeDialog();
});

test('a symbolic link is made, leads to its target, and says when there is none', async () => {
  await send('PUT', 'links/');
  await send('PUT', 'links/dir%2Ftarget.txt', 'the target');
  await send('POST', 'links/log?append&position=0', 'line');
  await show('links');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'New symbolic link' }).click();
  await dialog().getByLabel('Key of the link').fill('link');
  await dialog().getByLabel('Target').fill('absent');
  await dialog().getByRole('button', { name: 'Create', exact: true }).click();
  await dialog().getByText('No object has this key.').waitFor();
  await inspect(page, 'symlink-new');
  await dialog().getByRole('button', { name: 'Create it all the same' }).click();
  await dialog().waitFor({ state: 'detached' });
  await list().getByRole('link', { name: 'link', exact: true }).click();
  await dialog().getByText('Nothing to show').waitFor();
  await closeDialog();
  await send('PUT', 'links/link?symlink', undefined, { 'x-oss-symlink-target': 'dir%2Ftarget.txt' });
  await show('links', '?flat=1');
  await list().getByRole('link', { name: 'dir/target.txt', exact: true }).first().waitFor();
  await eachLook(page, LOOKS, (look) => inspect(page, `symlink-list-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await page.setViewportSize({ width: 1280, height: 900 });
  await list().locator('.object-target a').click();
  await page.getByRole('dialog', { name: 'target.txt' }).waitFor();
  await closeDialog();
  await show('links');
  await list().getByRole('link', { name: 'link', exact: true }).click();
  await dialog().getByRole('link', { name: 'dir/target.txt' }).waitFor();
  await inspect(page, 'symlink');
  await dialog().getByRole('link', { name: 'dir/target.txt' }).click();
  await page.getByRole('dialog', { name: 'target.txt' }).waitFor();
  await closeDialog();
  await show('links', '?key=log');
  await dialog().getByText('Next append at').waitFor();
  await closeDialog();
});
