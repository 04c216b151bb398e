// The modules below the screens, in the browser against the server: OSS through the console, the CSRF token, the end of a session.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { browser, server, setUp } from './set_up.mjs';
import { openConsole } from './browser.mjs';

/** Names that a URL, a form or an XML document could distort. */
const KEYS = [
  'plain.txt', 'dir/file', 'a//b', 'a/../b', 'a/./b', './x', '../x', 'ends/', 'blank and + and %2B and %', 'query?x=1&y#z', '<b>&amp;"\'', '目录/文件',
  'emoji-😀', '\u0001control\t\n', 'x\u00a0y', '%2e%2e', 'a\\b', '~!*()', 'é', 'e\u0301',
];

let page;

setUp({
  begin: async () => {
    page = await openConsole(browser, server, { expectedErrors: [/4\d\d \(/] });
    await page.evaluate(async () => {
      const modules = ['oss', 'oss_multipart', 'api', 'session'];
      for (const name of modules) window[`m_${name}`] = await window.consoleModule(`${name}.js`);
      window.code = (promise) => promise.then(() => 'no failure', ({ status, code }) => `${status} ${code}`);
    });
  },
  end: () => page?.assertClean(),
});

test('every name of an object survives writing, listing, reading, copying and deleting', async () => {
  const seen = await page.evaluate(async (keys) => {
    const { oss } = window.m_oss;
    await oss.putBucket('names');
    for (const key of keys) await oss.putObject('names', key, new Blob([`body of ${key}`]), { headers: { 'content-type': 'text/x-test' } });
    const page = await oss.listObjects('names');
    const bodies = [];
    for (const key of keys) bodies.push(await (await oss.getObject('names', key)).text());
    const head = await oss.headObject('names', keys.at(-1));
    for (const key of keys) await oss.copyObject({ bucket: 'names', key }, { bucket: 'names', key: `copy/${key}` });
    const copies = (await oss.listObjects('names', { prefix: 'copy/' })).objects.map(({ key }) => key);
    const folders = (await oss.listObjects('names', { delimiter: '/' })).prefixes;
    const deleted = await oss.deleteObjects('names', [...keys, ...copies]);
    return { listed: page.objects.map(({ key }) => key), bodies, head: { ...head, headers: null }, copies, folders, deleted, left: (await oss.listObjects('names')).objects };
  }, KEYS);
  assert.deepEqual(seen.listed.toSorted(), KEYS.toSorted());
  assert.deepEqual(seen.bodies, KEYS.map((key) => `body of ${key}`));
  assert.deepEqual(seen.copies.toSorted(), KEYS.map((key) => `copy/${key}`).toSorted());
  assert.ok(seen.folders.includes('目录/') && seen.folders.includes('../'));
  assert.equal(seen.deleted.length, 2 * KEYS.length);
  assert.deepEqual(seen.left, []);
  assert.equal(seen.head.contentType, 'text/x-test');
  assert.match(seen.head.crc64, /^\d+$/);
});

test('a key that a browser would resolve away is refused before it is sent', async () => {
  for (const key of ['.', '..']) {
    assert.equal(await page.evaluate((key) => window.code((async () => window.m_oss.oss.deleteObject('names', key))()), key), '0 KeyNotAddressable');
  }
});

test('a bucket is created with its settings, described, counted and deleted', async () => {
  const seen = await page.evaluate(async () => {
    const { oss } = window.m_oss;
    await oss.putBucket('described', { acl: 'public-read', storageClass: 'IA', redundancy: 'ZRS' });
    await oss.putObject('described', 'k', 'four');
    const [info, stat, acl, list] = [await oss.bucketInfo('described'), await oss.bucketStat('described'), await oss.getAcl('described'), await oss.listBuckets({ prefix: 'desc' })];
    await oss.putAcl('described', '', 'private');
    await oss.putAcl('described', 'k', 'public-read');
    const acls = [await oss.getAcl('described'), await oss.getAcl('described', 'k')];
    const full = await window.code(oss.deleteBucket('described'));
    await oss.deleteObject('described', 'k');
    await oss.deleteBucket('described');
    return { info, stat, acl, acls, names: list.buckets.map(({ name }) => name), full, gone: await window.code(oss.bucketInfo('described')), missing: await window.code(oss.headObject('names', 'none')) };
  });
  assert.equal(seen.info.name, 'described');
  assert.equal(seen.info.storageClass, 'IA');
  assert.equal(seen.info.redundancy, 'ZRS');
  assert.equal(seen.info.acl, 'public-read');
  assert.deepEqual(seen.stat, { objects: 1, bytes: 4, uploads: 0, parts: 0 });
  assert.deepEqual([seen.acl, ...seen.acls], ['public-read', 'private', 'public-read']);
  assert.deepEqual(seen.names, ['described']);
  assert.deepEqual([seen.full, seen.gone, seen.missing], ['409 BucketNotEmpty', '404 NoSuchBucket', '404 NoSuchKey']);
});

test('a multipart upload is listed, completed with progress, and aborted', async () => {
  const seen = await page.evaluate(async () => {
    const [{ oss }, { multipart }] = [window.m_oss, window.m_oss_multipart];
    const key = 'big ☃.bin';
    const id = await multipart.initiate('names', key, { headers: { 'content-type': 'image/x-big' } });
    const progress = [];
    const body = new Blob([new Uint8Array(300_000)]);
    const first = await multipart.uploadPart('names', key, id, 1, body, { onProgress: (sent, total) => progress.push([sent, total]) });
    const second = await multipart.uploadPart('names', key, id, 2, new Blob(['end']));
    const parts = await multipart.listParts('names', key, id);
    const uploads = await multipart.listUploads('names');
    const done = await multipart.complete('names', key, id, [{ partNumber: 1, etag: first.etag }, { partNumber: 2, etag: second.etag }]);
    const head = await oss.headObject('names', key);
    const other = await multipart.initiate('names', 'other');
    await multipart.abort('names', 'other', other);
    await oss.deleteObject('names', key);
    return { progress: progress.at(-1), parts: parts.parts.map(({ partNumber, size }) => [partNumber, size]), uploads: uploads.uploads.map(({ key }) => key), done, size: head.size, type: head.contentType, crc: head.crc64, left: (await multipart.listUploads('names')).uploads };
  });
  assert.deepEqual(seen.progress, [300_000, 300_000]);
  assert.deepEqual(seen.parts, [[1, 300_000], [2, 3]]);
  assert.deepEqual(seen.uploads, ['big ☃.bin']);
  assert.deepEqual([seen.size, seen.type, seen.left], [300_003, 'image/x-big', []]);
  assert.equal(seen.done.crc64, seen.crc);
});

test('a write that is aborted ends at once, and one that was aborted before sends nothing', async () => {
  const seen = await page.evaluate(async () => {
    const { oss } = window.m_oss;
    const nameOf = (promise) => promise.then(() => 'no failure', ({ name }) => name);
    const body = new Blob([new Uint8Array(300_000)]);
    const controller = new AbortController();
    // What is sent by then may be all of it: only the answer is certain.
    const stopped = nameOf(oss.putObject('names', 'stopped', body, { onProgress: () => {}, signal: controller.signal }));
    controller.abort();
    const names = [await stopped];
    for (const onProgress of [undefined, () => {}]) names.push(await nameOf(oss.putObject('names', 'never', body, { onProgress, signal: AbortSignal.abort() })));
    return { names, never: await window.code(oss.headObject('names', 'never')) };
  });
  assert.deepEqual(seen, { names: ['AbortError', 'AbortError', 'AbortError'], never: '404 NoSuchKey' });
});

test('a listing is read page by page', async () => {
  const keys = await page.evaluate(async () => {
    const { oss } = window.m_oss;
    await Promise.all(Array.from({ length: 25 }, (_, index) => oss.putObject('names', `page/${String(index).padStart(2, '0')}`, '')));
    const found = [];
    for (let token = ''; ; ) {
      const page = await oss.listObjects('names', { prefix: 'page/', maxKeys: 10, token });
      found.push(...page.objects.map(({ key }) => key));
      if (!page.truncated) break;
      token = page.nextToken;
    }
    await oss.deleteObjects('names', found);
    return found;
  });
  assert.equal(keys.length, 25);
  assert.deepEqual(keys, keys.toSorted());
});

test('a request without the CSRF token is refused, and one with an outdated token is sent again', async () => {
  const seen = await page.evaluate(async () => {
    const bare = await fetch('/oss/csrf-bucket/', { method: 'PUT' });
    const { session } = window.m_session;
    session.value = { ...session.value, csrf: 'outdated' };
    await window.m_oss.oss.putBucket('csrf-again');
    return { bare: bare.status, text: await bare.text(), names: (await window.m_oss.oss.listBuckets({ prefix: 'csrf' })).buckets.map(({ name }) => name) };
  });
  assert.equal(seen.bare, 403);
  assert.match(seen.text, /CsrfTokenRequired/);
  assert.deepEqual(seen.names, ['csrf-again']);
});

test('refusals of the admin API and of OSS have one form', async () => {
  const seen = await page.evaluate(async () => {
    const { api } = window.m_api;
    const shape = (promise) => promise.catch(({ status, code, detail, requestId }) => ({ status, code, detail: detail !== '', id: requestId !== '' }));
    return [await shape(api.get('/v1/none')), await shape(window.m_oss.oss.listObjects('no-such-bucket')), await shape(api.get('/v1/status', { signal: AbortSignal.abort() }).catch(({ name }) => Promise.reject({ status: 0, code: name })))];
  });
  assert.deepEqual(seen[0], { status: 404, code: 'NoSuchRoute', detail: true, id: true });
  assert.deepEqual(seen[1], { status: 404, code: 'NoSuchBucket', detail: true, id: true });
  assert.equal(seen[2].code, 'AbortError');
});
