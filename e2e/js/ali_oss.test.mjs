// ali-oss 6.23 against the release binary, V1 and V4, endpoint by IP: there the client names the bucket in a
// Host header of Alibaba's own domain, whatever it connects to.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';

import { REGION } from './coho_process.mjs';
import { useCoho } from './fixture.mjs';

const KEYS = ['plain.txt', 'dir/with space.txt', 'dir/plus+and&.txt', '\u4f60\u597d/\u00fc.txt', 'a%20b'];

const fixture = useCoho();
const { withBucket } = fixture;

for (const v4 of [false, true]) {
  describe(v4 ? 'signature V4' : 'signature V1', () => {
    test('buckets are listed, described and removed', async () => {
      const { client, bucket } = await withBucket(v4);
      const listed = await client.listBuckets({ prefix: bucket });
      assert.deepEqual(listed.buckets.map((found) => found.name), [bucket]);
      const { bucket: info } = await client.getBucketInfo(bucket);
      assert.equal(info.Name, bucket);
      assert.equal(info.AccessControlList.Grant, 'private');
      assert.equal((await client.getBucketLocation(bucket)).location, `oss-${REGION}`);
      await client.putBucketACL(bucket, 'public-read');
      assert.equal((await client.getBucketACL(bucket)).acl, 'public-read');
      await client.put('k', Buffer.from('12345'));
      const { stat } = await client.getBucketStat(bucket);
      assert.deepEqual([stat.ObjectCount, stat.Storage], ['1', '5']);
      await assert.rejects(client.deleteBucket(bucket), { code: 'BucketNotEmpty', status: 409 });
      await client.delete('k');
      await client.deleteBucket(bucket);
      await assert.rejects(client.getBucketInfo(bucket), { code: 'NoSuchBucket', status: 404 });
    });

    for (const key of KEYS) {
      test(`object ${key} goes in and comes out`, async () => {
        const { client } = await withBucket(v4);
        const put = await client.put(key, Buffer.from('hello world'), {
          mime: 'text/x',
          meta: { colour: 'blue' },
        });
        assert.equal(put.res.headers['x-oss-hash-crc64ecma'], '5981764153023615706');
        const got = await client.get(key);
        assert.equal(got.content.toString(), 'hello world');
        assert.equal(got.res.headers['content-type'], 'text/x');
        const head = await client.head(key);
        assert.deepEqual([head.status, head.meta], [200, { colour: 'blue' }]);
        const meta = await client.getObjectMeta(key);
        assert.equal(meta.res.headers.etag, '"5EB63BBBE01EEED093CB22BB8F5ACDC3"');
        const listed = await client.listV2({ 'max-keys': 10 });
        assert.deepEqual(listed.objects.map((found) => found.name), [key]);
        await client.delete(key);
        await assert.rejects(client.get(key), { code: 'NoSuchKey', status: 404 });
        await assert.rejects(client.head(key), { status: 404 });
      });
    }

    test('streams go in and come out', async () => {
      const { client } = await withBucket(v4);
      const body = randomBytes(1_000_003);
      await client.putStream('stream', Readable.from([body.subarray(0, 500_000), body.subarray(500_000)]));
      const { stream } = await client.getStream('stream');
      const pieces = [];
      for await (const piece of stream) pieces.push(piece);
      assert.ok(Buffer.concat(pieces).equals(body));
      const part = await client.get('stream', { headers: { Range: 'bytes=10-19' } });
      assert.ok(part.content.equals(body.subarray(10, 20)));
      assert.equal(part.res.status, 206);
    });

    test('lists have prefixes, pages and markers', async () => {
      const { client } = await withBucket(v4);
      for (const key of ['a/1', 'a/2', 'b c/1', 'd+e', 'z']) await client.put(key, Buffer.from('x'));
      const v1 = await client.list({ delimiter: '/', 'max-keys': 100 });
      assert.deepEqual([v1.prefixes, v1.objects.map((found) => found.name)], [['a/', 'b c/'], ['d+e', 'z']]);
      const names = [];
      let token;
      do {
        const page = await client.listV2({ 'max-keys': 2, ...(token && { 'continuation-token': token }) });
        names.push(...page.objects.map((found) => found.name));
        token = page.nextContinuationToken;
      } while (token);
      assert.deepEqual(names, ['a/1', 'a/2', 'b c/1', 'd+e', 'z']);
      const versions = await client.getBucketVersions({ prefix: 'a/' });
      assert.deepEqual(versions.objects.map((found) => [found.name, found.versionId]), [['a/1', 'null'], ['a/2', 'null']]);
    });

    for (const quiet of [false, true]) {
      test(`many are deleted at once, ${quiet ? 'quietly' : 'with a report'}`, async () => {
        const { client } = await withBucket(v4);
        for (const key of ['a', 'b c', '\u00fc+']) await client.put(key, Buffer.from('x'));
        const result = await client.deleteMulti(['a', 'b c', '\u00fc+', 'missing'], { quiet });
        const deleted = (result.deleted ?? []).map((found) => found.Key ?? found);
        assert.deepEqual(deleted.sort(), quiet ? [] : ['a', 'b c', 'missing', '\u00fc+']);
        assert.deepEqual((await client.listV2()).objects ?? [], []);
      });
    }

    test('a file goes up in parts', async () => {
      const { client } = await withBucket(v4);
      const folder = mkdtempSync(join(tmpdir(), 'coho-js-'));
      try {
        const body = randomBytes(1_000_003);
        writeFileSync(join(folder, 'file'), body);
        const done = await client.multipartUpload('big', join(folder, 'file'), { partSize: 200 * 1024, parallel: 3 });
        assert.equal(done.res.status, 200);
        await client.get('big', join(folder, 'back'));
        assert.ok(readFileSync(join(folder, 'back')).equals(body));
        assert.equal((await client.head('big')).res.headers['x-oss-object-type'], 'Multipart');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('an upload is listed, aborted and gone', async () => {
      const { client } = await withBucket(v4);
      const { uploadId } = await client.initMultipartUpload('pending');
      await client._uploadPart('pending', uploadId, 1, { stream: Readable.from([Buffer.alloc(1000)]), size: 1000 });
      const { uploads } = await client.listUploads({});
      assert.deepEqual(uploads.map((found) => [found.name, found.uploadId]), [['pending', uploadId]]);
      const { parts } = await client.listParts('pending', uploadId);
      assert.deepEqual([].concat(parts).map((part) => part.Size), ['1000']);
      await client.abortMultipartUpload('pending', uploadId);
      await assert.rejects(client.listParts('pending', uploadId), { code: 'NoSuchUpload' });
    });

    test('objects are copied and their metadata replaced', async () => {
      const { client } = await withBucket(v4);
      await client.put('a b', Buffer.from('copied'), { meta: { a: '1' } });
      await client.copy('c+d', 'a b');
      assert.equal((await client.get('c+d')).content.toString(), 'copied');
      assert.deepEqual((await client.head('c+d')).meta, { a: '1' });
      await client.putMeta('a b', { a: '2' });
      assert.deepEqual((await client.head('a b')).meta, { a: '2' });
    });

    test('object ACLs are set and read', async () => {
      const { client } = await withBucket(v4);
      await client.put('k', Buffer.from('x'));
      assert.equal((await client.getACL('k')).acl, 'default');
      await client.putACL('k', 'public-read');
      assert.equal((await client.getACL('k')).acl, 'public-read');
    });

    test('website configurations are put, read and deleted', async () => {
      const { client, bucket } = await withBucket(v4);
      const rule = {
        RuleNumber: '1',
        Condition: { KeyPrefixEquals: 'img/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { RedirectType: 'Mirror', MirrorURL: 'http://127.0.0.1:9001/', MirrorPassQueryString: 'true' },
      };
      await client.putBucketWebsite(bucket, { index: 'index.html', error: 'error.html', routingRules: [rule] });
      const got = await client.getBucketWebsite(bucket);
      assert.deepEqual([got.index, got.error], ['index.html', 'error.html']);
      const [back] = [].concat(got.routingRules);
      assert.equal(back.Redirect.MirrorURL, 'http://127.0.0.1:9001/');
      assert.equal(back.Redirect.MirrorFollowRedirect, 'true');
      await client.deleteBucketWebsite(bucket);
      await assert.rejects(client.getBucketWebsite(bucket), { code: 'NoSuchWebsiteConfiguration', status: 404 });
    });

    test('appends follow each other', async () => {
      const { client } = await withBucket(v4);
      const first = await client.append('log', Buffer.from('hello '));
      const second = await client.append('log', Buffer.from('world'), { position: first.nextAppendPosition });
      assert.equal(Number(second.nextAppendPosition), 11);
      assert.equal((await client.get('log')).content.toString(), 'hello world');
      await assert.rejects(client.append('log', Buffer.from('x')), { code: 'PositionNotEqualToLength', status: 409 });
    });

    test('what is not there yet is refused cleanly', async () => {
      const { client, bucket } = await withBucket(v4);
      await assert.rejects(client.getBucketCORS(bucket), { code: 'NoSuchCORSConfiguration', status: 404 });
    });
  });
}

test('a URL signed with V4 opens the object', async () => {
  // With an IP as the endpoint only this option puts the bucket into the URL.
  const { client } = await withBucket(true, { sldEnable: true });
  await client.put('dir/a b', Buffer.from('signed'));
  const url = await client.signatureUrlV4('GET', 60, { headers: {} }, 'dir/a b');
  const signed = new URL(url);
  const target = new URL(signed.pathname + signed.search, fixture.coho.endpoint);
  const { request } = await import('node:http');
  const fetchWith = (host, to) =>
    new Promise((resolve, reject) => {
      request(to, { headers: { Host: host } }, (answer) => {
        const pieces = [];
        answer.on('data', (piece) => pieces.push(piece));
        answer.on('end', () => resolve([answer.statusCode, Buffer.concat(pieces).toString()]));
      })
        .on('error', reject)
        .end();
    });
  assert.deepEqual(await fetchWith(signed.host, target), [200, 'signed']);
  target.searchParams.set('x-oss-signature', '0'.repeat(64));
  assert.equal((await fetchWith(signed.host, target))[0], 403);
});
