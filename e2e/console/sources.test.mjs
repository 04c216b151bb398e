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

const SCHEMAS = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')).components.schemas;

/** The words of an enumeration in the API, whichever way its schema lists them. */
function wordsOf(name) {
  const { enum: words = [], oneOf = [] } = SCHEMAS[name];
  return [...words, ...oneOf.flatMap((one) => one.enum ?? one.const ?? one.properties.kind.const)].sort();
}

/** Words that a function of the server gives, from its source. */
function wordsOfSource(path, from) {
  const text = readFileSync(new URL(`../../crates/${path}`, import.meta.url), 'utf8');
  const start = text.indexOf(from);
  assert.ok(start >= 0, `${path}: ${from}`);
  const body = text.slice(start, text.indexOf('\n    }\n', start));
  return [...body.matchAll(/=> "([a-z0-9_]+)"/g)].map(([, word]) => word);
}

test('every stable word of the server about rules and fetches has its text in both languages, and no other has', async () => {
  const listed = (texts, prefix) => Object.keys(texts).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort();
  for (const language of ['en', 'zh']) {
    const rules = await catalogue(`screens/rules/${language}.js`);
    assert.ok(wordsOf('WebsiteFinding').length > 0);
    assert.deepEqual(listed(rules, 'finding.'), wordsOf('WebsiteFinding'));
    assert.deepEqual(listed(rules, 'impossible.'), wordsOf('ImpossibleReason'));
    assert.deepEqual(listed(rules, 'no_effect.'), wordsOf('NoEffectReason'));
    const failures = await catalogue(`screens/mirror/${language}.js`);
    const labels = [...wordsOfSource('coho-origin/src/failure.rs', 'pub fn label(self)'), ...wordsOfSource('coho-origin/src/failure.rs', 'pub fn label(&self)')];
    assert.ok(labels.length > 20, `${labels}`);
    for (const label of labels) assert.ok(`reason.${label}` in failures, `${language}: no text for the failure ${label}`);
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
