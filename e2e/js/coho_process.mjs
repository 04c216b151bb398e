// The server under test as a process: started on free ports, stopped by its own handle.

import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ACCESS_KEY_ID = 'e2ekey';
export const ACCESS_KEY_SECRET = 'e2e-secret-0123456789';
export const REGION = 'cn-hangzhou';

const START_MS = 90_000;
const STOP_MS = 90_000;

const BINARY = process.env.COHO_BINARY ?? fileURLToPath(new URL('../../target/checked/coho', import.meta.url));

/**
 * Starts `coho serve` with a fresh data folder; `endpoint` and `admin` are addresses such as `http://127.0.0.1:PORT`, `token` is the admin
 * token.
 */
export async function startCoho(...args) {
  const work = mkdtempSync(join(tmpdir(), 'coho-e2e-'));
  const fixed = ['--data-dir', join(work, 'data'), '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--console-listen', 'off'];
  const running = await serve([...fixed, ...args], join(work, 'stderr.log'));
  async function stop() {
    await recordAnswers(running.addresses.get('admin'));
    await running.end();
    rmSync(work, { recursive: true, force: true });
  }
  const { token } = JSON.parse(readFileSync(join(work, 'data', 'admin.json'), 'utf8'));
  return { endpoint: running.addresses.get('endpoint'), admin: running.addresses.get('admin'), token, stop };
}

/** Appends the server's counts of answers by operation to the file that COHO_E2E_ANSWERS names. */
async function recordAnswers(admin) {
  if (!process.env.COHO_E2E_ANSWERS) return;
  const page = await (await fetch(`${admin}/-/metrics`)).text();
  const counts = page.split('\n').filter((line) => line.startsWith('coho_http_requests_total{'));
  appendFileSync(process.env.COHO_E2E_ANSWERS, counts.map((line) => `${line}\n`).join(''));
}

/**
 * Runs `coho serve` until it is ready; its log is appended to `logFile`. `addresses` are those that it prints, by their
 * names; `end()` asks it to stop, and throws its last words if it fails.
 */
export async function serve(args, logFile) {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there; set COHO_BINARY, or build it`);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('COHO_')));
  Object.assign(env, { COHO_ACCESS_KEY_ID: ACCESS_KEY_ID, COHO_ACCESS_KEY_SECRET: ACCESS_KEY_SECRET });
  const log = openSync(logFile, 'a');
  const child = spawn(BINARY, ['serve', ...args], { env, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const addresses = await readAddresses(child, exited, logFile);

  async function end() {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const status = await exited;
    clearTimeout(timer);
    if (status !== 0) throw new Error(`exit ${status} after SIGTERM:\n${readFileSync(logFile, 'utf8').slice(-4000)}`);
  }
  return { pid: child.pid, addresses, end };
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
