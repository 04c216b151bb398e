// ali-oss on what programs do with objects every day: resumed uploads, versions, links, tags, signed addresses, forms.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import OSS from 'ali-oss';

import { ACCESS_KEY_ID, REGION } from './coho_process.mjs';
import { useCoho } from './fixture.mjs';

const fixture = useCoho();
const { withBucket } = fixture;

/** A temporary file with this content, removed after `use`. */
async function withFile(content, use) {
  const folder = mkdtempSync(join(tmpdir(), 'coho-js-'));
  try {
    writeFileSync(join(folder, 'file'), content);
    await use(join(folder, 'file'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The status and the body of an answer. */
async function send(method, address, headers = {}, body = undefined) {
  const answer = await fetch(address, { method, headers, body });
  return [answer.status, await answer.text()];
}

for (const v4 of [false, true]) {
  describe(v4 ? 'signature V4' : 'signature V1', () => {
    test('an upload in parts goes on after a break', async () => {
      const { client } = await withBucket(v4);
      const body = randomBytes(1_000_003);
      await withFile(body, async (file) => {
        let checkpoint;
        let isBroken = false;
        const parts = { partSize: 100 * 1024, parallel: 2 };
        const broken = client.multipartUpload('big', file, {
          ...parts,
          progress: (done, saved) => {
            checkpoint = saved ?? checkpoint;
            if (done > 0.5 && !isBroken) client.cancel();
            isBroken ||= done > 0.5;
          },
        });
        await assert.rejects(broken, { name: 'cancel' });
        const { uploads } = await client.listUploads({});
        assert.deepEqual(uploads.map((found) => found.uploadId), [checkpoint.uploadId]);
        client.resetCancelFlag();
        const before = checkpoint.doneParts.length;
        assert.ok(before >= 5);
        await client.multipartUpload('big', file, { ...parts, checkpoint });
      });
      assert.ok((await client.get('big')).content.equals(body));
      assert.deepEqual((await client.listUploads({})).uploads ?? [], []);
    });

    test('parts are uploaded, copied and completed by hand', async () => {
      const { client, bucket } = await withBucket(v4);
      const body = randomBytes(102_400);
      await client.put('source', body);
      await withFile(body, async (file) => {
        const { uploadId } = await client.initMultipartUpload('k', { mime: 'text/x' });
        const first = await client.uploadPart('k', uploadId, 1, file, 0, body.length);
        const second = await client.uploadPartCopy('k', uploadId, 2, '0-99', { sourceKey: 'source', sourceBucketName: bucket });
        const parts = [first, second].map((part, at) => ({ number: at + 1, etag: part.etag ?? part.res.headers.etag }));
        await client.completeMultipartUpload('k', uploadId, parts);
      });
      assert.ok((await client.get('k')).content.equals(Buffer.concat([body, body.subarray(0, 100)])));
      await client.multipartUploadCopy('copy', { sourceKey: 'source', sourceBucketName: bucket }, { partSize: 102_400 });
      assert.ok((await client.get('copy')).content.equals(body));
    });

    test('versions are written, read, copied and deleted', async () => {
      const { client, bucket } = await withBucket(v4);
      await client.putBucketVersioning(bucket, 'Enabled');
      assert.equal((await client.getBucketVersioning(bucket)).versionStatus, 'Enabled');
      const put = async (body) => (await client.put('k', Buffer.from(body))).res.headers['x-oss-version-id'];
      const [first, second] = [await put('first'), await put('second')];
      assert.equal((await client.get('k', undefined, { versionId: first })).content.toString(), 'first');
      assert.equal((await client.head('k', { versionId: first })).res.headers['x-oss-version-id'], first);
      assert.equal((await client.getObjectMeta('k', { versionId: second })).res.headers['x-oss-version-id'], second);
      await client.putACL('k', 'public-read', { versionId: first });
      assert.equal((await client.getACL('k', { versionId: first })).acl, 'public-read');
      await client.putObjectTagging('k', { of: 'first' }, { versionId: first });
      assert.deepEqual((await client.getObjectTagging('k', { versionId: first })).tag, { of: 'first' });
      await client.delete('k');
      await assert.rejects(client.get('k'), { code: 'NoSuchKey', status: 404 });
      const { objects, deleteMarker } = await client.getBucketVersions();
      assert.deepEqual([objects.length, deleteMarker.length], [2, 1]);
      await client.copy('k', `/${bucket}/k`, { versionId: first });
      assert.equal((await client.get('k')).content.toString(), 'first');
      const all = await client.getBucketVersions();
      const versions = [...all.objects, ...all.deleteMarker].map((found) => ({ key: 'k', versionId: found.versionId }));
      await client.deleteMulti(versions);
      assert.deepEqual((await client.getBucketVersions()).objects ?? [], []);
    });

    test('links, tags and restores', async () => {
      const { client } = await withBucket(v4);
      await client.put('k', Buffer.from('hello'));
      await client.putSymlink('link', 'k', { meta: { a: 'b' } });
      assert.equal((await client.getSymlink('link')).targetName, 'k');
      assert.equal((await client.get('link')).content.toString(), 'hello');
      await client.putObjectTagging('k', { team: 'a+b/c: d=e' });
      assert.deepEqual((await client.getObjectTagging('k')).tag, { team: 'a+b/c: d=e' });
      await client.deleteObjectTagging('k');
      assert.deepEqual((await client.getObjectTagging('k')).tag, {});
      await client.put('cold', Buffer.from('frozen'), { headers: { 'x-oss-storage-class': 'Archive' } });
      await assert.rejects(client.get('cold'), { code: 'InvalidObjectState', status: 403 });
      await client.restore('cold');
      assert.equal((await client.get('cold')).content.toString(), 'frozen');
    });

    test('a temporary key signs requests and addresses', async () => {
      const { bucket } = await withBucket(v4);
      const key = await fixture.temporaryKey();
      const client = new OSS({ ...key, ...fixture.byName, region: `oss-${REGION}`, bucket, authorizationV4: v4, secure: false });
      await client.put('k', Buffer.from('temporary'));
      const signed = v4 ? await client.signatureUrlV4('GET', 60, { headers: {} }, 'k') : client.signatureUrl('k', { expires: 60 });
      assert.deepEqual(await send('GET', signed), [200, 'temporary']);
      client.options.stsToken = key.stsToken.slice(1);
      await assert.rejects(client.get('k'), { code: 'InvalidSecurityToken', status: 403 });
    });

    test('an application is called after an upload', async () => {
      const { client } = await withBucket(v4);
      const application = createServer(async (asked, answer) => {
        const pieces = [];
        for await (const piece of asked) pieces.push(piece);
        const text = JSON.stringify({ received: Buffer.concat(pieces).toString() });
        answer.writeHead(asked.url === '/broken' ? 500 : 200, { 'Content-Length': Buffer.byteLength(text) }).end(text);
      });
      await new Promise((resolve) => application.listen(0, '127.0.0.1', resolve));
      try {
        const url = `http://127.0.0.1:${application.address().port}`;
        const body = 'object=${object}&size=${size}&user=${x:user}';
        const callback = { url, body, contentType: 'application/x-www-form-urlencoded', customValue: { user: 'me' } };
        const { data } = await client.put('k', Buffer.from('hello'), { callback });
        assert.deepEqual(data, { received: 'object=k&size=5&user=me' });
        const broken = client.put('kept', Buffer.from('kept'), { callback: { ...callback, url: `${url}/broken` } });
        await assert.rejects(broken, { code: 'CallbackFailed', status: 203 });
        assert.equal((await client.get('kept')).content.toString(), 'kept');
      } finally {
        application.close();
        application.closeAllConnections();
      }
    });

    test('refusals of conditions and of what is not supported', async () => {
      const { client } = await withBucket(v4);
      await client.put('k', Buffer.from('hello'));
      const once = { headers: { 'x-oss-forbid-overwrite': 'true' } };
      await assert.rejects(client.put('k', Buffer.from('x'), once), { code: 'FileAlreadyExists', status: 409 });
      await assert.rejects(client.get('k', { headers: { 'If-Match': '"0"' } }), { status: 412 });
      const { etag } = (await client.head('k')).res.headers;
      assert.equal((await client.head('k', { headers: { 'If-None-Match': etag } })).status, 304);
    });
  });
}

test('addresses signed with V1 open and write objects', async () => {
  const { client } = await withBucket(false, fixture.byName);
  const type = { 'Content-Type': 'text/x' };
  const written = client.signatureUrl('dir/a b', { method: 'PUT', expires: 60, ...type });
  assert.equal((await send('PUT', written, type, 'signed'))[0], 200);
  const read = client.signatureUrl('dir/a b', { expires: 60, response: { 'content-type': 'text/y' } });
  assert.deepEqual(await send('GET', read), [200, 'signed']);
  assert.equal((await send('GET', read.replace('text%2Fy', 'text%2Fz')))[0], 403);
  assert.equal((await send('DELETE', read))[0], 403);
});

test('addresses signed with V4 open and write objects', async () => {
  const { client } = await withBucket(true, fixture.byName);
  const type = { 'Content-Type': 'text/x' };
  const written = await client.signatureUrlV4('PUT', 60, { headers: type }, 'dir/a b');
  assert.equal((await send('PUT', written, type, 'signed'))[0], 200);
  const read = await client.signatureUrlV4('GET', 60, { headers: {} }, 'dir/a b');
  assert.deepEqual(await send('GET', read), [200, 'signed']);
  assert.equal((await send('DELETE', read))[0], 403);
});

/** The fields of a form upload in the order given, then the file. */
async function post(bucket, fields, body) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([body]), 'f.txt');
  return (await fetch(`${fixture.coho.endpoint}/${bucket}`, { method: 'POST', body: form })).status;
}

test('forms that the client signs with V1', async () => {
  const { client, bucket } = await withBucket(false);
  const expiration = new Date(Date.now() + 60_000).toISOString();
  const policy = { expiration, conditions: [['starts-with', '$key', 'dir/'], ['content-length-range', 1, 10]] };
  const signed = client.calculatePostSignature(policy);
  assert.equal(signed.OSSAccessKeyId, ACCESS_KEY_ID);
  assert.equal(await post(bucket, { key: 'dir/${filename}', ...signed, success_action_status: '200' }, 'posted'), 200);
  assert.equal((await client.get('dir/f.txt')).content.toString(), 'posted');
  assert.equal(await post(bucket, { key: 'other', ...signed }, 'posted'), 403);
  assert.equal(await post(bucket, { key: 'dir/g', ...signed }, 'more than ten bytes'), 400);
});

test('forms that the client signs with V4', async () => {
  const { client, bucket } = await withBucket(true);
  const now = new Date();
  const date = `${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const fields = {
    'x-oss-credential': `${ACCESS_KEY_ID}/${date.slice(0, 8)}/${REGION}/oss/aliyun_v4_request`,
    'x-oss-date': date,
    'x-oss-signature-version': 'OSS4-HMAC-SHA256',
  };
  const conditions = [{ bucket }, ...Object.entries(fields).map(([name, value]) => ({ [name]: value }))];
  const policy = { expiration: new Date(Date.now() + 60_000).toISOString(), conditions };
  const signed = {
    ...fields,
    policy: Buffer.from(JSON.stringify(policy)).toString('base64'),
    'x-oss-signature': client.signPostObjectPolicyV4(policy, now),
  };
  assert.equal(await post(bucket, { key: 'f', ...signed }, 'posted'), 204);
  assert.equal((await client.get('f')).content.toString(), 'posted');
  assert.equal(await post(bucket, { key: 'f', ...signed, 'x-oss-signature': '0'.repeat(64) }, 'posted'), 403);
});
