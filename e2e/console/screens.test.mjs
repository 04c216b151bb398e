// Every screen in every size, theme and language: axe, width, picture. Objects and access keys have that in their own files, with more of them.

import { test } from 'node:test';
import { browser, server, setUp } from './set_up.mjs';
import { close, eachLook, goTo, inspect, lookName, LOOKS, openConsole, settled } from './browser.mjs';

const SCREENS = {
  overview: '#/',
  buckets: '#/buckets',
  'bucket-settings': '#/buckets/screens',
  'objects-empty': '#/buckets/screens-empty/objects',
  rules: '#/buckets/screens/rules',
  migration: '#/buckets/screens/migration',
  activity: '#/activity',
  settings: '#/settings',
};

setUp({
  begin: async () => {
    const page = await openConsole(browser, server);
    await page.evaluate(async () => {
      const { oss } = await window.consoleModule('oss.js');
      await oss.putBucket('screens-empty');
      await oss.putBucket('screens', { acl: 'public-read' });
      for (const key of ['a.txt', 'dir/b.txt', 'dir/c d&<e>.txt', '目录/文件.txt']) await oss.putObject('screens', key, new Blob([key]));
    });
    await page.context().close();
  },
});

for (const [name, path] of Object.entries(SCREENS)) {
  test(`${name} is accessible in every size, theme and language`, async () => {
    const page = await openConsole(browser, server);
    await goTo(page, path);
    await settled(page);
    await eachLook(page, LOOKS, (look) => inspect(page, `${name}-${lookName(look)}`));
    await close(page);
  });
}
