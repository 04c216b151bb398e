// Every screen, with an empty and a filled bucket, in every size, theme and language: axe, width, picture.

import { after, before, test } from 'node:test';
import { startServer } from './server.mjs';
import { inspect, launch, lookName, LOOKS, openConsole } from './browser.mjs';

const SCREENS = {
  overview: '#/',
  buckets: '#/buckets',
  'bucket-settings': '#/buckets/screens',
  objects: '#/buckets/screens/objects',
  'objects-empty': '#/buckets/screens-empty/objects',
  rules: '#/buckets/screens/rules',
  migration: '#/buckets/screens/migration',
  access: '#/access',
  activity: '#/activity',
  settings: '#/settings',
};

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
  const page = await openConsole(browser, server);
  await page.evaluate(async () => {
    const { oss } = await import('/assets/oss.js');
    await oss.putBucket('screens-empty');
    await oss.putBucket('screens', { acl: 'public-read' });
    for (const key of ['a.txt', 'dir/b.txt', 'dir/c d&<e>.txt', '目录/文件.txt']) await oss.putObject('screens', key, new Blob([key]));
  });
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Resolves when the screen has what it waits for: nothing of it is a placeholder of something that loads. */
async function settled(page) {
  await page.locator('#main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('main .skeleton, main .spinner'));
}

for (const look of LOOKS) {
  test(`every screen is accessible: ${lookName(look)}`, async () => {
    const page = await openConsole(browser, server, look);
    for (const [name, path] of Object.entries(SCREENS)) {
      await page.evaluate((hash) => (location.hash = hash), path);
      await page.waitForFunction((hash) => location.hash === hash, path);
      await settled(page);
      await inspect(page, `${name}-${lookName(look)}`);
    }
    page.assertClean();
    await page.context().close();
  });
}
