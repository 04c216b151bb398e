// What the tests of screens that show a bucket need: requests with the session of a page, and an origin that is a real nginx.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './ports.mjs';

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync);
const START_TRIES = 4000;

/** A request from within the page, with its session: `{ status, headers, text }`. */
export function call(page, method, path, body, headers = {}) {
  return page.evaluate(async ([method, path, body, headers]) => {
    const { csrf } = await (await fetch('/session')).json();
    const response = await fetch(path, { method, body, headers: { 'x-coho-csrf': csrf, ...headers } });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  }, [method, path, body, headers]);
}

/** Stores objects `{ key: body }`, some at a time. */
export function putObjects(page, bucket, objects) {
  return page.evaluate(async ([bucket, objects]) => {
    const { csrf } = await (await fetch('/session')).json();
    const rest = Object.entries(objects);
    const line = async () => {
      for (let one = rest.pop(); one; one = rest.pop()) {
        const { ok, status } = await fetch(`/oss/${bucket}/${encodeURIComponent(one[0])}`, { method: 'PUT', body: one[1], headers: { 'x-coho-csrf': csrf } });
        if (!ok) throw new Error(`${one[0]}: ${status}`);
      }
    };
    await Promise.all(Array.from({ length: 4 }, line));
  }, [bucket, objects]);
}

const answers = (port) => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true)).on('error', () => resolve(false));
});

/** An nginx that serves `files` (`{ path: content }`), with further `locations` of its configuration; `{ url, stop }`. */
export async function startOrigin(files, locations = '') {
  if (!NGINX) throw new Error('nginx is not installed');
  const work = mkdtempSync(join(tmpdir(), 'coho-origin-'));
  const port = await freePort();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(work, 'site', path)), { recursive: true });
    writeFileSync(join(work, 'site', path), content);
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${work}/${name};`).join(' ');
  // Started by root, the workers would become a user who may not read the folder.
  const user = process.getuid() === 0 ? 'user root;' : '';
  writeFileSync(join(work, 'nginx.conf'), `daemon off; pid ${work}/nginx.pid; error_log ${work}/error.log; worker_processes 1; ${user}
    events { worker_connections 512; }
    http { include /etc/nginx/mime.types; default_type application/octet-stream; access_log off; ${temporary}
      server { listen 127.0.0.1:${port}; root ${work}/site; ${locations} } }`);
  const child = spawn(NGINX, ['-p', work, '-c', join(work, 'nginx.conf')], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries === START_TRIES || child.exitCode !== null) throw new Error(`nginx did not start: ${readFileSync(join(work, 'error.log'), 'utf8')}`);
    await pause(25);
  }
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    rmSync(work, { recursive: true, force: true });
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

/** A website document with one mirror rule, for keys that begin with `prefix`. */
export const mirrorRule = (url, prefix = '') => `<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>
  <Condition><KeyPrefixEquals>${prefix}</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition>
  <Redirect><RedirectType>Mirror</RedirectType><MirrorURL>${url}/</MirrorURL></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>`;
