// The whole way of a migration: a rule is made with the form, tested, used by the real ossutil with a real nginx as the origin, its fetch is
// seen as it runs, and the object is listed with where it came from.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET } from './server.mjs';
import { browser, server, setUp } from './set_up.mjs';
import { close, focused, goTo, inspect, openConsole, settled } from './browser.mjs';
import { call, startOrigin } from './bucket_fixture.mjs';

const OSSUTIL = process.env.COHO_E2E_OSSUTIL ?? fileURLToPath(new URL('../.tools/ossutil', import.meta.url));
const skip = existsSync(OSSUTIL) ? false : 'ossutil is not there and could not be built';
/** Some seconds at the rate of the origin: long enough to be seen. */
const FILM = randomBytes(4 << 20);

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin({ 'old/film.bin': FILM }, 'location /old/ { limit_rate 1m; }');
  },
  end: () => origin?.stop(),
});

/** Runs ossutil with nothing but endpoint and keys in its configuration. */
async function ossutil(folder, ...args) {
  const config = join(folder, 'config');
  writeFileSync(config, `[Credentials]\nlanguage=EN\nendpoint=${server.endpoint}\naccessKeyID=${ACCESS_KEY_ID}\naccessKeySecret=${ACCESS_KEY_SECRET}\n`);
  const { stdout, stderr } = await run(OSSUTIL, [...args, '-c', config], { cwd: folder, env: { HOME: folder, PATH: process.env.PATH } });
  assert.doesNotMatch(stdout + stderr, /^Error/m);
  return stdout;
}

/** ossutil tells what is wrong on its standard output. */
const run = (...values) => promisify(execFile)(...values).catch((error) => Promise.reject(new Error(`${error.message}\n${error.stdout}${error.stderr}`)));

/** Makes a rule with the form, tests a key with it, and saves it. */
async function buildRule(page, bucket) {
  await goTo(page, `#/buckets/${bucket}/rules`);
  await page.getByRole('button', { name: 'Add rule' }).click();
  await focused(page, '[data-element="MirrorURL"] input');
  await page.keyboard.type(`${origin.url}/old/`);
  // ossutil asks by a HEAD first, which fetches only if the rule says so.
  const head = page.locator('[data-element="MirrorAllowHeadObject"]');
  await head.evaluate((field) => (field.closest('details').open = true));
  await head.locator('input').check();
  await page.locator('.check-line .badge', { hasText: 'Valid' }).waitFor();
  await page.getByLabel('Key', { exact: true }).fill('film.bin');
  await page.getByRole('checkbox', { name: 'Ask the origin' }).check();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.locator('.explanation').getByText('HEAD 200').waitFor();
  await page.getByRole('button', { name: 'Review and save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Review the changes' });
  await dialog.locator('.diff').waitFor();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Saved. The configuration is in force').first().waitFor();
}

test('a rule of the form serves ossutil, the fetch is seen as it runs, and the object tells its origin', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coho-ossutil-'));
  const page = await openConsole(browser, server, { path: '#/nothing' });
  assert.equal((await call(page, 'PUT', '/oss/proof/')).status, 200);
  await buildRule(page, 'proof');
  await goTo(page, '#/buckets/proof/migration');
  await settled(page);
  const copied = ossutil(folder, 'cp', 'oss://proof/film.bin', 'film.bin');
  await page.getByRole('progressbar', { name: /film\.bin/ }).waitFor();
  await page.getByText(`from ${origin.url}/old/film.bin`).waitFor();
  await inspect(page, 'ossutil-fill');
  await copied;
  assert.ok(readFileSync(join(folder, 'film.bin')).equals(FILM));
  await page.getByText('has stored 1 object since the start').waitFor();
  await goTo(page, '#/buckets/proof/objects');
  const row = page.locator('[role=row]', { hasText: 'film.bin' });
  await row.getByText(new URL(origin.url).host).waitFor();
  assert.match(await row.innerText(), /Mirrored/);
  await inspect(page, 'ossutil-listed');
  const stat = await ossutil(folder, 'stat', 'oss://proof/film.bin');
  assert.match(stat, /X-Oss-Tag +: MIRROR/i, stat);
  await close(page);
  rmSync(folder, { recursive: true, force: true });
});
