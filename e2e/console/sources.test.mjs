// What can be said of the console's files without a browser.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join, relative } from 'node:path';

const ASSETS = fileURLToPath(new URL('../../crates/coho-console/assets/', import.meta.url));

const files = readdirSync(ASSETS, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(ASSETS, join(entry.parentPath, entry.name)));
const ours = files.filter((name) => name.endsWith('.js') && !name.startsWith('vendor/'));
const read = (name) => readFileSync(join(ASSETS, name), 'utf8');
const catalogue = async (name) => (await import(join(ASSETS, name))).default;

const areas = readdirSync(join(ASSETS, 'screens'));
const pairs = [['', 'locale'], ...areas.map((area) => [area, `screens/${area}`])];

const placeholders = (text) => {
  const forms = typeof text === 'string' ? [text] : Object.values(text);
  return [...new Set(forms.flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
};

test('both languages have the same keys with the same placeholders', async () => {
  for (const [, folder] of pairs) {
    const [en, zh] = [await catalogue(`${folder}/en.js`), await catalogue(`${folder}/zh.js`)];
    assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort(), folder);
    for (const [key, text] of Object.entries(en)) {
      assert.deepEqual(placeholders(zh[key]), placeholders(text), `${folder}: ${key}`);
      for (const one of [text, zh[key]]) assert.ok(typeof one === 'string' ? one !== '' : 'other' in one, `${folder}: ${key}`);
    }
  }
});

test('every text that is named in the code exists, and Chinese texts are Chinese', async () => {
  const known = new Set();
  for (const [area, folder] of pairs) {
    const texts = await catalogue(`${folder}/zh.js`);
    for (const key of Object.keys(texts)) known.add(area === '' ? key : `${area}.${key}`);
  }
  for (const name of ours) {
    for (const [, key] of read(name).replace(/^\s*\/\/.*$/gm, '').matchAll(/\bt\('([^']+)'/g)) assert.ok(known.has(key), `${name}: no text for ${key}`);
  }
  const core = await catalogue('locale/zh.js');
  for (const [key, text] of Object.entries(core)) {
    if (key !== 'unit.millisecond') assert.match(JSON.stringify(text), /[\u4e00-\u9fff]/, key);
  }
});

test('vendored files are those of VENDOR.md', () => {
  const rows = [...read('vendor/VENDOR.md').matchAll(/^\| (\S+\.(?:js|css)) \|.*\((\S+)\) \| `([0-9a-f]{64})` \|$/gm)];
  const names = files.filter((name) => /^vendor\/.*\.(js|css)$/.test(name)).map((name) => name.slice(7)).sort();
  assert.deepEqual(rows.map(([, name]) => name).sort(), names);
  for (const [, name, licence, hash] of rows) {
    assert.equal(createHash('sha256').update(readFileSync(join(ASSETS, 'vendor', name))).digest('hex'), hash, name);
    assert.ok(existsSync(join(ASSETS, 'vendor', licence)), licence);
  }
});

test('no file of ours writes markup from text, or inline styles and scripts', () => {
  const forbidden = [/dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write/, /\beval\(|new Function/, /<[a-z][^>]* style="/, /<[a-z][^>]* on[a-z]+="/, /https?:\/\/(?!www\.w3\.org)[^\s'"`]*\.js/];
  for (const name of ours) {
    const text = read(name).replace(/^\s*\/\/.*$/gm, '');
    for (const pattern of forbidden) assert.ok(!pattern.test(text), `${name}: ${pattern}`);
  }
  const page = read('index.html');
  assert.equal((page.match(/<script(?![^>]*src=)/g) ?? []).length, 1, 'the import map is the only inline script');
  assert.ok(!/<style|style=/.test(page));
});

test('the page preloads exactly the modules that it and its first screen need at once', () => {
  const needed = new Set();
  const visit = (name) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const [, path] of read(name).matchAll(/(?:^|\n)(?:import|export)[^;]*? from '(\.[^']+)'/g)) visit(join(dirname(name), path));
  };
  visit('app.js');
  needed.delete('app.js');
  visit('screens/overview/index.js');
  const preloaded = [...read('index.html').matchAll(/modulepreload" href="\/assets\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(preloaded.filter((name) => !name.startsWith('vendor/')).sort(), [...needed].sort());
});

test('every icon that is named exists', async () => {
  const names = new Set([...read('components/icon.js').matchAll(/^  '?([a-z-]+)'?: 'M/gm)].map(([, name]) => name));
  for (const name of ours) {
    for (const [, icon] of read(name).matchAll(/\bicon(?:: '|=")([a-z-]+)['"]/g)) assert.ok(names.has(icon), `${name}: icon ${icon}`);
  }
});
