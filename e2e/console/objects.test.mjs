// The objects of a bucket: finding, deleting, copying, and what is known of one.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { assertAccessible, close, eachLook, focused, goTo, inspect, lookName, LOOKS, openConsole } from './browser.mjs';
import { call, mirrorRule, putObjects, startOrigin } from './bucket_fixture.mjs';

const HOSTILE = '<img src=x onerror=alert(1)>';
const PIXEL = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin({ 'mirrored/photo.jpg': 'a photo', 'mirrored/page.html': '<script>alert(1)</script>' });
  },
  end: () => origin?.stop(),
});

const list = (page) => page.getByRole('grid', { name: /Objects and folders|文件和目录/ });
const link = (page, name) => list(page).getByRole('link', { name, exact: true });

/** The objects screen of a new bucket that holds `objects`. */
async function openBucket(bucket, objects = {}, options = {}) {
  const page = await openConsole(browser, server, { path: '#/nothing', ...options });
  assert.equal((await call(page, 'PUT', `/oss/${bucket}/`)).status, 200);
  await putObjects(page, bucket, objects);
  await show(page, bucket);
  return page;
}

async function show(page, bucket, query = '') {
  await goTo(page, `#/buckets/${bucket}/objects${query}`);
  await page.locator('.objects-card .vlist, .objects-card .empty').first().waitFor();
}

const names = async (page) => (await list(page).locator('.object-name').allInnerTexts()).map((name) => name.trim());

test('folders are opened and left by keyboard, and the focus stays in the list', async () => {
  const page = await openBucket('folders', { 'a': '1', 'a/': '', 'a/b/c.txt': '2', 'a//d.txt': '3', 'z.txt': '4' });
  assert.deepEqual(await names(page), ['a', 'a/', 'z.txt']);
  await list(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/prefix=a%2F/);
  await link(page, 'b/').waitFor();
  assert.deepEqual(await names(page), ['(the folder itself)', '(empty name)/', 'b/']);
  await focused(page, '[role=grid]');
  await page.keyboard.press('Backspace');
  await link(page, 'z.txt').waitFor();
  await page.waitForFunction(() => document.querySelector('.vlist-row.active')?.innerText.includes('a/'));
  await link(page, 'a/').click();
  await link(page, '(empty name)/').click();
  await link(page, 'd.txt').waitFor();
  await page.getByRole('navigation', { name: 'Folders above' }).getByRole('link', { name: 'a', exact: true }).click();
  await link(page, 'b/').waitFor();
  await close(page);
});

test('a prefix narrows the folder down, and a key is jumped to', async () => {
  const page = await openBucket('finding', Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`log/${2000 + at}.txt`, 'x'])));
  await show(page, 'finding', '?prefix=log%2F');
  const field = page.getByRole('searchbox', { name: 'Find in this folder' });
  await field.fill('202');
  await field.press('Enter');
  await page.getByText('10 rows').first().waitFor();
  await page.getByLabel('How to find').selectOption('after');
  await field.fill('2024.txt');
  await field.press('Enter');
  await page.getByText('5 rows').first().waitFor();
  assert.deepEqual((await names(page))[0], '2025.txt');
  await page.getByRole('link', { name: 'Show from the beginning' }).click();
  await page.getByText('30 rows').first().waitFor();
  await field.fill('absent');
  await page.getByLabel('How to find').selectOption('prefix');
  await field.press('Enter');
  await page.getByText('Nothing found').waitFor();
  await inspect(page, 'objects-nothing-found');
  await page.getByRole('link', { name: 'Show the folder' }).click();
  await page.getByText('30 rows').first().waitFor();
  await close(page);
});

test('two thousand objects are deleted, and the count is told', async () => {
  const page = await openBucket('many', Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`old/${at}`, 'x'])));
  await putObjects(page, 'many', { 'kept.txt': 'x' });
  await show(page, 'many');
  await list(page).getByRole('checkbox', { name: 'Select old/' }).click();
  await page.getByText('1 folder selected').waitFor();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('2,000 objects will be deleted.').waitFor();
  await inspect(page, 'objects-delete');
  await dialog.getByLabel('To confirm, type 2000').fill('2000');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('2,000 objects deleted').waitFor();
  await page.locator('.job').getByText('Done', { exact: true }).waitFor();
  await link(page, 'old/').waitFor({ state: 'detached' });
  assert.deepEqual(await names(page), ['kept.txt']);
  const { text } = await call(page, 'GET', '/oss/many/?stat');
  assert.match(text, /<ObjectCount>1<\/ObjectCount>/);
  await close(page);
});

test('the rows of a short list are as wide as the list', async () => {
  const page = await openBucket('wide', { a: 'x' });
  const [row, grid] = [await list(page).getByRole('row').nth(1).boundingBox(), await list(page).boundingBox()];
  assert.ok(grid.width - row.width < 3, `the row has ${row.width} of ${grid.width} px`);
  await close(page);
});

test('rows are selected by keyboard, with a range and all at once', async () => {
  const page = await openBucket('select', Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((key) => [key, 'x'])));
  await list(page).focus();
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ ');
  await page.getByText('3 objects selected').waitFor();
  await inspect(page, 'objects-selected');
  await page.keyboard.press('Control+a');
  await page.getByText('5 objects selected').waitFor();
  await page.getByRole('button', { name: 'Clear', exact: true }).click();
  await list(page).locator('[aria-selected=true]').first().waitFor({ state: 'detached' });
  await close(page);
});

test('an object that a mirror rule fetched appears live, with origin, time and rule', async () => {
  const page = await openBucket('mirror');
  assert.equal((await call(page, 'PUT', '/oss/mirror/?website', mirrorRule(origin.url, 'mirrored/'))).status, 200);
  await call(page, 'PUT', '/oss/mirror/?acl', undefined, { 'x-oss-acl': 'public-read' });
  const answer = await fetch(`${server.endpoint}/mirror/mirrored/photo.jpg`);
  assert.equal(await answer.text(), 'a photo');
  await link(page, 'mirrored/').click();
  const row = list(page).getByRole('row').filter({ hasText: 'photo.jpg' });
  await row.getByText(new URL(origin.url).host).waitFor();
  assert.match(await row.innerText(), /Mirrored/);
  await inspect(page, 'objects-mirrored-list');
  await link(page, 'photo.jpg').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Mirrored', { exact: true }).waitFor();
  const said = await dialog.innerText();
  assert.ok(said.includes(`${origin.url}/mirrored/photo.jpg`), said);
  assert.match(said, /Fetched at\s+\d+ \w+ \d{4}/);
  assert.match(said, /By the rule\s+Rule 1/);
  assert.ok(!said.includes('Headers changed at'), said);
  await inspect(page, 'objects-mirrored');
  await dialog.getByRole('tab', { name: 'Headers' }).click();
  await dialog.getByLabel('Cache-Control').fill('max-age=60');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The headers are saved.').waitFor();
  await dialog.getByRole('tab', { name: 'Properties' }).click();
  await dialog.getByText('Headers changed at').waitFor();
  assert.ok((await dialog.innerText()).includes(`${origin.url}/mirrored/photo.jpg`), 'it still says where the bytes came from');
  await close(page);
});

test('headers and metadata are changed, and body, ACL and hostile values are kept', async () => {
  const page = await openBucket('meta');
  const stored = { 'content-type': 'text/html', 'x-oss-meta-evil': HOSTILE, 'x-oss-object-acl': 'public-read' };
  await call(page, 'PUT', '/oss/meta/page.html', '<script>document.title = "run"</script>', stored);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await link(page, 'page.html').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'Headers' }).click();
  await dialog.getByLabel('Value').waitFor();
  assert.equal(await dialog.getByLabel('Value').inputValue(), HOSTILE);
  assert.equal(await dialog.getByLabel('Cache-Control').inputValue(), '', 'what the console adds is not taken for the object\'s own');
  await dialog.getByLabel('Cache-Control').fill('max-age=60');
  await dialog.getByRole('button', { name: 'Add metadata' }).click();
  await dialog.getByLabel('Name').nth(1).fill('city');
  await dialog.getByLabel('Value').nth(1).fill('杭州');
  await inspect(page, 'objects-metadata');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The headers are saved.').waitFor();
  const { headers, text } = await call(page, 'GET', '/oss/meta/page.html');
  assert.equal(headers['cache-control'], 'max-age=60');
  assert.equal(headers['x-oss-meta-evil'], HOSTILE);
  assert.equal(Buffer.from(headers['x-oss-meta-city'], 'latin1').toString(), '杭州');
  assert.equal(text, '<script>document.title = "run"</script>');
  assert.match((await call(page, 'GET', '/oss/meta/page.html?acl')).text, /<Grant>public-read<\/Grant>/);
  await dialog.getByRole('tab', { name: 'Preview' }).click();
  await dialog.getByText('<script>document.title = "run"</script>').waitFor();
  await inspect(page, 'objects-preview-text');
  await close(page);
});

test('an uploaded page does not run, whichever way it is opened', async () => {
  const page = await openBucket('xss');
  const body = '<!doctype html><title>quiet</title><script>document.title = "run"; parent.ran = true</script><img src=x onerror="document.title=\'run\'">';
  for (const [key, type] of [['page.html', 'text/html'], ['image.svg', 'image/svg+xml'], ['page.xhtml', 'application/xhtml+xml']]) {
    await call(page, 'PUT', `/oss/xss/${key}`, key.endsWith('svg') ? `<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = 'run'</script></svg>` : body, { 'content-type': type });
    const other = await page.context().newPage();
    await other.goto(`${server.console}/oss/xss/${key}`).catch(() => null);
    assert.notEqual(await other.title(), 'run', key);
    await other.close();
  }
  await page.getByRole('button', { name: 'Refresh' }).click();
  for (const key of ['page.html', 'page.xhtml']) {
    await link(page, key).click();
    await page.getByRole('dialog').getByRole('tab', { name: 'Preview' }).click();
    await page.getByRole('dialog').getByText('document.title = "run"', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
  }
  await link(page, 'image.svg').click();
  await page.getByRole('dialog').getByRole('tab', { name: 'Preview' }).click();
  await page.getByRole('dialog').locator('img, .notice').first().waitFor();
  assert.ok(!(await page.title()).includes('run'));
  assert.equal(await page.evaluate(() => window.ran), undefined);
  await page.context().close();
});

test('hostile keys are shown as text, in every place that names them', async () => {
  const keys = { [HOSTILE]: 'x', 'report\u202Efdp.exe': 'x', 'two\nlines': 'x', ' lead': 'x', [`${'长'.repeat(300)}.txt`]: 'x', '../../session': 'x', 'a%2Fb+c?d#e': 'x', 'folder\u0007/x': 'x' };
  const page = await openBucket('hostile', keys);
  await page.getByText('8 rows').first().waitFor();
  await inspect(page, 'objects-hostile');
  const shown = await names(page);
  assert.ok(shown.includes(HOSTILE));
  assert.ok(shown.includes('report[U+202E]fdp.exe'));
  assert.ok(shown.includes('two[U+000A]lines'));
  assert.ok(shown.includes('␣lead'));
  for (const key of [HOSTILE, 'a%2Fb+c?d#e', 'two[U+000A]lines']) {
    await link(page, key).click();
    await page.getByRole('dialog').getByText('Written by a client').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await link(page, '../').click();
  await link(page, '../').click();
  await link(page, 'session').waitFor();
  await show(page, 'hostile');
  await list(page).focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('8 objects will be deleted.').waitFor();
  await dialog.getByLabel('To confirm, type 8').fill('8');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('The bucket is empty').waitFor();
  assert.equal(await page.evaluate(() => document.querySelectorAll('main img').length), 0);
  await close(page);
});

test('objects and folders are renamed, copied and moved, and what exists is not replaced', async () => {
  const objects = { 'one.txt': 'first', 'two.txt': 'second', 'dir/a.txt': 'a', 'dir/b/c.txt': 'c' };
  const page = await openBucket('moving', objects, { expectedErrors: [/409 \(Conflict\).*two\.txt/] });
  await call(page, 'PUT', '/oss/moving/one.txt?acl', undefined, { 'x-oss-object-acl': 'public-read' });
  const dialog = page.getByRole('dialog');
  const act = async (name, action, fields) => {
    await list(page).getByRole('checkbox', { name: `Select ${name}`, exact: true }).click();
    await page.getByRole('button', { name: action, exact: true }).first().click();
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label).fill(value);
    await dialog.getByRole('button', { name: action, exact: true }).click();
  };
  await act('one.txt', 'Rename', { 'New key': 'two.txt' });
  await page.getByText('What failed (1)').waitFor();
  assert.equal((await call(page, 'GET', '/oss/moving/two.txt')).text, 'second');
  assert.equal((await call(page, 'GET', '/oss/moving/one.txt')).text, 'first');
  await page.getByRole('button', { name: /^Dismiss: / }).click();
  await act('one.txt', 'Rename', { 'New key': 'renamed.txt' });
  await link(page, 'renamed.txt').waitFor();
  await link(page, 'one.txt').waitFor({ state: 'detached' });
  assert.match((await call(page, 'GET', '/oss/moving/renamed.txt?acl')).text, /<Grant>public-read<\/Grant>/);
  await act('dir/', 'Copy', { 'New folder': 'dir/inside/' });
  await dialog.getByText('A folder cannot be copied or moved into itself.').waitFor();
  await dialog.getByLabel('New folder').fill('copied/');
  await inspect(page, 'objects-copy');
  await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
  await link(page, 'copied/').waitFor();
  assert.equal((await call(page, 'GET', '/oss/moving/copied/b/c.txt')).text, 'c');
  await act('dir/', 'Move', { 'New folder': 'moved/' });
  await link(page, 'moved/').waitFor();
  await link(page, 'dir/').waitFor({ state: 'detached' });
  await inspect(page, 'objects-jobs');
  await close(page);
});

test('a folder is created and opened', async () => {
  const page = await openBucket('newfolder');
  await page.getByRole('button', { name: 'New folder' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('Enter a name.').waitFor();
  await dialog.getByLabel('Name of the folder').fill('2026/june');
  await assertAccessible(page, 'new folder');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await link(page, '(the folder itself)').waitFor();
  assert.equal((await call(page, 'HEAD', '/oss/newfolder/2026%2Fjune%2F')).status, 200);
  await close(page);
});

test('a link lets anybody read the object under other headers until it expires, and no other one', async () => {
  const page = await openBucket('links', { 'a b/über.txt': 'for a friend' });
  await show(page, 'links', '?prefix=a%20b%2F');
  await link(page, 'über.txt').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('tab', { name: 'Link' }).click();
  await dialog.getByLabel('Endpoint').fill('no address');
  await dialog.getByRole('button', { name: 'Create the link' }).click();
  await dialog.getByText('Enter an address such as').waitFor();
  await dialog.getByLabel('Endpoint').fill(server.endpoint);
  await dialog.getByText('Headers of the answer').click();
  await dialog.getByRole('button', { name: 'As a download' }).click();
  await dialog.getByRole('button', { name: 'Create the link' }).click();
  const url = await dialog.getByRole('textbox', { name: 'Address' }).inputValue();
  await inspect(page, 'objects-link-made');
  const answer = await fetch(url);
  assert.equal(await answer.text(), 'for a friend');
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename\*=UTF-8''%C3%BCber\.txt$/);
  assert.equal((await fetch(url.replace('%C3%BCber', 'other'))).status, 403);
  assert.equal((await fetch(url, { method: 'DELETE' })).status, 403);
  await dialog.getByLabel('What it allows').selectOption('PUT');
  await dialog.getByLabel('Content type').fill('text/plain');
  await dialog.getByRole('button', { name: 'Create the link' }).click();
  const writing = await dialog.getByRole('textbox', { name: 'Address' }).inputValue();
  assert.equal((await fetch(writing, { method: 'PUT', body: 'new', headers: { 'content-type': 'text/plain' } })).status, 200);
  await close(page);
});

test('a PDF is given to the viewer of the browser, and its sandbox allows no script of an uploaded page', async () => {
  const page = await openBucket('pdf', {});
  await call(page, 'PUT', '/oss/pdf/a.pdf', '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj trailer<</Root 1 0 R>>', { 'content-type': 'application/pdf' });
  await call(page, 'PUT', '/oss/pdf/false.pdf', '<script>parent.ran = true</script>', { 'content-type': 'application/pdf' });
  await page.getByRole('button', { name: 'Refresh' }).click();
  for (const key of ['a.pdf', 'false.pdf']) {
    await link(page, key).click();
    await page.getByRole('dialog').getByRole('tab', { name: 'Preview' }).click();
    await page.getByRole('dialog').locator('iframe.preview-pdf, .empty').first().waitFor();
    // The viewer may have taken the focus, and Escape with it.
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  assert.equal(await page.evaluate(() => window.ran), undefined);
  await close(page);
});

/** A second of silence. */
function silence() {
  const [rate, head] = [8000, 44];
  const wav = Buffer.alloc(head + rate, 128);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate, 28);
  wav.writeUInt16LE(1, 32);
  wav.writeUInt16LE(8, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(rate, 40);
  return wav;
}

test('audio and video are played by the browser, and what is none says so', async () => {
  const page = await openBucket('media');
  await page.evaluate(async (wav) => {
    const { csrf } = await (await fetch('/session')).json();
    const put = (key, body, type) => fetch(`/oss/media/${key}`, { method: 'PUT', body, headers: { 'x-coho-csrf': csrf, 'content-type': type } });
    await put('silence.wav', new Blob([new Uint8Array(wav)]), 'audio/wav');
    await put('broken.mp4', 'this is no video', 'video/mp4');
    // A video of what is drawn, which the browser makes itself.
    const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 16 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: 'video/webm' });
    const pieces = [];
    const recorded = new Promise((resolve) => Object.assign(recorder, { onstop: resolve, ondataavailable: ({ data }) => pieces.push(data) }));
    recorder.start(20);
    for (let frame = 0; pieces.reduce((sum, { size }) => sum + size, 0) === 0 || frame < 10; frame += 1) {
      context.fillStyle = frame % 2 ? 'red' : 'blue';
      context.fillRect(0, 0, 32, 16);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    recorder.stop();
    await recorded;
    await put('drawn.webm', new Blob(pieces), 'video/webm');
  }, [...silence()]);
  await page.getByRole('button', { name: 'Refresh' }).click();
  const dialog = page.getByRole('dialog');
  const preview = async (key) => {
    await link(page, key).click();
    await dialog.getByRole('tab', { name: 'Preview' }).click();
  };
  await preview('silence.wav');
  await page.waitForFunction(() => document.querySelector('audio')?.duration === 1);
  await inspect(page, 'objects-preview-audio');
  await page.keyboard.press('Escape');
  await preview('drawn.webm');
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth === 32);
  await inspect(page, 'objects-preview-video');
  await page.keyboard.press('Escape');
  await preview('broken.mp4');
  await dialog.getByText(/cannot show|cannot be shown/).waitFor();
  await close(page);
});

test('an image is shown as one, and an absent bucket says what to do', async () => {
  const page = await openBucket('images', {}, { expectedErrors: [/404 \(Not Found\)/] });
  await page.evaluate(async (bytes) => {
    const { csrf } = await (await fetch('/session')).json();
    await fetch('/oss/images/dot.png', { method: 'PUT', body: new Blob([new Uint8Array(bytes)], { type: 'image/png' }), headers: { 'x-coho-csrf': csrf } });
  }, [...PIXEL]);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await link(page, 'dot.png').click();
  await page.getByRole('dialog').getByRole('tab', { name: 'Preview' }).click();
  await page.waitForFunction(() => document.querySelector('.preview-image')?.naturalWidth === 1);
  await inspect(page, 'objects-preview-image');
  await page.keyboard.press('Escape');
  await goTo(page, '#/buckets/absent/objects');
  await page.getByText('The bucket does not exist').waitFor();
  await inspect(page, 'objects-no-bucket');
  await close(page);
});

test('the screen is accessible in every size, theme and language', async () => {
  const page = await openBucket('looks', { 'a folder/x': 'x', 'photo.jpg': 'x'.repeat(1234), 'video.mp4': 'x', [`${'long-name-'.repeat(40)}.bin`]: 'x' });
  await eachLook(page, LOOKS, (look) => inspect(page, `objects-${lookName(look)}`));
  await list(page).getByRole('checkbox').nth(2).click();
  await page.locator('.selection-bar:not(.empty-bar)').waitFor();
  await link(page, 'photo.jpg').click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('.kv').first().waitFor();
  await dialog.locator('.skeleton').first().waitFor({ state: 'detached' });
  await eachLook(page, LOOKS, (look) => inspect(page, `objects-details-${lookName(look)}`));
  await dialog.getByRole('tab').nth(3).click();
  await dialog.getByRole('textbox').first().waitFor();
  await eachLook(page, LOOKS, (look) => inspect(page, `objects-link-${lookName(look)}`));
  await close(page);
});
