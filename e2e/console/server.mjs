// The server under test, with a console: started on free ports, restarted on the same ones, stopped by its own handle.

import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ACCESS_KEY_ID = 'e2ekey';
export const ACCESS_KEY_SECRET = 'e2e-secret-0123456789';

const START_MS = 30_000;
const STOP_MS = 10_000;
const FREE_PORT = '127.0.0.1:0';

const BINARY = process.env.COHO_BINARY ?? fileURLToPath(new URL('../../target/checked/coho', import.meta.url));

/**
 * Starts `coho serve` with a fresh data folder. `console`, `endpoint` and `admin` are addresses such as `http://127.0.0.1:PORT`,
 * `token` is the admin token, `pid` the process. `restart()` keeps folder and addresses; `halt()` and `resume()` are its two halves.
 */
export async function startServer(...args) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there; set COHO_BINARY, or build it`);
  const work = mkdtempSync(join(tmpdir(), 'coho-console-'));
  const dataDir = join(work, 'data');
  const logFile = join(work, 'stderr.log');
  const server = { dataDir, logFile };
  let child = null;
  let exited = null;

  async function start(listen) {
    const fixed = ['serve', '--data-dir', dataDir, '--listen', listen.endpoint, '--admin-listen', listen.admin, '--console-listen', listen.console];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COHO_')));
    Object.assign(env, { COHO_ACCESS_KEY_ID: ACCESS_KEY_ID, COHO_ACCESS_KEY_SECRET: ACCESS_KEY_SECRET });
    const log = openSync(logFile, 'a');
    child = spawn(BINARY, [...fixed, ...args], { env, stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
    const addresses = await readAddresses(child, exited, logFile);
    const { address, token, console } = JSON.parse(readFileSync(join(dataDir, 'admin.json'), 'utf8'));
    Object.assign(server, { pid: child.pid, endpoint: addresses.get('endpoint'), admin: address, console, token });
  }

  const hostOf = (url) => new URL(url).host;
  server.halt = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const status = await exited;
    clearTimeout(timer);
    if (status !== 0) throw new Error(`exit ${status} after SIGTERM:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
  };
  server.resume = () => start({ endpoint: hostOf(server.endpoint), admin: hostOf(server.admin), console: hostOf(server.console) });
  server.restart = async () => {
    await server.halt();
    await server.resume();
  };
  server.stop = async () => {
    await server.halt();
    rmSync(work, { recursive: true, force: true });
  };
  await start({ endpoint: FREE_PORT, admin: FREE_PORT, console: FREE_PORT });
  return server;
}

async function readAddresses(child, exited, logFile) {
  const addresses = new Map();
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise((resolve) => {
    lines.on('line', (line) => {
      const words = line.trim().split(/\s+/);
      if (words.length === 1 && words[0] === 'ready') resolve('ready');
      if (words.length === 2 && words[1].startsWith('http://')) addresses.set(words[0], words[1]);
    });
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('late'), START_MS);
  });
  const first = await Promise.race([ready, exited, late]);
  clearTimeout(timer);
  if (first !== 'ready') {
    child.kill('SIGKILL');
    throw new Error(`coho did not start (${first}):\n${readFileSync(logFile, 'utf8')}`);
  }
  return addresses;
}
