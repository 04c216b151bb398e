// The pictures of docs/console.md: a site that moves from an nginx to a store, as an operator sees it.
//
// The test passes through every screen. With COHO_E2E_DOCS_SHOTS=1 (`npm run docs-shots`) the pictures go to docs/images/console, with
// fewer colours if there is pngquant; else they are kept with the other screenshots.

import { test } from 'node:test';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { browser, server, setUp } from './set_up.mjs';
import { goTo, openConsole, openPage, signIn, SHOTS } from './browser.mjs';
import { startOrigin } from './bucket_fixture.mjs';
import { admin, administrator, get } from './store.mjs';

const PICTURES = process.env.COHO_E2E_DOCS_SHOTS ? fileURLToPath(new URL('../../docs/images/console', import.meta.url)) : join(SHOTS, 'docs');
const LIVE_SECONDS = process.env.COHO_E2E_DOCS_SHOTS ? 150 : 3;
const LIVE_TIMEOUT_MS = 240_000;
const SIZE = [1280, 860];
const TALL = [1280, 1240];
const PHONE = [360, 740];
const KIB = 1024;
/** Of the downloads, so that fetches are seen as long as the test runs. */
const DOWNLOAD_RATE = '250k';
const DOWNLOAD_BYTES = 72 * 1024 * KIB;
/** Between two requests of the clients that visit the site. */
const VISIT_MS = 25;

const PLACES = ['harbour', 'market', 'old-town', 'river', 'station', 'tower'];
const photo = (year, index) => `${year}/${PLACES[index % PLACES.length]}-${String(index).padStart(3, '0')}.jpg`;
const PHOTOS = Array.from({ length: 100 }, (_, index) => index + 1).flatMap((index) => [2022, 2023, 2024].map((year) => photo(year, index)));
/** So many photos are asked for at first; then a new one at every so many visits. */
const FIRST_PHOTOS = 24;
const VISITS_OF_A_NEW_PHOTO = 9;
const EARLIER_VISITS = 300;
const DOWNLOADS = ['guide-2024.pdf', 'map-large.zip', 'tour-harbour.mp4', 'tour-river.mp4'];
const POSTER = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400"><rect width="640" height="400" fill="#9fc5e8"/><circle cx="500" cy="90" r="46" fill="#ffe08a"/>
  <path d="M0 290 Q160 220 320 290 T640 280 V400 H0Z" fill="#3d6f8e"/><path d="M120 300h170l-24 46H150z" fill="#7a3b2e"/><path d="M200 150v145M200 160l78 120h-78z" fill="#fff" stroke="#444" stroke-width="4"/></svg>`;

function files() {
  const all = { 'media/photos/posters/summer.svg': POSTER };
  PHOTOS.forEach((key, index) => (all[`media/photos/${key}`] = Buffer.alloc((40 + ((index * 37) % 160)) * KIB, index)));
  const body = Buffer.alloc(DOWNLOAD_BYTES);
  DOWNLOADS.forEach((key, index) => (all[`media/downloads/${key}`] = body.subarray(index * 4096 * KIB)));
  return all;
}

const LOCATIONS = `location /media/downloads/ { limit_rate ${DOWNLOAD_RATE}; } location /media/photos/2019/ { return 503; }`;

const rules = (url) => `<WebsiteConfiguration><ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules>
  <RoutingRule><RuleNumber>1</RuleNumber><Condition><KeyPrefixEquals>press/</KeyPrefixEquals></Condition>
    <Redirect><RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>press.example.com</HostName><ReplaceKeyPrefixWith>kit/</ReplaceKeyPrefixWith><HttpRedirectCode>301</HttpRedirectCode></Redirect></RoutingRule>
  <RoutingRule><RuleNumber>2</RuleNumber><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
    <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>${url}/media/photos/</MirrorURL><MirrorUserLastModified>true</MirrorUserLastModified></Redirect></RoutingRule>
  </RoutingRules></WebsiteConfiguration>`;
const oneRule = (url) => `<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>
  <Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
  <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>${url}/</MirrorURL></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`;

let origin;
let page;
const visits = { ended: false, done: [] };

/** Visitors read photos that are here, some that are not, and now and then one that the old site does not have. */
async function visitPhotos() {
  for (let visit = 1, newest = FIRST_PHOTOS; !visits.ended; visit += 1) {
    const isNew = visit % VISITS_OF_A_NEW_PHOTO === 0 && newest < PHOTOS.length;
    const key = visit % 41 === 0 ? `2021/lost-${visit % 4}.jpg` : PHOTOS[isNew ? newest++ : (visit * 17) % newest];
    await get(server, 'photos', key);
    await pause(VISIT_MS);
  }
}

/** Large files that the old site sends slowly: fetches are in flight as long as the visits last. */
async function visitDownloads() {
  const { signal } = visits.stop;
  const read = async (key) => (await fetch(`${server.endpoint}/downloads/${key}`, { signal })).arrayBuffer();
  await Promise.all(DOWNLOADS.map((key) => read(key).catch(() => {})));
}

async function moveTheSite() {
  const oss = await administrator(server);
  for (const bucket of ['photos', 'downloads']) await oss('PUT', `/${bucket}/`, { headers: { 'x-oss-acl': 'public-read' } });
  await oss('PUT', '/backups/', { headers: { 'x-oss-acl': 'private' } });
  const put = (bucket, body) => admin(server, 'PUT', `/v1/buckets/${bucket}/website`, { body, type: 'application/xml' });
  await put('photos', oneRule(`${origin.url}/media`));
  await put('photos', rules(origin.url));
  await put('downloads', oneRule(`${origin.url}/media/downloads`));
  await admin(server, 'PATCH', '/v1/buckets/photos/mirror', { body: { qps: 500, missing_seconds: 600 } });
  await oss('PUT', '/photos/404.html', { body: '<h1>Not found</h1>', headers: { 'content-type': 'text/html' } });
  for (let night = 1; night <= 12; night += 1) await oss('PUT', `/backups/db/2024-11-${String(night).padStart(2, '0')}.sql.gz`, { body: Buffer.alloc(night * KIB) });
  await get(server, 'photos', 'posters/summer.svg');
}

/** What was read before the pictures: it is in the history from the restart on, at which the server writes the present minute. */
async function earlierVisits() {
  for (let visit = 0; visit < EARLIER_VISITS; visit += 1) await get(server, 'photos', PHOTOS[(visit * 7) % FIRST_PHOTOS]);
  await server.restart();
  for (const key of ['2019/harbour-001.jpg', '2019/river-014.jpg', '2019/tower-003.jpg']) await get(server, 'photos', key);
}

setUp({
  args: ['--origin-allow', '127.0.0.1', '--region', 'cn-hangzhou'],
  begin: async () => {
    mkdirSync(PICTURES, { recursive: true });
    origin = await startOrigin(files(), LOCATIONS);
    await moveTheSite();
    await earlierVisits();
    visits.stop = new AbortController();
    visits.done = [visitPhotos(), visitDownloads()];
    page = await openPage(browser, server, { size: SIZE, expectedErrors: [/404 \(Not Found\).*\?encryption/] });
    await page.locator('.sign-in').waitFor();
    await page.screenshot({ path: join(PICTURES, 'sign-in.png') });
    await page.getByRole('radio', { name: 'Access key' }).check();
    await page.screenshot({ path: join(PICTURES, 'sign-in-key.png') });
    await page.getByRole('radio', { name: 'Admin token' }).check();
    await signIn(page, server);
  },
  end: async () => {
    visits.ended = true;
    visits.stop?.abort();
    await Promise.all(visits.done);
    await origin?.stop();
  },
});

/** Takes the picture `name` of what is at `path`, once `ready` has seen to it. */
async function take(name, path, ready, { size = SIZE, scheme = 'light', on = page } = {}) {
  await on.emulateMedia({ colorScheme: scheme });
  await on.setViewportSize({ width: size[0], height: size[1] });
  await on.mouse.move(0, 0);
  await goTo(on, path);
  await ready(on);
  await on.locator('.skeleton').first().waitFor({ state: 'detached' });
  await on.screenshot({ path: join(PICTURES, `${name}.png`) });
  on.assertClean();
}

const card = (title) => page.locator('.card', { has: page.getByRole('heading', { name: title, exact: true }) });

/** Fetches are seen while they run, and the charts have a line: a long one in the pictures of the documents. */
async function liveFigures(on) {
  await on.evaluate(async () => {
    globalThis.liveEvents = await window.consoleModule('events.js');
  });
  await on.waitForFunction((seconds) => globalThis.liveEvents.rateHistory.value.length >= seconds, LIVE_SECONDS, { timeout: LIVE_TIMEOUT_MS });
  await on.locator('.fill').first().waitFor();
  await on.locator('.u-over').first().waitFor();
}

test('buckets and what is in them', async () => {
  await take('buckets', '#/buckets', () => page.getByRole('row', { name: /photos/ }).waitFor());
  await take('bucket', '#/buckets/photos', () => card('Access control').waitFor());
  await take('objects', '#/buckets/photos/objects?prefix=2024/', () => page.getByText('Mirrored').nth(8).waitFor());
  await take('object', '#/buckets/photos/objects?prefix=posters/&key=posters/summer.svg', async () => {
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Fetched from').waitFor();
  });
});

test('rules, a tested key, a difference and the history', async () => {
  await take('rules', '#/buckets/photos/rules', async () => {
    await page.getByText('Valid', { exact: true }).waitFor();
    await page.locator('.rule-open').nth(1).click();
  });
  await take('test-key', '#/buckets/photos/rules', async () => {
    const tested = card('Test a key');
    await tested.getByLabel('Key', { exact: true }).fill('2024/station-100.jpg');
    await tested.getByLabel('Ask the origin').check();
    await tested.getByRole('button', { name: 'Test', exact: true }).click();
    await tested.getByText('Answer of the origin').waitFor();
    // The column has a scroll bar of its own while it stays beside the form.
    await page.evaluate(() => window.scrollTo(0, 240));
    await tested.evaluate((element) => element.scrollIntoView());
  }, { size: TALL });
  await take('history', '#/buckets/photos/rules?tab=history', async () => {
    await page.getByText('In force').waitFor();
    await page.getByRole('button', { name: 'Show version 2' }).click();
    await page.getByLabel('What version 2 changed').waitFor();
  });
  await page.keyboard.press('Escape');
});

test('the migration of a bucket', async () => {
  await take('migration', '#/buckets/photos/migration', () => card('Failed fetches').getByRole('row', { name: /2019/ }).first().waitFor(), { size: TALL });
  await take('migration-phone', '#/buckets/downloads/migration', async () => {
    await page.locator('.fill').first().waitFor();
    await card('Fetches in flight').evaluate((element) => element.scrollIntoView());
  }, { size: PHONE });
});

const LIFECYCLE = `<LifecycleConfiguration><Rule><ID>dumps</ID><Prefix>db/</Prefix><Status>Enabled</Status><Expiration><Days>90</Days></Expiration>
  <Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition><NoncurrentVersionExpiration><NoncurrentDays>14</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>`;

test('configurations of a bucket', async () => {
  const oss = await administrator(server);
  await oss('PUT', '/backups/?versioning', { body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' });
  await oss('PUT', '/backups/db/2024-11-01.sql.gz', { body: Buffer.alloc(KIB) });
  await oss('PUT', '/backups/?lifecycle', { body: LIFECYCLE });
  await take('bucket-lifecycle', '#/buckets/backups', async () => {
    await page.getByRole('button', { name: 'Open: Lifecycle rules' }).click();
    const rules = card('Lifecycle rules');
    await rules.getByLabel('As if it were').fill('2100-01-01');
    await rules.getByRole('button', { name: 'Show what would be done' }).click();
    await rules.getByRole('row').nth(1).waitFor();
    await rules.evaluate((element) => element.scrollIntoView());
  }, { size: [1280, 1640] });
  await take('bucket-encryption', '#/buckets/backups', async () => {
    await page.getByRole('button', { name: 'Open: Encryption on the server' }).click();
    const encryption = card('Encryption on the server');
    await encryption.getByRole('radio', { name: /^AES256/ }).check();
    await encryption.evaluate((element) => element.scrollIntoView());
  });
  await card('Encryption on the server').getByRole('button', { name: 'Discard changes' }).click();
});

/** Accounts and keys as a store may have them. */
async function makeKeys() {
  const make = (path, body) => admin(server, 'POST', path, { body });
  await make('/v1/accounts', { id: 'press-office', display_name: 'Press office' });
  await make('/v1/access-keys', { account: 'press-office', rights: ['read-only:photos', 'read-write:photos/press/'] });
  await make('/v1/access-keys', { account: 'press-office', rights: ['read-only:downloads'], expires_seconds: 604_800 });
  const { key } = await make('/v1/access-keys', { rights: ['full:backups'] });
  await admin(server, 'PATCH', `/v1/access-keys/${key.id}`, { body: { enabled: false } });
  await make('/v1/access-keys', { rights: ['admin'] });
  await make('/v1/roles', { name: 'press-reader', rights: ['read-only:photos/press/'], trusted: ['account:press-office'] });
}

test('access, activity, settings', async () => {
  await makeKeys();
  await take('access', '#/access', () => page.getByText('Press office').first().waitFor(), { size: TALL });
  await take('access-create', '#/access', async () => {
    await page.getByRole('button', { name: 'Create access key' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Account', { exact: true }).selectOption('press-office');
    await form.getByLabel('May').selectOption('read-write');
    await form.getByLabel('Bucket').fill('photos');
    await form.getByLabel('Keys that begin with').fill('press/');
    await page.mouse.move(0, 0);
  });
  await take('access-issued', '#/access', async () => {
    await page.getByRole('dialog').getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'I have stored it' }).waitFor();
  });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await take('access-role', '#/access', async () => {
    await page.getByRole('button', { name: 'Actions of the role press-reader' }).click();
    await page.getByRole('menuitem', { name: 'Change…' }).click();
    await page.getByRole('dialog').getByLabel('Longest session').waitFor();
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await take('activity', '#/activity', () => page.getByRole('row', { name: /photos/ }).nth(10).waitFor());
  await take('settings', '#/settings', () => card('Settings in force').getByRole('row').nth(5).waitFor());
});

test('the overview, live', async () => {
  await take('overview', '#/', liveFigures);
  await take('overview-dark', '#/', liveFigures, { scheme: 'dark' });
  const chinese = await openConsole(browser, server, { size: SIZE, locale: 'zh-CN' });
  await take('rules-chinese', '#/buckets/photos/rules', () => chinese.locator('.rule-open').nth(1).click(), { on: chinese });
  await chinese.context().close();
});

test('the pictures of the documents are small', { skip: !process.env.COHO_E2E_DOCS_SHOTS }, () => {
  const pictures = readdirSync(PICTURES).filter((name) => name.endsWith('.png')).map((name) => join(PICTURES, name));
  try {
    execFileSync('pngquant', ['--force', '--skip-if-larger', '--ext', '.png', '--strip', '128', ...pictures]);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.status !== 98) throw error;
  }
});
