// The configurations of a bucket that are lists: written with the form, read back as XML or JSON, and in step with the text.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, FEW_LOOKS, goTo, inspect, lookName, openConsole, settled } from './browser.mjs';
import { call } from './bucket_fixture.mjs';

setUp();

/** A browser logs the answer that says that nothing is set. */
const expectedErrors = [/404 \(Not Found\).*\?(cors|policy|lifecycle|encryption)/];

/** The opened card of a configuration of a new bucket. */
async function openCard(bucket, title) {
  const page = await openConsole(browser, server, { path: '#/nothing', expectedErrors });
  assert.equal((await call(page, 'PUT', `/oss/${bucket}/`)).status, 200);
  await goTo(page, `#/buckets/${bucket}`);
  await settled(page);
  await page.getByRole('button', { name: `Open: ${title}` }).click();
  const card = page.locator('.configuration', { has: page.getByRole('heading', { name: title }) });
  await card.locator('textarea.code-editor').waitFor();
  return { page, card, text: card.locator('textarea.code-editor') };
}

async function save(page, card, said) {
  await card.getByRole('button', { name: 'Save' }).click();
  await page.getByText(said).first().waitFor();
  await card.locator('.button.primary[aria-disabled=true]:not([aria-busy])').waitFor();
}

const inText = (page, part) => page.waitForFunction((part) => [...document.querySelectorAll('textarea.code-editor')].some(({ value }) => value.includes(part)), part);

test('CORS rules are written with the form, and a browser gets their headers', async () => {
  const { page, card, text } = await openCard('cors', 'Cross-origin access (CORS)');
  await card.getByRole('button', { name: 'Add a rule' }).click();
  await card.getByLabel('Origins').fill('https://a.example.com\nhttps://b.example.com');
  await card.getByLabel('PUT').check();
  await card.getByLabel('Request headers').fill('x-oss-*');
  await card.getByLabel('Headers that a page may read').fill('ETag');
  await card.getByLabel('Preflight is kept for').fill('600');
  await inText(page, '<MaxAgeSeconds>600</MaxAgeSeconds>');
  await inspect(page, 'bucket-cors');
  await save(page, card, 'CORS rules saved');
  const { text: xml } = await call(page, 'GET', '/oss/cors/?cors');
  for (const part of ['<AllowedOrigin>https://a.example.com</AllowedOrigin>', '<AllowedOrigin>https://b.example.com</AllowedOrigin>', '<AllowedMethod>PUT</AllowedMethod>', '<AllowedHeader>x-oss-*</AllowedHeader>', '<ExposeHeader>ETag</ExposeHeader>', '<MaxAgeSeconds>600</MaxAgeSeconds>']) {
    assert.ok(xml.includes(part), `${part}: ${xml}`);
  }
  const preflight = await fetch(`${server.endpoint}/cors/k`, { method: 'OPTIONS', headers: { origin: 'https://b.example.com', 'access-control-request-method': 'PUT' } });
  assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://b.example.com');
  await text.fill((await text.inputValue()).replace('https://b.example.com', 'https://c.example.com'));
  assert.match(await card.getByLabel('Origins').inputValue(), /c\.example\.com$/);
  await card.getByRole('button', { name: 'Remove rule 1' }).click();
  await save(page, card, 'CORS rules saved');
  assert.equal((await call(page, 'GET', '/oss/cors/?cors')).status, 404, 'without rules nothing is set');
  await close(page);
});

test('hotlink protection is written with the form', async () => {
  const { page, card } = await openCard('referer', 'Hotlink protection (Referer)');
  await card.getByLabel('Allowed pages').fill('http://www.example.com\nhttp://*.example.org');
  await card.getByLabel('Refused pages').fill('http://bad.example.org');
  await card.getByLabel('Allow requests without a Referer').uncheck();
  await inText(page, '<AllowEmptyReferer>false</AllowEmptyReferer>');
  await inspect(page, 'bucket-referer');
  await save(page, card, 'Hotlink protection saved');
  const { text: xml } = await call(page, 'GET', '/oss/referer/?referer');
  for (const part of ['<AllowEmptyReferer>false</AllowEmptyReferer>', '<Referer>http://www.example.com</Referer>', '<Referer>http://*.example.org</Referer>', '<Referer>http://bad.example.org</Referer>']) assert.ok(xml.includes(part), `${part}: ${xml}`);
  await close(page);
});

test('lifecycle rules are written with the form, a dry run says what would go and why, and a run does it', async () => {
  const { page, card, text } = await openCard('lifecycle', 'Lifecycle rules');
  await call(page, 'PUT', '/oss/lifecycle/logs%2Fold.txt', 'goes');
  await call(page, 'PUT', '/oss/lifecycle/kept.txt', 'stays');
  await card.getByRole('button', { name: 'Add a rule' }).click();
  await card.getByLabel('Name').fill('tidy');
  await card.getByLabel('Keys that begin with').first().fill('logs/');
  await card.getByRole('button', { name: 'Add a move' }).click();
  await card.getByLabel('Number of days').nth(1).fill('7');
  await card.getByRole('button', { name: 'Add an exception' }).click();
  await card.getByLabel('Abort unfinished uploads').selectOption('days');
  await inText(page, '<AbortMultipartUpload>');
  for (const part of ['<Prefix>logs/</Prefix>', '<Days>7</Days>', '<StorageClass>IA</StorageClass>', '<Not>']) assert.ok((await text.inputValue()).includes(part), part);
  await card.getByRole('button', { name: 'Remove exception 1' }).click();
  await save(page, card, 'Lifecycle rules saved');
  assert.match((await call(page, 'GET', '/oss/lifecycle/?lifecycle')).text, /<ID>tidy<\/ID>/);
  await card.getByLabel('As if it were').fill('2100-01-01');
  await card.getByRole('button', { name: 'Show what would be done' }).click();
  const row = card.getByRole('row').filter({ hasText: 'logs/old.txt' });
  await row.getByText('tidy').waitFor();
  assert.equal(await card.getByRole('row').filter({ hasText: 'kept.txt' }).count(), 0);
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-lifecycle-${lookName(look)}`));
  await card.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
  // The runs of the server's own are of all buckets.
  await card.getByText('The last run').waitFor();
  await card.locator('dd').getByText('lifecycle', { exact: true }).waitFor();
  await text.fill((await text.inputValue()).replace('<Days>7</Days>', '<Days>8</Days>'));
  assert.equal(await card.getByLabel('Number of days').nth(1).inputValue(), '8');
  await close(page);
});

test('rules for noncurrent versions are written with the form, and a dry run names the versions', async () => {
  const { page, card, text } = await openCard('old-versions', 'Lifecycle rules');
  await call(page, 'PUT', '/oss/old-versions/?versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
  for (const body of ['first', 'second']) await call(page, 'PUT', '/oss/old-versions/a.txt', body);
  await call(page, 'PUT', '/oss/old-versions/b.txt', 'deleted');
  await call(page, 'DELETE', '/oss/old-versions/b.txt');
  await card.getByRole('button', { name: 'Add a rule' }).click();
  await card.getByLabel('Delete objects').selectOption('marker');
  await inText(page, '<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>');
  await card.getByLabel('Delete noncurrent versions for good').selectOption('noncurrent');
  await card.getByLabel('Number of days').fill('90');
  await card.getByRole('button', { name: 'Move noncurrent versions' }).click();
  const move = card.getByRole('group', { name: 'Move noncurrent versions to another storage class' });
  await move.getByLabel('Storage class').selectOption('Archive');
  await move.getByLabel('Number of days').fill('10');
  for (const part of ['<NoncurrentVersionExpiration>', '<NoncurrentDays>90</NoncurrentDays>', '<NoncurrentVersionTransition>', '<NoncurrentDays>10</NoncurrentDays>', '<StorageClass>Archive</StorageClass>']) await inText(page, part);
  await save(page, card, 'Lifecycle rules saved');
  const { text: stored } = await call(page, 'GET', '/oss/old-versions/?lifecycle');
  for (const part of [/<ExpiredObjectDeleteMarker>true/, /<NoncurrentVersionExpiration><NoncurrentDays>90</, /<NoncurrentVersionTransition><NoncurrentDays>10<.*<StorageClass>Archive</]) assert.match(stored, part);
  await card.getByLabel('As if it were').fill('2100-01-01');
  await card.getByRole('button', { name: 'Show what would be done' }).click();
  const row = card.getByRole('row').filter({ hasText: 'a.txt' });
  await row.getByText('Remove the version').waitFor();
  await row.getByText('Noncurrent since').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-lifecycle-versions-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await text.fill((await text.inputValue()).replace('<NoncurrentDays>90<', '<NoncurrentDays>91<'));
  assert.equal(await card.getByLabel('Number of days').last().inputValue(), '10');
  assert.equal(await card.getByLabel('Number of days').first().inputValue(), '91');
  await card.getByRole('button', { name: 'Remove move of noncurrent versions 1' }).click();
  await card.getByLabel('Delete noncurrent versions for good').selectOption('never');
  await card.getByLabel('Delete objects').selectOption('days');
  assert.ok(!/Noncurrent|ExpiredObject/.test(await text.inputValue()));
  await close(page);
});

test('encryption is chosen with the form, what is not available says why, and new objects are encrypted', async () => {
  const { page, card, text } = await openCard('encrypted', 'Encryption on the server');
  assert.ok(await card.getByRole('radio', { name: /^Not encrypted/ }).isChecked());
  for (const name of [/^KMS Not available/, /^SM4 Not available/]) assert.ok(await card.getByRole('radio', { name }).isDisabled());
  await card.getByRole('radio', { name: /^AES256/ }).check();
  await inText(page, '<SSEAlgorithm>AES256</SSEAlgorithm>');
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-encryption-${lookName(look)}`));
  await page.evaluate(async () => (await window.consoleModule('i18n.js')).setLanguage('en'));
  await text.fill((await text.inputValue()).replace('AES256', 'KMS'));
  await card.getByText('“KMS” is not possible for SSEAlgorithm. Possible are: AES256.').first().waitFor();
  await text.fill((await text.inputValue()).replace('KMS', 'AES256'));
  await save(page, card, 'Encryption saved');
  assert.match((await call(page, 'GET', '/oss/encrypted/?encryption')).text, /<SSEAlgorithm>AES256<\/SSEAlgorithm>/);
  await call(page, 'PUT', '/oss/encrypted/a.txt', 'secret');
  assert.equal((await call(page, 'HEAD', '/oss/encrypted/a.txt')).headers['x-oss-server-side-encryption'], 'AES256');
  await goTo(page, '#/buckets/encrypted/objects?key=a.txt');
  await page.getByRole('dialog').locator('.badge').getByText('AES256').waitFor();
  await goTo(page, '#/buckets/encrypted');
  await page.getByRole('button', { name: 'Open: Encryption on the server' }).click();
  await card.getByRole('radio', { name: /^Not encrypted/ }).check();
  await save(page, card, 'Encryption saved');
  assert.equal((await call(page, 'GET', '/oss/encrypted/?encryption')).status, 404);
  await call(page, 'PUT', '/oss/encrypted/b.txt', 'plain');
  await goTo(page, '#/buckets/encrypted/objects?key=b.txt');
  await page.getByRole('dialog').getByText('Not encrypted').waitFor();
  await close(page);
});

test('tags and direct read are written with the form', async () => {
  const { page, card } = await openCard('tagged', 'Bucket tags');
  await card.getByRole('button', { name: 'Add a tag' }).click();
  await card.getByLabel('Key').fill('team');
  await card.getByLabel('Value').fill('media');
  await save(page, card, 'Bucket tags saved');
  assert.match((await call(page, 'GET', '/oss/tagged/?tagging')).text, /<Key>team<\/Key><Value>media<\/Value>/);
  await page.getByRole('button', { name: 'Open: Direct read of archived objects' }).click();
  const direct = page.locator('.configuration', { has: page.getByRole('heading', { name: 'Direct read of archived objects' }) });
  await direct.getByLabel('Archived objects can be read at once').check();
  await save(page, direct, 'Direct read saved');
  assert.match((await call(page, 'GET', '/oss/tagged/?bucketArchiveDirectRead')).text, /<Enabled>true<\/Enabled>/);
  await inspect(page, 'bucket-tagging');
  await close(page);
});

test('versioning is enabled and suspended, and never as before', async () => {
  const page = await openConsole(browser, server, { path: '#/nothing' });
  assert.equal((await call(page, 'PUT', '/oss/versions/')).status, 200);
  await goTo(page, '#/buckets/versions');
  const card = page.locator('.configuration', { has: page.getByRole('heading', { name: 'Versioning' }) });
  await card.getByRole('radio', { name: /^Never turned on/ }).waitFor();
  for (const status of ['Enabled', 'Suspended']) {
    await card.getByRole('radio', { name: new RegExp(`^${status}`) }).check();
    await save(page, card, 'Versioning saved');
    assert.match((await call(page, 'GET', '/oss/versions/?versioning')).text, new RegExp(`<Status>${status}</Status>`));
  }
  assert.ok(await card.getByRole('radio', { name: /^Never turned on/ }).isDisabled());
  await inspect(page, 'bucket-versioning');
  await close(page);
});

test('the payer is chosen', async () => {
  const { page, card } = await openCard('payer', 'Pay by requester');
  await card.getByRole('radio', { name: /^The requester/ }).check();
  await save(page, card, 'Payer saved');
  assert.match((await call(page, 'GET', '/oss/payer/?requestPayment')).text, /<Payer>Requester<\/Payer>/);
  await close(page);
});

test('a policy is written with the form, keeps conditions, and lets everyone read', async () => {
  const { page, card, text } = await openCard('policy', 'Bucket policy');
  await call(page, 'PUT', '/oss/policy/open.txt', 'for everyone');
  assert.equal((await fetch(`${server.endpoint}/policy/open.txt`)).status, 403);
  await card.getByRole('button', { name: 'Add a statement' }).click();
  await inText(page, 'acs:oss:*:*:policy/*');
  await inspect(page, 'bucket-policy');
  await save(page, card, 'Bucket policy saved');
  assert.equal(await (await fetch(`${server.endpoint}/policy/open.txt`)).text(), 'for everyone');
  const condition = { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8'] } };
  const policy = JSON.parse(await text.inputValue());
  policy.Statement[0].Condition = condition;
  await text.fill(JSON.stringify(policy));
  await card.getByText('This statement has conditions').waitFor();
  await card.getByLabel('Actions').fill('oss:GetObject\noss:GetObjectAcl');
  await save(page, card, 'Bucket policy saved');
  const stored = JSON.parse((await call(page, 'GET', '/oss/policy/?policy')).text);
  assert.deepEqual(stored.Statement[0].Condition, condition);
  assert.deepEqual(stored.Statement[0].Action, ['oss:GetObject', 'oss:GetObjectAcl']);
  for (const [wrong, said] of [['{"Version":"1",\n"Statement":[}', /Line \d+: This is no JSON/], ['{"Statement":[{"Effect":"Maybe"}]}', 'is not possible for Effect'], ['{"Statement":[{"Effect":"Allow","NotAction":"x"}]}', 'NotAction is not known']]) {
    await text.fill(wrong);
    await card.getByText(said).first().waitFor();
  }
  await card.getByRole('button', { name: 'Discard changes' }).click();
  await card.getByRole('button', { name: 'Remove statement 1' }).click();
  await save(page, card, 'Bucket policy saved');
  assert.equal((await call(page, 'GET', '/oss/policy/?policy')).status, 404);
  await close(page);
});

test('the opened configurations are accessible in each size, theme and language', async () => {
  const { page } = await openCard('opened', 'Cross-origin access (CORS)');
  for (const title of ['Bucket policy', 'Hotlink protection (Referer)', 'Pay by requester']) await page.getByRole('button', { name: `Open: ${title}` }).click();
  await page.getByRole('button', { name: 'Add a rule' }).click();
  await page.getByRole('button', { name: 'Add a statement' }).click();
  await settled(page);
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `bucket-configurations-${lookName(look)}`));
  page.assertClean();
  await page.context().close();
});
