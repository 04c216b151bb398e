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

/** How long anything is waited for: a busy machine is many times slower than an idle one, and a wait that succeeds costs nothing. */
export const WAIT_MS = 90_000;

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
  // A module of the page, by its path among the files: the page has them below a folder of their version.
  await context.addInitScript(() => {
    window.consoleModule = (path) => import(new URL(path, document.querySelector('script[type=module]').src).href);
  });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
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
  for (const [name, body] of Object.entries(replaced)) await page.route((url) => url.pathname.startsWith('/assets/') && url.pathname.endsWith(`/${name}`), (route) => route.fulfill({ contentType: 'text/javascript', body }));
  await page.goto(`${server.console}/${path}`);
  return page;
}

/** Signs in with the admin token. */
export async function signIn(page, server) {
  await page.locator('.sign-in input.input').fill(server.token);
  await page.locator('.sign-in button[type=submit]').click();
  await page.locator('#main h1').waitFor();
}

/** A page that is signed in, at `path` (such as `#/buckets`), and follows the events of the server. */
export async function openConsole(browser, server, options) {
  const page = await openPage(browser, server, options);
  await signIn(page, server);
  await page.locator('.live .badge.good').waitFor({ state: 'attached' });
  return page;
}

/** Ends a page without faults, with all that belongs to it. */
export async function close(page) {
  page.assertClean();
  await page.context().close();
}

/** Leads to another screen, or the same with another query. What is shown then is of it, or a placeholder. */
export async function goTo(page, path) {
  await page.evaluate((hash) => new Promise((resolve) => {
    if (location.hash === hash) return resolve();
    // The page's own listener came first; what it changed is drawn in a microtask.
    window.addEventListener('hashchange', () => setTimeout(resolve), { once: true });
    location.hash = hash;
  }), path);
  await page.locator('#main h1').waitFor();
}

/** Resolves when the screen has what it waits for: nothing of it is a placeholder of something that loads. */
export async function settled(page) {
  await page.locator('#main h1').waitFor();
  await page.waitForFunction(() => !document.querySelector('main .skeleton, main .spinner'));
}

/** Resolves when the element that has the focus fits the selector. */
export const focused = (page, selector) => page.waitForFunction((selector) => document.activeElement.matches(selector), selector);

/** Resolves when the text of the focused element is this one. */
export const focusedText = (page, text) => page.waitForFunction((text) => document.activeElement.textContent.trim() === text, text);

/**
 * What axe finds. It is evaluated through the debugger, not as a script of the page, so that the policy allows it. What sticks to an edge of the
 * window is put in its place meanwhile: it covers a control only until the page is scrolled.
 */
async function runAxe(page, options) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${AXE}; undefined`);
  return page.evaluate(async (options) => {
    const sticky = [...document.querySelectorAll('#app :not(.vlist-rows)')].filter((element) => getComputedStyle(element).position === 'sticky');
    for (const element of sticky) element.style.position = 'static';
    const { violations } = await window.axe.run(document, options);
    for (const element of sticky) element.style.position = '';
    return violations;
  }, options);
}

/** Asserts that axe finds nothing, in the parts of the page that are shown. */
export async function assertAccessible(page, what) {
  const violations = await runAxe(page, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
  const found = violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 5).map(({ html, failureSummary }) => `${html.slice(0, 200)}: ${failureSummary}`) }));
  assert.deepEqual(found, [], `${what}: axe`);
}

/** Asserts that the colours of the other scheme have contrast as well, which is all that the scheme changes. */
export async function assertContrastInDark(page, what) {
  await page.emulateMedia({ colorScheme: 'dark' });
  const violations = await runAxe(page, { runOnly: ['color-contrast'], resultTypes: ['violations'] });
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

const LANGUAGES = { 'en-GB': 'en', 'zh-CN': 'zh' };

/** Gives one page each of these looks and calls `see(look)`: a load for each would take most of the time. */
export async function eachLook(page, looks, see) {
  for (const look of looks) {
    await page.setViewportSize({ width: look.size[0], height: look.size[1] });
    await page.emulateMedia({ colorScheme: look.scheme });
    await page.evaluate(async (language) => {
      await (await window.consoleModule('i18n.js')).setLanguage(language);
      // Where the page or a list stands, another size may cut a control in two.
      for (const element of document.querySelectorAll('html, main *')) if (element.scrollTop > 0) element.scrollTop = 0;
      // Observers of sizes and of the theme are called before the next frames.
      for (let frame = 0; frame < 2; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
    }, LANGUAGES[look.locale]);
    await see(look);
  }
}

/** A name for a look. */
export const lookName = ({ size, scheme, locale }) => `${size[0]}-${scheme}-${locale.slice(0, 2)}`;
