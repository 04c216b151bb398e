// How soon the console can be used on a slow line: run by `cargo xtask slow` on the release build, since the figure needs an idle machine.
// The line is that of Lighthouse's desktop profile; the cache is empty, and the reader is signed in. A debug build is refused: it reads the
// page's files from the disk and compresses them slowly, so that its figure says nothing.

import { sep } from 'node:path';
import { startServer } from './server.mjs';
import { launch, openConsole } from './browser.mjs';

const LATENCY_MS = 40;
const BYTES_PER_SECOND = (10 * 1024 * 1024) / 8;
const GOAL_MS = 1000;
const LOADS = 7;

/** Time from the navigation until the overview has its heading and a link of the navigation has the focus on Tab. */
async function load(page, server) {
  await page.goto('about:blank');
  const started = performance.now();
  await page.goto(`${server.console}/`, { waitUntil: 'commit' });
  await page.locator('#main h1').waitFor();
  await page.keyboard.press('Tab');
  await page.waitForFunction(() => document.activeElement !== document.body);
  return performance.now() - started;
}

const binary = process.env.COHO_BINARY ?? 'target/checked/coho';
if (binary.split(sep).includes('debug')) throw new Error(`${binary} is a debug build: give a release or checked one`);

const server = await startServer();
const browser = await launch();
try {
  const page = await openConsole(browser, server);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.setCacheDisabled', { cacheDisabled: true });
  await devtools.send('Network.emulateNetworkConditions', {
    offline: false, latency: LATENCY_MS, downloadThroughput: BYTES_PER_SECOND, uploadThroughput: BYTES_PER_SECOND,
  });
  const times = [];
  for (let count = 0; count < LOADS; count += 1) times.push(await load(page, server));
  times.sort((a, b) => a - b);
  const median = times[Math.floor(LOADS / 2)];
  console.log(`${binary}: interactive after ${Math.round(median)} ms (${Math.round(times[0])}–${Math.round(times.at(-1))}, ${LOADS} loads); the goal is ${GOAL_MS} ms`);
  process.exitCode = median <= GOAL_MS ? 0 : 1;
} finally {
  await browser.close();
  await server.stop();
}
