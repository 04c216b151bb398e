// Reading XML that somebody has typed, and the one model behind a form and its XML.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readXml } from '../../crates/coho-console/assets/xml_reader.js';
import { element, leaf, readValues, writeValues } from '../../crates/coho-console/assets/screens/buckets/document.js';
import { brokenRule, isUnfinished } from '../../crates/coho-console/assets/screens/buckets/name_rules.js';
import { browserName } from '../../crates/coho-console/assets/screens/access/browser_name.js';

const outline = (node) => [node.name, node.line, node.text.trim(), ...node.children.map(outline)];

test('elements are read with their lines', () => {
  const check = (text, expected) => assert.deepEqual(outline(readXml(text).root), expected, text);
  check('<A/>', ['A', 1, '']);
  check('\ufeff<?xml version="1.0"?>\n<!-- c -->\n<A>\r\n<B> x </B><B/>\n</A>\n<!-- d -->\n', ['A', 3, '', ['B', 4, 'x'], ['B', 4, '']]);
  check('<目录>文件</目录>', ['目录', 1, '文件']);
});

const ACL = element('AccessControlPolicy', [
  element('Owner', [leaf('ID', 'owner', { fixed: true, optional: true })], { optional: true }),
  element('AccessControlList', [leaf('Grant', 'grant', { oneOf: ['private', 'public-read'] })]),
]);

test('what is written is read as the same values', () => {
  for (const values of [{ owner: 'a & <b>', grant: 'private' }, { grant: 'public-read' }]) {
    assert.deepEqual(readValues(ACL, writeValues(ACL, values)), { values });
  }
});

test('a document that says something else is refused with its place', () => {
  const refused = (text, line, code, known) => {
    const { fault } = readValues(ACL, text, known);
    assert.deepEqual([fault?.line, fault?.code], [line, code], text);
  };
  const list = (inner) => `<AccessControlPolicy>\n<AccessControlList>\n${inner}</AccessControlList></AccessControlPolicy>`;
  refused('<Policy/>', 1, 'root');
  refused('<AccessControlPolicy>\n<Grant>', 2, 'not_closed');
  refused('<AccessControlPolicy>\n</AccessControlPolicy>', 1, 'missing');
  refused(list('<Grant>everyone</Grant>'), 3, 'value');
  refused(list('<Grant>private</Grant>\n<Grant>private</Grant>'), 4, 'twice');
  refused(list('<Grant>private</Grant>\n<Deny/>'), 4, 'unknown');
  refused(list('<Grant>private<B/></Grant>'), 3, 'unknown');
  refused(list('text'), 2, 'text');
  const owner = (id) => `<AccessControlPolicy><Owner><ID>${id}</ID></Owner><AccessControlList><Grant>private</Grant></AccessControlList></AccessControlPolicy>`;
  refused(owner('2'), 1, 'fixed', { owner: '1', grant: 'private' });
  assert.equal(readValues(ACL, owner('1'), { owner: '1', grant: 'private' }).fault, undefined);
});

test('names of buckets follow the rules of OSS, and an unfinished one is not blamed yet', () => {
  const names = [
    ['', 'empty', true], ['ab', 'short', true], ['abc', null], ['a-b', null], ['a--b', null], ['1a2', null], ['abc-', 'hyphen', true], ['-abc', 'hyphen', false],
    ['Abc', 'upper_case', false], ['a_b', 'characters', false], ['a.b', 'characters', false], ['桶bucket', 'characters', false], ['a b', 'characters', false],
    ['a'.repeat(63), null], ['a'.repeat(64), 'long', false],
  ];
  for (const [name, rule, unfinished] of names) {
    assert.equal(brokenRule(name), rule, name);
    if (rule) assert.equal(isUnfinished(rule, name), unfinished, name);
  }
});

test('a browser is named by what it calls itself', () => {
  const agents = [
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36', 'Chrome 142, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0', 'Edge 141, Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140, Linux'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15', 'Safari 18, macOS'],
    ['curl/8.14.1', 'curl 8'], ['<img src=x onerror=alert(1)>', ''], ['', ''],
  ];
  for (const [agent, name] of agents) assert.equal(browserName(agent), name);
});
