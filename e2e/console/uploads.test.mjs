// Uploads: large ones with a pause, a lost connection, an expired session; names that are taken; what is refused.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, server, setUp } from './set_up.mjs';
import { close, focused, goTo, inspect, openConsole, shot, SIZES } from './browser.mjs';
import { call, putObjects } from './bucket_fixture.mjs';
import { Crc64 } from '../../crates/coho-console/assets/screens/objects/uploads/crc64.js';

const MIB = 2 ** 20;
const LARGE_MIB = 300;
/** Two parts. */
const MIDDLE_MIB = 32;
/** Growth of the page's heap that an upload may cause, whatever the size of the file. */
const MAX_HEAP_GROWTH = 48 * MIB;
/** What the browser logs about requests that were cut off. */
const CUT_OFF = [/net::ERR_/, /\/session$/];
/** A server without optimisation on a busy machine takes some three megabytes a second. */
const LONG = { timeout: 600_000 };

setUp();

async function openBucket(bucket, options = {}) {
  const page = await openConsole(browser, server, { path: '#/nothing', ...options });
  assert.equal((await call(page, 'PUT', `/oss/${bucket}/`)).status, 200);
  await goTo(page, `#/buckets/${bucket}/objects`);
  await page.getByText('The bucket is empty').waitFor();
  return page;
}

/** One piece of a generated file, the same here and in the page. */
function piece() {
  const bytes = new Uint8Array(MIB);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 7) >>> 3;
  return bytes;
}

function expectedCrc(mebibytes) {
  const crc = new Crc64();
  const bytes = piece();
  for (let at = 0; at < mebibytes; at += 1) crc.update(bytes);
  return String(crc.value);
}

/** Chooses a file that is made of one piece many times over, so that it takes no room in the page. */
const chooseLarge = (page, name, mebibytes) => page.evaluate(([name, mebibytes]) => {
  const bytes = new Uint8Array(2 ** 20);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 7) >>> 3;
  const files = new DataTransfer();
  files.items.add(new File(Array(mebibytes).fill(new Blob([bytes])), name));
  const input = document.querySelector('.pick-files');
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}, [name, mebibytes]);

const chooseSmall = (page, files) => page.locator('.page-head .pick-files').setInputFiles(
  Object.entries(files).map(([name, body]) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(body) })));

const upload = (page, name) => page.locator('.upload').filter({ hasText: name }).first();
const state = (page, name, text) => upload(page, name).getByText(text, { exact: true });

/** Lets the parts before `first` through and holds the others, until the function that it answers is called. */
async function holdParts(page, first) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const isHeld = (url) => Number(url.searchParams.get('partNumber')) >= first;
  await page.route(isHeld, async (route) => {
    await released;
    // It may have been cut off meanwhile.
    await route.continue().catch(() => null);
  });
  return async () => {
    release();
    await page.unroute(isHeld);
  };
}

/** Waits until so many hundredths of a file are sent. */
const sentPercent = (page, percent) => page.waitForFunction((percent) => {
  const bar = document.querySelector('.upload [role=progressbar]');
  return bar && Number(bar.getAttribute('aria-valuenow')) >= percent;
}, percent, LONG);

async function assertStored(page, bucket, key, mebibytes) {
  const { headers } = await call(page, 'HEAD', `/oss/${bucket}/${key}`);
  assert.equal(headers['content-length'], String(mebibytes * MIB));
  assert.equal(headers['x-oss-hash-crc64ecma'], expectedCrc(mebibytes));
}

const heap = async (page) => {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
};

test('300 MB are uploaded with a pause and a resume, and are the same at the server', LONG, async () => {
  const page = await openBucket('large');
  const before = await heap(page);
  const begun = performance.now();
  const release = await holdParts(page, 7);
  await chooseLarge(page, 'large.bin', LARGE_MIB);
  await sentPercent(page, 30);
  await page.getByRole('button', { name: 'Pause large.bin' }).click();
  await state(page, 'large.bin', 'Paused').waitFor();
  await inspect(page, 'uploads-paused');
  const warned = await page.evaluate(() => {
    const leaving = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leaving);
    return leaving.defaultPrevented;
  });
  assert.ok(warned, 'the page warns when it is left');
  await release();
  await page.getByRole('button', { name: 'Resume large.bin' }).click();
  await state(page, 'large.bin', 'Uploading').waitFor();
  await shot(page, 'uploads-running');
  await state(page, 'large.bin', 'Done').waitFor(LONG);
  const seconds = (performance.now() - begun) / 1000;
  console.log(`${LARGE_MIB} MiB in ${seconds.toFixed(1)} s, heap +${(((await heap(page)) - before) / MIB).toFixed(1)} MiB`);
  assert.ok((await heap(page)) - before < MAX_HEAP_GROWTH, 'the file is not in the heap');
  await assertStored(page, 'large', 'large.bin', LARGE_MIB);
  assert.ok(!(await call(page, 'GET', '/oss/large/?uploads')).text.includes('<Upload>'));
  await close(page);
});

test('a server that is restarted interrupts an upload, which then goes on by itself', LONG, async () => {
  const page = await openBucket('restart', { expectedErrors: CUT_OFF });
  const release = await holdParts(page, 2);
  await chooseLarge(page, 'restart.bin', MIDDLE_MIB);
  await sentPercent(page, 40);
  await server.halt();
  await release();
  await state(page, 'restart.bin', 'Interrupted').waitFor();
  await page.getByText('The server does not answer.', { exact: true }).waitFor();
  await inspect(page, 'uploads-interrupted');
  await server.resume();
  await state(page, 'restart.bin', 'Done').waitFor(LONG);
  await assertStored(page, 'restart', 'restart.bin', MIDDLE_MIB);
  await close(page);
});

test('an expired session asks to sign in again, and the upload goes on', LONG, async () => {
  const page = await openBucket('expired', { expectedErrors: [...CUT_OFF, /401 \(Unauthorized\)/] });
  const release = await holdParts(page, 2);
  await chooseLarge(page, 'expired.bin', MIDDLE_MIB);
  await sentPercent(page, 40);
  const other = await openConsole(browser, server, { path: '#/nothing' });
  await call(other, 'DELETE', '/sessions');
  await other.context().close();
  await release();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Your session has expired').waitFor();
  await dialog.locator('input.input').fill(server.token);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await state(page, 'expired.bin', 'Done').waitFor(LONG);
  await assertStored(page, 'expired', 'expired.bin', MIDDLE_MIB);
  await close(page);
});

test('a digest that differs stops the upload with a clear message, and it can be tried again', async () => {
  const page = await openBucket('differs');
  await page.route('**/oss/differs/broken.txt', (route) => route.fulfill({ status: 200, headers: { etag: '"0"', 'x-oss-hash-crc64ecma': '12345' } }));
  await chooseSmall(page, { 'broken.txt': 'what was sent' });
  await page.getByText('What is stored differs from the file').waitFor();
  await state(page, 'broken.txt', 'Failed').waitFor();
  await inspect(page, 'uploads-failed');
  await page.unroute('**/oss/differs/broken.txt');
  await page.getByRole('button', { name: 'Try broken.txt again' }).click();
  await state(page, 'broken.txt', 'Done').waitFor();
  assert.equal((await call(page, 'GET', '/oss/differs/broken.txt')).text, 'what was sent');
  await close(page);
});

test('the reader decides about names that are taken, for one file or for all', async () => {
  const page = await openBucket('clash');
  await putObjects(page, 'clash', { 'a.txt': 'old', 'b.txt': 'old', 'c.txt': 'old', 'd.txt': 'old' });
  const dialog = page.getByRole('dialog');
  await chooseSmall(page, { 'a.txt': 'new' });
  await dialog.getByText('The object exists already').waitFor();
  await inspect(page, 'uploads-clash');
  await dialog.getByRole('button', { name: 'Skip' }).click();
  await state(page, 'a.txt', 'Skipped').waitFor();
  await chooseSmall(page, { 'b.txt': 'new' });
  await dialog.getByRole('button', { name: 'Keep both' }).click();
  await state(page, 'b (2).txt', 'Done').waitFor();
  await chooseSmall(page, { 'c.txt': 'new', 'd.txt': 'new', 'e.txt': 'new' });
  await dialog.getByLabel('Do the same for all files of this upload').check();
  await dialog.getByRole('button', { name: 'Replace' }).click();
  for (const name of ['c.txt', 'd.txt', 'e.txt']) await state(page, name, 'Done').waitFor();
  await page.getByRole('button', { name: 'Clear the list' }).click();
  await page.locator('.uploads').waitFor({ state: 'detached' });
  await focused(page, 'h1');
  const found = {};
  for (const key of ['a.txt', 'b.txt', 'b%20(2).txt', 'c.txt', 'd.txt', 'e.txt']) found[key] = (await call(page, 'GET', `/oss/clash/${key}`)).text;
  assert.deepEqual(found, { 'a.txt': 'old', 'b.txt': 'old', 'b%20(2).txt': 'new', 'c.txt': 'new', 'd.txt': 'new', 'e.txt': 'new' });
  await close(page);
});

test('a cancelled upload leaves nothing, and uploads of others can be aborted', LONG, async () => {
  const page = await openBucket('cancel');
  const release = await holdParts(page, 2);
  await chooseLarge(page, 'cancel.bin', MIDDLE_MIB);
  await sentPercent(page, 40);
  await page.getByRole('button', { name: 'Cancel cancel.bin' }).click();
  await state(page, 'cancel.bin', 'Cancelled').waitFor();
  await release();
  await page.waitForFunction(async () => !(await (await fetch('/oss/cancel/?uploads')).text()).includes('<Upload>'));
  await call(page, 'POST', '/oss/cancel/of-another?uploads');
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Unfinished multipart uploads' }).click();
  const dialog = page.getByRole('dialog', { name: 'Unfinished multipart uploads' });
  await dialog.getByText('of-another').waitFor();
  await inspect(page, 'uploads-unfinished');
  await dialog.getByRole('button', { name: 'Abort the upload of of-another' }).click();
  await page.getByRole('dialog', { name: 'Abort the upload?' }).getByRole('button', { name: 'Abort' }).click();
  await dialog.getByText('There are no unfinished uploads').waitFor();
  assert.ok(!(await call(page, 'GET', '/oss/cancel/?uploads')).text.includes('<Upload>'));
  await close(page);
});

test('a folder is uploaded with its folders, by the picker and by a drop', async () => {
  const page = await openBucket('folder');
  const work = mkdtempSync(join(tmpdir(), 'coho-folder-'));
  mkdirSync(join(work, 'site/css'), { recursive: true });
  writeFileSync(join(work, 'site/index.html'), 'index');
  writeFileSync(join(work, 'site/css/a.css'), 'a {}');
  await page.locator('.page-head .pick-folder').setInputFiles(join(work, 'site'));
  await state(page, 'site/css/a.css', 'Done').waitFor();
  await state(page, 'site/index.html', 'Done').waitFor();
  rmSync(work, { recursive: true });
  assert.equal((await call(page, 'GET', '/oss/folder/site%2Fcss%2Fa.css')).text, 'a {}');
  await page.evaluate(() => {
    // A script cannot make a dropped folder; its entries are played.
    const file = (path, body) => ({ isFile: true, fullPath: path, file: (done) => done(new File([body], path.split('/').at(-1))) });
    const folder = (entries) => ({ isFile: false, createReader: () => ({ readEntries: (done) => done(entries.splice(0)) }) });
    DataTransferItem.prototype.webkitGetAsEntry = () => folder([file('/dropped/one.txt', '1'), folder([file('/dropped/deep/two.txt', '2')])]);
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'dropped'));
    const fire = (name) => document.querySelector('main').dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
    fire('dragenter');
    window.drop = () => fire('drop');
  });
  await page.getByText('Drop files and folders to upload them to').waitFor();
  await inspect(page, 'uploads-drop');
  await page.evaluate(() => window.drop());
  await state(page, 'dropped/deep/two.txt', 'Done').waitFor();
  assert.equal((await call(page, 'GET', '/oss/folder/dropped%2Fdeep%2Ftwo.txt')).text, '2');
  await close(page);
});

test('uploads go on while another screen is shown, which says so', LONG, async () => {
  const page = await openBucket('elsewhere', { size: SIZES[0] });
  const release = await holdParts(page, 2);
  await chooseLarge(page, 'elsewhere.bin', MIDDLE_MIB);
  await sentPercent(page, 40);
  await shot(page, 'uploads-360');
  await goTo(page, '#/nothing');
  const pill = page.getByRole('complementary', { name: 'Uploads' });
  await pill.waitFor();
  await inspect(page, 'uploads-pill');
  await pill.getByRole('link').click();
  await release();
  await state(page, 'elsewhere.bin', 'Done').waitFor(LONG);
  await assertStored(page, 'elsewhere', 'elsewhere.bin', MIDDLE_MIB);
  await close(page);
});
