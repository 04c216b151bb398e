// ali-oss on what a bucket has beside its objects, and what that does.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';

import { useCoho } from './fixture.mjs';

const fixture = useCoho();
const { withBucket } = fixture;

/** The status of a request without a signature. */
const statusOf = async (bucket, key, options) => (await fetch(`${fixture.coho.endpoint}/${bucket}/${key}`, options)).status;

for (const v4 of [false, true]) {
  describe(v4 ? 'signature V4' : 'signature V1', () => {
    test('CORS rules are put, answered and deleted', async () => {
      const { client, bucket } = await withBucket(v4);
      const rule = {
        allowedOrigin: 'http://page.example', allowedMethod: ['GET', 'PUT'], allowedHeader: '*', exposeHeader: ['x-oss-test'], maxAgeSeconds: '100',
      };
      await client.putBucketCORS(bucket, [rule]);
      const [back] = (await client.getBucketCORS(bucket)).rules;
      assert.deepEqual([back.allowedOrigin, back.allowedMethod, back.maxAgeSeconds], ['http://page.example', ['GET', 'PUT'], '100']);
      const preflight = (origin) => ({ method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' } });
      assert.equal(await statusOf(bucket, 'k', preflight('http://page.example')), 200);
      assert.equal(await statusOf(bucket, 'k', preflight('http://other.example')), 403);
      await client.deleteBucketCORS(bucket);
      await assert.rejects(client.getBucketCORS(bucket), { code: 'NoSuchCORSConfiguration', status: 404 });
    });

    test('referers are put, enforced and reset', async () => {
      const { client, bucket } = await withBucket(v4);
      await client.put('k', Buffer.from('x'), { headers: { 'x-oss-object-acl': 'public-read' } });
      await client.putBucketReferer(bucket, false, ['http://page.example']);
      const got = await client.getBucketReferer(bucket);
      assert.deepEqual([got.allowEmpty, got.referers], [false, ['http://page.example']]);
      assert.equal(await statusOf(bucket, 'k'), 403);
      await client.deleteBucketReferer(bucket);
      assert.equal(await statusOf(bucket, 'k'), 200);
    });

    test('lifecycle rules are put, read and deleted', async () => {
      const { client, bucket } = await withBucket(v4);
      await client.putBucketLifecycle(bucket, [{ id: 'r', prefix: 'tmp/', status: 'Enabled', expiration: { days: '3' } }]);
      const [rule] = (await client.getBucketLifecycle(bucket)).rules;
      assert.deepEqual([rule.id, rule.prefix, rule.expiration.days], ['r', 'tmp/', '3']);
      await client.deleteBucketLifecycle(bucket);
      await assert.rejects(client.getBucketLifecycle(bucket), { code: 'NoSuchLifecycle', status: 404 });
    });

    test('a policy opens objects until it is deleted', async () => {
      const { client, bucket } = await withBucket(v4);
      const statement = { Effect: 'Allow', Action: ['oss:GetObject'], Principal: ['*'], Resource: [`acs:oss:*:*:${bucket}/*`] };
      const policy = { Version: '1', Statement: [statement] };
      await client.put('k', Buffer.from('open'));
      await client.putBucketPolicy(bucket, policy);
      assert.deepEqual((await client.getBucketPolicy(bucket)).policy, policy);
      assert.equal(await statusOf(bucket, 'k'), 200);
      await client.deleteBucketPolicy(bucket);
      assert.equal(await statusOf(bucket, 'k'), 403);
    });

    test('encryption, tags and payer', async () => {
      const { client, bucket } = await withBucket(v4);
      await client.putBucketEncryption(bucket, { SSEAlgorithm: 'AES256' });
      assert.equal((await client.getBucketEncryption(bucket)).encryption.SSEAlgorithm, 'AES256');
      await client.put('k', Buffer.from('secret'));
      assert.equal((await client.head('k')).res.headers['x-oss-server-side-encryption'], 'AES256');
      await client.deleteBucketEncryption(bucket);
      // This client does not escape what XML would read as markup.
      await client.putBucketTags(bucket, { team: 'red, blue' });
      assert.deepEqual((await client.getBucketTags(bucket)).tag, { team: 'red, blue' });
      await client.deleteBucketTags(bucket);
      assert.deepEqual((await client.getBucketTags(bucket)).tag, {});
      await client.putBucketRequestPayment(bucket, 'Requester');
      assert.equal((await client.getBucketRequestPayment(bucket)).payer, 'Requester');
    });

    test('mirror rules bring objects of an origin', async () => {
      const { client, bucket } = await withBucket(v4);
      const origin = createServer((asked, answer) => answer.end(`from ${asked.url}`));
      await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve));
      const rule = {
        RuleNumber: '1',
        Condition: { KeyPrefixEquals: 'img/', HttpErrorCodeReturnedEquals: '404' },
        Redirect: { RedirectType: 'Mirror', MirrorURL: `http://127.0.0.1:${origin.address().port}/old/` },
      };
      try {
        await client.putBucketWebsite(bucket, { index: 'index.html', routingRules: [rule] });
        assert.equal((await client.get('img/a b')).content.toString(), 'from /old/img/a%20b');
      } finally {
        origin.close();
        origin.closeAllConnections();
      }
      assert.equal((await client.get('img/a b')).content.toString(), 'from /old/img/a%20b');
      assert.match((await client.head('img/a b')).res.headers['x-oss-tag'], /^MIRROR/);
    });

    test('what was never set, and what the server lacks', async () => {
      const { client, bucket } = await withBucket(v4);
      assert.equal((await client.getBucketLogging(bucket)).enable, false);
      await assert.rejects(client.getBucketWorm(bucket), { code: 'NoSuchWORMConfiguration', status: 404 });
      await assert.rejects(client.getBucketInventory(bucket, 'x'), { code: 'NoSuchInventory', status: 404 });
      await assert.rejects(client.putBucketLogging(bucket, 'log/'), { code: 'NotImplemented', status: 400 });
      await assert.rejects(client.initiateBucketWorm(bucket, '1'), { code: 'NotImplemented', status: 400 });
    });
  });
}
