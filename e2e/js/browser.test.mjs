// ali-oss in chromium: a page of another origin uploads and downloads directly, as CORS rules allow. What the rules do not allow
// fails in the browser, before the server stores anything.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { chromium } from 'playwright-core';

import { REGION } from './coho_process.mjs';
import { useCoho } from './fixture.mjs';

const CHROMIUM = process.env.COHO_E2E_CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const WAIT_MS = 90_000;
// The build of the client that pages include with a script element.
const CLIENT = join(dirname(createRequire(import.meta.url).resolve('ali-oss/package.json')), 'dist/aliyun-oss-sdk.min.js');

const fixture = useCoho();
const skip = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed`;

/** A page of an application, on a host of its own. */
const application = createServer((asked, answer) => {
  const isScript = asked.url === '/client.js';
  answer.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
  answer.end(isScript ? readFileSync(CLIENT) : '<!doctype html><script src="/client.js"></script>');
});

describe('a page of another origin', { skip }, () => {
  let browser;
  let origin;

  before(async () => {
    await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${application.address().port}`;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  after(async () => {
    await browser?.close();
    application.close();
    application.closeAllConnections();
  });

  /** A bucket with this CORS rule, and a page with `client` for that bucket. */
  async function openPage(v4, rule) {
    const { client, bucket } = await fixture.withBucket(v4);
    if (rule) await client.putBucketCORS(bucket, [{ allowedOrigin: origin, allowedHeader: '*', exposeHeader: ['ETag', 'x-oss-request-id'], ...rule }]);
    const page = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    await page.goto(`${origin}/`);
    await page.evaluate(({ options }) => {
      window.client = new window.OSS(options);
    }, {
      // As applications do it: the page is never given a key that lasts.
      options: { ...(await fixture.temporaryKey()), ...fixture.byName, region: `oss-${REGION}`, bucket, authorizationV4: v4, secure: false },
    });
    return { client, bucket, page };
  }

  const everything = { allowedMethod: ['GET', 'PUT', 'POST', 'HEAD', 'DELETE'] };

  for (const v4 of [false, true]) {
    const name = v4 ? 'V4' : 'V1';

    test(`uploads, in one piece and in parts, and downloads (${name})`, async () => {
      const { client, page } = await openPage(v4, everything);
      const seen = await page.evaluate(async () => {
        const { client } = window;
        await client.put('dir/a b', new Blob(['from the page']));
        const bytes = new Uint8Array(1_000_003).map((_, at) => at % 251);
        await client.multipartUpload('big', new File([bytes], 'big'), { partSize: 200 * 1024, parallel: 3 });
        const got = await client.get('dir/a b');
        const { objects } = await client.listV2({});
        await client.put('gone', new Blob(['x']));
        await client.delete('gone');
        return { text: new TextDecoder().decode(got.content), names: objects.map((found) => found.name) };
      });
      assert.deepEqual(seen, { text: 'from the page', names: ['big', 'dir/a b'] });
      const big = (await client.get('big')).content;
      assert.ok(big.length === 1_000_003 && big.every((byte, at) => byte === at % 251));
      assert.equal((await client.head('big')).res.headers['x-oss-object-type'], 'Multipart');
      await assert.rejects(client.get('gone'), { code: 'NoSuchKey' });
      await page.close();
    });

    test(`signed addresses and forms (${name})`, async () => {
      const { client, bucket, page } = await openPage(v4, everything);
      const statuses = await page.evaluate(async ({ v4, endpoint, bucket, signed }) => {
        const sign = (method, key) => (v4 ? window.client.signatureUrlV4(method, 60, {}, key) : window.client.signatureUrl(key, { method, expires: 60 }));
        const found = [];
        const answer = async (url, options) => {
          const got = await fetch(url, options);
          found.push(got.status);
          return got;
        };
        const written = await answer(await sign('PUT', 'signed'), { method: 'PUT', body: new Blob(['signed']) });
        found.push(written.headers.get('ETag'));
        found.push(await (await answer(await sign('GET', 'signed'))).text());
        const post = (key) => {
          const form = new FormData();
          for (const [field, value] of Object.entries({ key, ...signed })) form.append(field, value);
          form.append('file', new Blob(['posted']), 'f');
          return answer(`${endpoint}/${bucket}`, { method: 'POST', body: form });
        };
        await post('form/k');
        await post('other/k');
        return found;
      }, {
        v4, bucket, endpoint: fixture.coho.endpoint,
        signed: client.calculatePostSignature({ expiration: new Date(Date.now() + 60_000).toISOString(), conditions: [['starts-with', '$key', 'form/']] }),
      });
      assert.deepEqual(statuses, [200, '"43CA94DD646DBBAA78034918D61043E9"', 200, 'signed', 204, 403]);
      assert.equal((await client.get('form/k')).content.toString(), 'posted');
      await page.close();
    });
  }

  /** How an upload by the page fails. */
  const put = (page) => page.evaluate(() => window.client.put('k', new Blob(['x'])).then(() => 'stored', (error) => error.name));

  for (const [why, rule] of [
    ['without rules', null],
    ['of another origin', { ...everything, allowedOrigin: 'http://other.example' }],
    ['of another method', { allowedMethod: ['GET'] }],
    ['with another header', { ...everything, allowedHeader: 'x-other' }],
  ]) {
    test(`an upload ${why} is refused by the preflight`, async () => {
      const { client, page } = await openPage(true, rule);
      assert.notEqual(await put(page), 'stored');
      await assert.rejects(client.get('k'), { code: 'NoSuchKey' });
      await page.close();
    });
  }

  test('an error of the server is readable by the page', async () => {
    const { page } = await openPage(true, everything);
    const error = await page.evaluate(() => window.client.get('missing').catch(({ code, status, requestId }) => ({ code, status, requestId })));
    assert.deepEqual([error.code, error.status, error.requestId?.length], ['NoSuchKey', 404, 24]);
    await page.close();
  });
});
