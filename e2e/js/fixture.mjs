// One server for a file of tests, and a client with a bucket of its own for each test.

import { after, before } from 'node:test';

import OSS from 'ali-oss';

import { ACCESS_KEY_ID, ACCESS_KEY_SECRET, REGION, startCoho } from './coho_process.mjs';

let number = 0;

/**
 * Starts a server before the tests of the calling file; while they run, `fixture.coho` is set, and `fixture.byName`, options of a client
 * with the bucket in the path below the name of a host.
 */
export function useCoho() {
  const fixture = {};
  before(async () => {
    fixture.coho = await startCoho('--origin-allow', '127.0.0.0/8', '--callback-allow', '127.0.0.0/8');
    // With an IP as the endpoint the client signs no addresses with V1.
    fixture.byName = { endpoint: fixture.coho.endpoint.replace('127.0.0.1', 'localhost'), sldEnable: true };
  });
  after(() => fixture.coho?.stop());

  /** A client with a bucket of its own. */
  fixture.withBucket = async (authorizationV4, options = {}) => {
    const client = new OSS({
      accessKeyId: ACCESS_KEY_ID,
      accessKeySecret: ACCESS_KEY_SECRET,
      endpoint: fixture.coho.endpoint,
      region: `oss-${REGION}`,
      authorizationV4,
      secure: false,
      ...options,
    });
    number += 1;
    const bucket = `e2e-js-${number}`;
    await client.putBucket(bucket);
    client.useBucket(bucket);
    return { client, bucket };
  };

  /** The options of a client with a temporary key. */
  fixture.temporaryKey = async () => {
    const { admin, token } = fixture.coho;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${admin}/v1/access-keys`, { method: 'POST', headers, body: '{"expires_seconds": 3600}' });
    const issued = await answer.json();
    return { accessKeyId: issued.key.id, accessKeySecret: issued.secret, stsToken: issued.security_token };
  };
  return fixture;
}
