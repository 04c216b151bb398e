// The server under test, with a console: started on free ports, restarted on the same ones, stopped by its own handle.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '../js/coho_process.mjs';
import { freePort } from './ports.mjs';

export { ACCESS_KEY_ID, ACCESS_KEY_SECRET } from '../js/coho_process.mjs';

/**
 * Starts `coho serve` with a fresh data folder. `console`, `endpoint` and `admin` are addresses such as `http://127.0.0.1:PORT`,
 * `token` is the admin token, `pid` the process. `restart()` keeps folder and addresses; `halt()` and `resume()` are its two halves.
 */
export async function startServer(...args) {
  const work = mkdtempSync(join(tmpdir(), 'coho-console-'));
  const dataDir = join(work, 'data');
  const logFile = join(work, 'stderr.log');
  const server = { dataDir, logFile };
  let running = null;

  async function start(listen) {
    const fixed = ['--data-dir', dataDir, '--listen', listen.endpoint, '--admin-listen', listen.admin, '--console-listen', listen.console];
    running = await serve([...fixed, ...args], logFile);
    const { address, token, console } = JSON.parse(readFileSync(join(dataDir, 'admin.json'), 'utf8'));
    Object.assign(server, { pid: running.pid, endpoint: running.addresses.get('endpoint'), admin: address, console, token });
  }

  const hostOf = (url) => new URL(url).host;
  server.halt = () => running.end();
  server.resume = () => start({ endpoint: hostOf(server.endpoint), admin: hostOf(server.admin), console: hostOf(server.console) });
  server.restart = async () => {
    await server.halt();
    await server.resume();
  };
  server.stop = async () => {
    await server.halt();
    rmSync(work, { recursive: true, force: true });
  };
  const [endpoint, admin, console] = (await Promise.all([freePort(), freePort(), freePort()])).map((port) => `127.0.0.1:${port}`);
  await start({ endpoint, admin, console });
  return server;
}
