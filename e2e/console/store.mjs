// What the tests do to the store beside the browser: as the administrator, and as clients with and without a signature.

import { createHmac, randomUUID } from 'node:crypto';

/** A request to the admin API with the token; answers the JSON or the text. */
export async function admin(server, method, path, { body, type } = {}) {
  const headers = { authorization: `Bearer ${server.token}` };
  if (body !== undefined) headers['content-type'] = type ?? 'application/json';
  const answer = await fetch(`${server.admin}${path}`, { method, headers, body: typeof body === 'object' ? JSON.stringify(body) : body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (answer.headers.get('content-type') ?? '').includes('json') ? JSON.parse(text) : text;
}

/** The OSS API as the administrator, through a session of the console: `await oss('PUT', '/bucket/')`. */
export async function administrator(server) {
  const signedIn = await fetch(`${server.console}/session`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: server.token }),
  });
  if (!signedIn.ok) throw new Error(`sign-in: ${signedIn.status} ${await signedIn.text()}`);
  const cookie = signedIn.headers.get('set-cookie').split(';')[0];
  const { csrf } = await signedIn.json();
  return async (method, path, { body, headers = {} } = {}) => {
    const answer = await fetch(`${server.console}/oss${path}`, { method, body, headers: { cookie, 'x-coho-csrf': csrf, ...headers } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text;
  };
}

/** A request of a client without a signature. The body is read. */
export async function get(server, bucket, key) {
  const answer = await fetch(`${server.endpoint}/${bucket}/${encodeURIComponent(key)}`);
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()), headers: answer.headers };
}

const percent = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** Asks STS for credentials of a role (AssumeRole, signed with HMAC-SHA1): `{ status, id, secret, token }`. */
export async function assumeRole(server, { id, secret }, arn) {
  const parameters = Object.entries({
    Action: 'AssumeRole', Version: '2015-04-01', Format: 'JSON', RoleArn: arn, RoleSessionName: 'test', AccessKeyId: id, DurationSeconds: '900',
    SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', SignatureNonce: randomUUID(), Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
  }).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => `${percent(name)}=${percent(value)}`).join('&');
  const signature = createHmac('sha1', `${secret}&`).update(`GET&%2F&${percent(parameters)}`).digest('base64');
  const answer = await fetch(`${server.endpoint}/?${parameters}&Signature=${percent(signature)}`);
  const made = (await answer.json()).Credentials;
  return { status: answer.status, id: made?.AccessKeyId, secret: made?.AccessKeySecret, token: made?.SecurityToken };
}

/** A website document with one mirror rule for every missing key. */
export const mirrorRule = (origin) => `<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>
  <Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
  <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>${origin}/</MirrorURL></Redirect>
</RoutingRule></RoutingRules></WebsiteConfiguration>`;

/** The origins of the tests wait for the test, however long it looks at a page. */
const PATIENT = { first_byte_timeout_ms: 600_000, idle_timeout_ms: 600_000 };

/** A bucket that everybody may read and that fetches what it has not from `origin`; `settings` as PATCH takes them. */
export async function makeMirror(server, bucket, origin, settings) {
  const oss = await administrator(server);
  await oss('PUT', `/${bucket}/`, { headers: { 'x-oss-acl': 'public-read' } });
  await admin(server, 'PUT', `/v1/buckets/${bucket}/website`, { body: mirrorRule(origin), type: 'application/xml' });
  await admin(server, 'PATCH', `/v1/buckets/${bucket}/mirror`, { body: { ...PATIENT, ...settings } });
}

/** The status of a request with a URL that the access key signs (V1): `path` is `/BUCKET/KEY`, `token` the one of temporary credentials. */
export async function sendSigned(server, { id, secret, token }, method, path) {
  const expires = Math.floor(Date.now() / 1000) + 600;
  const resource = token ? `${path}?security-token=${token}` : path;
  const signature = createHmac('sha1', secret).update(`${method}\n\n\n${expires}\n${resource}`).digest('base64');
  const query = new URLSearchParams({ OSSAccessKeyId: id, Expires: String(expires), Signature: signature, ...(token ? { 'security-token': token } : {}) });
  const answer = await fetch(`${server.endpoint}${path}?${query}`, { method });
  await answer.arrayBuffer();
  return answer.status;
}
