// Ports that stay free between the end of a server and its next start.

import { createServer } from 'node:net';

/** Below those that the kernel gives to connections and to listeners without a port of their own (Linux: from 32768 on). */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

const isFree = (port) => new Promise((resolve) => {
  const probe = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
});

/** A port of 127.0.0.1 that nobody listens at, and that only a test may choose. */
export async function freePort() {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
}
