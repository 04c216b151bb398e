// Uploads that continue after the page was reloaded: only with the same file, compared part by part, and without sending a stored part again.

import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, FEW_LOOKS, goTo, inspect, lookName, openConsole } from './browser.mjs';
import { call } from './bucket_fixture.mjs';
import { administrator } from './store.mjs';

const MIB = 2 ** 20;
/** Two parts: one of 16 MiB, and the rest. */
const FILE_MIB = 20;
/** A server without optimisation on a busy machine takes some three megabytes a second. */
const LONG = { timeout: 600_000 };

setUp();

const work = mkdtempSync(join(tmpdir(), 'coho-resume-'));
after(() => rmSync(work, { recursive: true, force: true }));

/** A file on disk whose bytes differ from piece to piece; `seed` makes another content of the same size and time. */
function makeFile(name, seed = 1) {
  const bytes = Buffer.alloc(FILE_MIB * MIB + 12_345);
  for (let at = 0, value = seed; at < bytes.length; at += 4) bytes.writeUInt32LE((value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0), Math.min(at, bytes.length - 4));
  const path = join(work, name);
  writeFileSync(path, bytes);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  return path;
}

const choose = (page, path) => page.locator('.page-head .pick-files').setInputFiles(path);
const state = (page, name, text) => page.locator('.upload').filter({ hasText: name }).first().getByText(text, { exact: true });
const waiting = (page) => page.locator('.waiting-uploads');

/** The numbers of the parts that the page sends from now on. */
function watchParts(page) {
  const sent = [];
  page.on('request', (request) => {
    const { searchParams } = new URL(request.url());
    if (request.method() === 'PUT' && searchParams.has('partNumber')) sent.push(Number(searchParams.get('partNumber')));
  });
  return sent;
}

/** A page whose upload of `path` was interrupted by a reload after its first part was stored. */
async function interrupted(bucket, path) {
  const page = await openConsole(browser, server, { path: '#/nothing', expectedErrors: [/net::ERR_/, /404 \(Not Found\).*uploadId=/] });
  assert.equal((await call(page, 'PUT', `/oss/${bucket}/`)).status, 200);
  await goTo(page, `#/buckets/${bucket}/objects`);
  const isHeld = (url) => Number(url.searchParams.get('partNumber')) > 1;
  const first = page.waitForResponse((answer) => answer.url().includes('partNumber=1&') && answer.ok(), LONG);
  // It gets no answer: the page is gone before.
  await page.route(isHeld, () => null);
  await choose(page, path);
  await first;
  await page.reload();
  await page.unroute(isHeld);
  await waiting(page).getByText('16 MiB of 20 MiB stored').waitFor();
  return page;
}

async function assertStored(bucket, key, path) {
  const oss = await administrator(server);
  assert.ok(!(await oss('GET', `/${bucket}/?uploads`)).includes('<Upload>'), 'the upload has ended');
  const answer = await fetch(`${server.endpoint}/${bucket}/${key}`);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(path)), 'the object is the file');
}

async function openToAll(bucket) {
  await (await administrator(server))('PUT', `/${bucket}/?acl`, { headers: { 'x-oss-acl': 'public-read' } });
}

test('an upload continues after a reload, and no stored part is sent again', LONG, async () => {
  const path = makeFile('video.bin');
  const page = await interrupted('resume', path);
  await openToAll('resume');
  await eachLook(page, FEW_LOOKS, (look) => inspect(page, `resume-waiting-${lookName(look)}`));
  const stored = await page.evaluate(() => Object.entries(localStorage).filter(([name]) => name.startsWith('coho.upload.')).map(([, value]) => JSON.parse(value)));
  assert.deepEqual(stored.map((record) => Object.keys(record).sort()), [['begun', 'bucket', 'key', 'modified', 'name', 'size']], 'nothing else is kept');
  const sent = watchParts(page);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Choose the file of video.bin' }).click()]);
  await chooser.setFiles(path);
  await state(page, 'video.bin', 'Done').waitFor(LONG);
  assert.deepEqual(sent, [2], 'the stored part is not sent again');
  await waiting(page).waitFor({ state: 'detached' });
  await assertStored('resume', 'video.bin', path);
  assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('coho.upload.')).length), 0);
  await close(page);
});

test('another file is refused, and parts of one that only looks the same are sent again', LONG, async () => {
  const path = makeFile('same.bin');
  const page = await interrupted('compared', path);
  await openToAll('compared');
  const other = join(work, 'other.bin');
  writeFileSync(other, 'another file');
  await waiting(page).locator('.pick-waiting').setInputFiles(other);
  await waiting(page).getByText('This is another file.').waitFor();
  await inspect(page, 'resume-other-file');
  // The same name, size and time, and other bytes.
  makeFile('same.bin', 2);
  const sent = watchParts(page);
  await choose(page, path);
  await state(page, 'same.bin', 'Done').waitFor(LONG);
  assert.deepEqual(sent.sort(), [1, 2], 'a part that differs is sent again');
  await assertStored('compared', 'same.bin', path);
  await close(page);
});

test('an abandoned upload is aborted, and one that is gone is not shown', LONG, async () => {
  const page = await interrupted('abandoned', makeFile('gone.bin'));
  await page.getByRole('button', { name: 'Abort the upload of gone.bin' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click();
  await waiting(page).waitFor({ state: 'detached' });
  const oss = await administrator(server);
  assert.ok(!(await oss('GET', '/abandoned/?uploads')).includes('<Upload>'));
  await close(page);

  const second = await interrupted('ended', makeFile('ended.bin'));
  const uploadId = (await oss('GET', '/ended/?uploads')).match(/<UploadId>(\w+)</)[1];
  await oss('DELETE', `/ended/ended.bin?uploadId=${uploadId}`);
  await goTo(second, '#/nothing');
  await goTo(second, '#/buckets/ended/objects');
  await second.waitForFunction(() => !Object.keys(localStorage).some((name) => name.startsWith('coho.upload.')));
  assert.equal(await waiting(second).count(), 0);
  await close(second);
});

test('two pages do not send the same upload, and damaged records are dropped', LONG, async () => {
  const path = makeFile('twice.bin');
  const page = await interrupted('twice', path);
  const isHeld = (url) => Number(url.searchParams.get('partNumber')) > 1;
  await page.route(isHeld, () => null);
  await choose(page, path);
  await waiting(page).waitFor({ state: 'detached' });
  const other = await page.context().newPage();
  await other.goto(`${server.console}/#/buckets/twice/objects`);
  await other.getByText('The bucket is empty').waitFor();
  await other.evaluate(() => localStorage.setItem('coho.upload.damaged', '{"bucket":'));
  await other.evaluate(() => localStorage.setItem('coho.upload.shape', '{"bucket":"twice","key":7}'));
  await other.reload();
  await other.getByText('The bucket is empty').waitFor();
  await other.waitForFunction(() => Object.keys(localStorage).filter((name) => name.startsWith('coho.upload.')).length === 1);
  assert.equal(await waiting(other).count(), 0, 'the upload of the first page is not offered');
  page.assertClean();
  await page.close();
  await other.reload();
  await waiting(other).getByText('twice.bin').first().waitFor();
  await other.context().close();
});
