// The browser that looks at the console, and what every page is watched for: failures, errors in its log (violations of the
// Content-Security-Policy among them), and requests to another host.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const CHROMIUM = process.env.COHO_E2E_CHROMIUM ?? '/usr/bin/chromium';
const ARGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where screenshots go; git ignores it. */
export const SHOTS = process.env.COHO_E2E_SHOTS ?? fileURLToPath(new URL('./shots', import.meta.url));

/** The widths that every screen is looked at in, with the height of the window. */
export const SIZES = [[360, 780], [1280, 900], [2560, 1440]];
export const SCHEMES = ['light', 'dark'];
export const LOCALES = ['en-GB', 'zh-CN'];

/** Starts chromium with a fresh profile. */
export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: ARGS });

/**
 * A page of its own context (its own cookies). `expectedErrors`: patterns of log lines that the test provokes.
 * `replaced`: scripts of the console in whose place the browser gets this text.
 */
export async function openPage(browser, server, { size = SIZES[1], scheme = 'light', locale = 'en-GB', path = '', expectedErrors = [], replaced = {} } = {}) {
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] }, colorScheme: scheme, locale, timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  // Chromium logs the answer by which the page learns that nobody is signed in.
  const expected = [/401 \(Unauthorized\).*\/session$/, ...expectedErrors];
  page.on('console', (message) => {
    const line = `${message.text()} ${message.location().url}`;
    if (message.type() === 'error' && !expected.some((pattern) => pattern.test(line))) faults.push(line);
  });
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== server.console) faults.push(`a request to ${url.origin}`);
  });
  page.assertClean = () => assert.deepEqual(faults, [], 'the page has faults');
  for (const [name, body] of Object.entries(replaced)) await page.route(`**/assets/${name}`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
  await page.goto(`${server.console}/${path}`);
  return page;
}

/** Signs in with the admin token. */
export async function signIn(page, server) {
  await page.locator('.sign-in input.input').fill(server.token);
  await page.locator('.sign-in button[type=submit]').click();
  await page.locator('#main h1').waitFor();
}

/** A page that is signed in, at `path` (such as `#/buckets`). */
export async function openConsole(browser, server, options) {
  const page = await openPage(browser, server, options);
  await signIn(page, server);
  return page;
}

/** Asserts that axe finds nothing, in the parts of the page that are shown. */
export async function assertAccessible(page, what) {
  // Evaluated through the debugger, not as a script of the page, so the policy allows it.
  const violations = await page.evaluate(`(() => { ${AXE}; return axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }); })()`);
  const found = violations.violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 5).map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`) }));
  assert.deepEqual(found, [], `${what}: axe`);
}

/** Asserts that the colours of the other scheme have contrast as well, which is all that the scheme changes. */
export async function assertContrastInDark(page, what) {
  await page.emulateMedia({ colorScheme: 'dark' });
  const { violations } = await page.evaluate(`(() => { ${AXE}; return axe.run(document, { runOnly: ['color-contrast'], resultTypes: ['violations'] }); })()`);
  const found = violations.flatMap(({ nodes }) => nodes.slice(0, 5).map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`));
  await page.emulateMedia({ colorScheme: 'light' });
  assert.deepEqual(found, [], `${what}: contrast in dark`);
}

/** Asserts that nothing makes the page wider than its window. */
export async function assertNoSidewaysScroll(page, what) {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(excess <= 0, `${what}: the page is ${excess} px wider than the window`);
}

/** Keeps a picture: of the whole page, or of the window where something covers the page. */
export async function shot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  const fullPage = (await page.locator('dialog[open], .toast, [role=menu]').count()) === 0;
  if (fullPage) await page.evaluate(() => window.scrollTo(0, 0));
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });
}

/** Looks at the page as it is: axe, width, picture. */
export async function inspect(page, name) {
  await assertAccessible(page, name);
  await assertNoSidewaysScroll(page, name);
  await shot(page, name);
}

/** Every size in light and dark, the languages in turn, so that each pair of theme and language occurs. */
export const LOOKS = SIZES.flatMap((size, index) => SCHEMES.map((scheme, at) => ({ size, scheme, locale: LOCALES[(index + at) % 2] })));

/** The same with fewer pages: every size, and each pair of theme and language. For screens that are slow to look at. */
export const FEW_LOOKS = LOOKS.slice(1, 5);

/** A name for a look. */
export const lookName = ({ size, scheme, locale }) => `${size[0]}-${scheme}-${locale.slice(0, 2)}`;
