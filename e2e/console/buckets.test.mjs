// The list of buckets, a new one, the settings of one, and its end.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, focused, goTo, inspect, lookName, LOOKS, openConsole, settled } from './browser.mjs';
import { call, mirrorRule, putObjects } from './bucket_fixture.mjs';

/** Each size, and each pair of theme and language. screens.test.mjs has every look of what is shown without a click. */
const FEW_LOOKS = [0, 2, 3, 5].map((at) => LOOKS[at]);

setUp({ args: ['--origin-allow', '127.0.0.1'] });

const put = async (page, path, body, headers) => assert.equal((await call(page, 'PUT', path, body, headers)).status, 200, path);

/** A page at `path` of a store that has the bucket `name`. */
async function openBucket(name, { path = `#/buckets/${name}`, acl, ...options } = {}) {
  const page = await openConsole(browser, server, { path: '#/nothing', ...options });
  await put(page, `/oss/${name}/`, undefined, acl ? { 'x-oss-acl': acl } : {});
  await goTo(page, path);
  await settled(page);
  return page;
}

const row = (page, name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const aclCard = (page) => page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Access control', exact: true }) });
const xmlOf = (page) => page.getByLabel('XML (AccessControlPolicy)');

test('an empty store explains how to begin', async () => {
  const page = await openConsole(browser, server, { path: '#/buckets' });
  await page.locator('.begin').waitFor();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `buckets-empty-${lookName(look)}`));
  await close(page);
});

test('a bucket is created in the form, with the rules of OSS as one types, and a client stores an object in it', async () => {
  const page = await openConsole(browser, server, { path: '#/buckets' });
  await page.getByRole('button', { name: 'Create bucket' }).first().click();
  const dialog = page.getByRole('dialog');
  const name = dialog.getByLabel(/^Name/);
  await name.waitFor();
  await focused(page, 'dialog input');
  for (const [typed, said] of [['Photos', 'Capital letters'], ['my_photos', 'Only lower-case letters'], ['-photos', 'must begin and end'], ['p'.repeat(64), 'too long']]) {
    await name.fill(typed);
    await dialog.getByText(said).waitFor();
  }
  await name.fill('ph');
  assert.equal(await name.getAttribute('aria-invalid'), null, 'a name that is not typed to its end is not blamed');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByText('too short').waitFor();
  await name.fill('photos');
  await dialog.getByLabel('Public read and write').check();
  await dialog.getByText('Anyone who reaches this server can store data').waitFor();
  await inspect(page, 'buckets-create');
  await dialog.getByLabel('Storage class').selectOption('IA');
  await dialog.getByLabel('Redundancy').selectOption('ZRS');
  await name.press('Enter');
  await page.getByText('Bucket photos created').waitFor();
  await page.locator('#main h1', { hasText: /^photos$/ }).waitFor();
  await page.getByText('Zone-redundant (ZRS)').waitFor();
  await page.getByText('Infrequent Access (IA)').waitFor();
  const stored = await fetch(`${server.endpoint}/photos/a.txt`, { method: 'PUT', body: 'of a client without a key' });
  assert.equal(stored.status, 200);
  await goTo(page, '#/buckets');
  await row(page, 'photos').getByText('Public read and write').waitFor();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await row(page, 'photos').getByRole('link', { name: '1', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Create bucket' }).click();
  await dialog.getByLabel(/^Name/).fill('photos');
  await dialog.getByLabel(/^Name/).press('Enter');
  await dialog.getByText('A bucket of this name exists already').waitFor();
  const { text } = await call(page, 'GET', '/oss/photos/?acl');
  assert.match(text, /<Grant>public-read-write<\/Grant>/, 'the existing bucket is as it was');
  await inspect(page, 'buckets-create-exists');
  await close(page);
});

test('the ACL is changed by the form and by the XML, which are always in step', async () => {
  const page = await openBucket('in-step');
  const xml = xmlOf(page);
  const text = async () => xml.inputValue();
  assert.match(await text(), /<Grant>private<\/Grant>/);
  await aclCard(page).getByRole('radio', { name: /^Public read Everyone can read objects/ }).check();
  assert.match(await text(), /<Grant>public-read<\/Grant>/);
  await xml.fill((await text()).replace('public-read', 'public-read-write'));
  assert.ok(await aclCard(page).getByLabel('Public read and write').isChecked());
  await aclCard(page).getByRole('button', { name: 'Save' }).click();
  await page.getByText('Access control saved').waitFor();
  assert.match((await call(page, 'GET', '/oss/in-step/?acl')).text, /<Grant>public-read-write<\/Grant>/);
  assert.equal((await fetch(`${server.endpoint}/in-step/x`, { method: 'PUT', body: 'x' })).status, 200);
  await aclCard(page).getByLabel('Private').check();
  await aclCard(page).getByRole('button', { name: 'Save' }).click();
  await page.locator('.configuration').first().locator('.button.primary[aria-disabled=true]:not([aria-busy])').waitFor();
  assert.equal((await fetch(`${server.endpoint}/in-step/x`)).status, 403);
  await close(page);
});

test('a fault in the XML names its line, and the form gives a good document back', async () => {
  const page = await openBucket('faulty');
  const card = aclCard(page);
  const xml = xmlOf(page);
  const save = card.getByRole('button', { name: 'Save' });
  for (const [text, said] of [
    ['<AccessControlPolicy>\n  <AccessControlList>\n    <Grant>private</Grant>\n  </AccessControlPolicy>', 'Line 4: The closing tags are in the wrong order'],
    ['<AccessControlPolicy>\n  <AccessControlList>\n    <Grant>everyone</Grant>\n  </AccessControlList></AccessControlPolicy>', 'Line 3: “everyone” is not possible for Grant.'],
    ['<AccessControlPolicy>\n  <Owner><ID>someone</ID></Owner><AccessControlList><Grant>private</Grant></AccessControlList></AccessControlPolicy>', 'Line 2: The element ID cannot be changed.'],
    ['', 'Line 1: There is no document.'],
  ]) {
    await xml.fill(text);
    await card.getByText(said).waitFor();
    assert.equal(await xml.getAttribute('aria-invalid'), 'true');
    assert.equal(await save.getAttribute('aria-disabled'), 'true');
  }
  await inspect(page, 'bucket-xml-fault');
  await card.getByRole('radio', { name: /^Public read Everyone can read objects/ }).check();
  assert.match(await xml.inputValue(), /<Owner>[\s\S]*<Grant>public-read<\/Grant>/);
  assert.equal(await xml.getAttribute('aria-invalid'), null);
  await card.getByRole('button', { name: 'Discard changes' }).click();
  assert.match(await xml.inputValue(), /<Grant>private<\/Grant>/);
  assert.equal(await save.getAttribute('aria-disabled'), 'true');
  await close(page);
});

test('a change of somebody else is followed, or told beside an own one', async () => {
  const page = await openBucket('two-editors');
  const other = await openConsole(browser, server, { path: '#/nothing' });
  await put(other, '/oss/two-editors/?acl', undefined, { 'x-oss-acl': 'public-read' });
  await page.waitForFunction(() => document.querySelector('.configuration textarea').value.includes('public-read<'));
  await aclCard(page).getByLabel('Public read and write').check();
  await put(other, '/oss/two-editors/?acl', undefined, { 'x-oss-acl': 'private' });
  await page.getByText('It was changed elsewhere in the meantime').waitFor();
  await inspect(page, 'bucket-outdated');
  await page.getByRole('link', { name: 'Buckets', exact: true }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Read the present state' }).click();
  await page.waitForFunction(() => document.querySelector('.configuration textarea').value.includes('>private<'));
  await close(other);
  await close(page);
});

test('public access is blocked with a switch', async () => {
  const page = await openBucket('blocked');
  const card = page.locator('.card').filter({ has: page.getByRole('heading', { name: 'Block public access', exact: true }) });
  await page.getByLabel('Public access is blocked').check();
  await card.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Block of public access saved').waitFor();
  const stored = await call(page, 'GET', '/oss/blocked/?publicAccessBlock');
  assert.match(stored.text, /<BlockPublicAccess>true</);
  await close(page);
});

test('what this server never sets is shown as clients read it', async () => {
  const page = await openBucket('others', { expectedErrors: [/404 \(Not Found\).*\?worm/] });
  await page.getByLabel('What a client reads').selectOption('worm');
  await page.getByText('NoSuchWORMConfiguration').waitFor();
  await page.getByLabel('What a client reads').selectOption('accessmonitor');
  await page.getByText('<Status>Disabled</Status>').waitFor();
  await inspect(page, 'bucket-others');
  await close(page);
});

test('a bucket is emptied, then deleted by typing its name', async () => {
  const page = await openBucket('old-data', { path: '#/buckets' });
  await putObjects(page, 'old-data', { 'a.txt': '1', 'b/c.txt': '22' });
  await put(page, '/oss/old-data/?website', mirrorRule('http://127.0.0.1:1'));
  const upload = await call(page, 'POST', '/oss/old-data/big?uploads');
  const id = /<UploadId>(.*)<\/UploadId>/.exec(upload.text)[1];
  const openDialog = async () => {
    await goTo(page, '#/buckets');
    await page.getByRole('button', { name: 'Actions for old-data' }).click();
    await page.getByRole('menuitem', { name: 'Delete bucket…' }).click();
  };
  const dialog = page.getByRole('dialog');
  await openDialog();
  await dialog.getByText('2 objects, 3 B').waitFor();
  await dialog.getByText('1 unfinished upload').waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Delete bucket', exact: true }).count(), 0);
  await inspect(page, 'buckets-delete-full');
  await dialog.getByRole('link', { name: 'Delete all objects…' }).click();
  await dialog.getByText('2 objects will be deleted.').waitFor();
  await dialog.getByLabel('To confirm, type old-data').fill('old-data');
  await dialog.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.locator('.job').getByText('Done', { exact: true }).waitFor();
  await openDialog();
  await dialog.getByRole('link', { name: 'Abort unfinished uploads…' }).click();
  await dialog.getByText('big').first().waitFor();
  assert.equal((await call(page, 'DELETE', `/oss/old-data/big?uploadId=${id}`)).status, 204);
  await page.keyboard.press('Escape');
  await openDialog();
  await dialog.getByText('1 back-to-origin rule included').waitFor();
  const typed = dialog.getByLabel('To confirm, type old-data');
  await typed.fill('old-date');
  await typed.press('Enter');
  await dialog.getByText('The text differs').waitFor();
  await inspect(page, 'buckets-delete');
  await typed.fill('old-data');
  await typed.press('Enter');
  await page.getByText('Bucket old-data deleted').waitFor();
  await row(page, 'old-data').waitFor({ state: 'detached' });
  assert.match((await call(page, 'GET', '/oss/')).text, /^(?!.*<Name>old-data<)/s);
  await close(page);
});

test('the settings of a bucket that is gone lead back to the list', async () => {
  const page = await openConsole(browser, server, { path: '#/buckets/never-made', expectedErrors: [/404 \(Not Found\)/] });
  await page.getByText('The bucket does not exist (any more)').waitFor();
  await inspect(page, 'bucket-gone');
  await page.getByRole('link', { name: 'All buckets' }).click();
  await page.getByRole('button', { name: 'Create bucket' }).first().waitFor();
  await close(page);
});

test('buckets are found, sorted and drawn in pages', async () => {
  const page = await openConsole(browser, server, { path: '#/nothing' });
  await page.evaluate(async () => {
    const { oss } = await window.consoleModule('oss.js');
    for (let at = 100; at < 230; at += 1) await oss.putBucket(`many-${at}`);
  });
  await goTo(page, '#/buckets?find=many-');
  await page.getByText('130 buckets').waitFor();
  await page.getByText('The first 100 of 130 rows.').waitFor();
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.getByText('The first 100 of 130 rows.').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Name' }).click();
  assert.equal(await page.locator('.bucket-name').first().innerText(), 'many-229');
  await page.getByLabel('Find buckets').fill('absent');
  await page.getByText('No bucket fits').waitFor();
  await inspect(page, 'buckets-none-found');
  await page.getByRole('button', { name: 'Show all buckets' }).click();
  await page.getByText('No bucket fits').waitFor({ state: 'detached' });
  await close(page);
});

test('with more buckets than one page of the server, the search asks the server', async () => {
  const page = await openConsole(browser, server, { path: '#/nothing' });
  const bucket = (name) => ({
    name, owner: '1', created_at: '2026-01-02T03:04:05.000Z', acl: 'private', storage_class: 'Standard', redundancy: 'LRS', public_access_block: null,
    objects: 0, object_bytes: 0, uploads: 0, parts: 0, mirrored_objects: 0, mirrored_bytes: 0, website: null, website_version: null,
  });
  await page.route('**/api/v1/buckets?*', (route) => {
    const prefix = new URL(route.request().url()).searchParams.get('prefix');
    const json = prefix === 'far' ? { buckets: [bucket('far-away')], next_after: null } : { buckets: [bucket('near')], next_after: 'near' };
    return route.fulfill({ json });
  });
  await goTo(page, '#/buckets');
  await page.getByText('There are more than these 1 buckets').waitFor();
  await page.getByLabel('Find buckets').fill('far');
  await page.getByRole('link', { name: 'far-away' }).waitFor();
  await page.getByText('There are more than these').waitFor({ state: 'detached' });
  await page.getByLabel('Find buckets').fill('');
  await page.getByRole('link', { name: 'near' }).waitFor();
  await close(page);
});

test('a server that does not answer is told, and the list comes back by itself', async () => {
  const page = await openBucket('offline', { path: '#/buckets', expectedErrors: [/ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED|EMPTY_RESPONSE|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING)/] });
  await page.locator('.bucket-find').waitFor();
  await page.evaluate(() => (location.hash = '#/nothing'));
  await page.getByText('There is no page at this address.').waitFor();
  await page.context().setOffline(true);
  await page.evaluate(() => (location.hash = '#/buckets'));
  await page.getByText('The server did not answer.').first().waitFor();
  await inspect(page, 'buckets-offline');
  await page.context().setOffline(false);
  await page.locator('.bucket-find').waitFor();
  await page.getByText('The server did not answer.').waitFor({ state: 'detached' });
  await close(page);
});

test('list, settings and the end of a bucket are accessible in each size, theme and language', async () => {
  const page = await openBucket('shown', { acl: 'public-read' });
  await putObjects(page, 'shown', { 'a.txt': 'x'.repeat(5000) });
  await put(page, '/oss/shown/?website', mirrorRule('http://127.0.0.1:1'));
  await goTo(page, '#/buckets?find=o');
  await settled(page);
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `buckets-${lookName(look)}`));
  await goTo(page, '#/buckets/shown');
  await page.locator('.configuration textarea').first().waitFor();
  await settled(page);
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-${lookName(look)}`));
  await page.locator('.danger-card .button').click();
  await page.locator('dialog .notice').waitFor();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-delete-${lookName(look)}`));
  await close(page);
});
