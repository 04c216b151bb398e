// The server and the browser of a file of tests.

import { after, before } from 'node:test';
import { startServer } from './server.mjs';
import { launch } from './browser.mjs';

/** Those of this file, while its tests run. */
export let server;
export let browser;

/** Starts a server with these arguments and a browser before the tests of the file, and `begin` after them; all end after the tests, `end` first. */
export function setUp({ args = [], begin, end } = {}) {
  before(async () => {
    // One of them may start and the other not.
    await Promise.all([startServer(...args).then((started) => (server = started)), launch().then((started) => (browser = started))]);
    await begin?.();
  });
  after(async () => {
    await end?.();
    await browser?.close();
    await server?.stop();
  });
}
