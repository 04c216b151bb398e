// The document of the rules screen without a browser: order, numbers, edits that keep what they do not know, merges, differences.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

const module = (name) => import(new URL(`../../crates/coho-console/assets/screens/rules/${name}.js`, import.meta.url));
const { build, element, emptyDocument, isBlank, isEqual, itemsAt, setItems, setSwitch, setText, switchAt, textAt, unknownElements } = await module('model');
const { addRules, duplicateRule, moveRule, newRule, numberOf, removeRule, rulesOf, typeOf, withIds, withRules } = await module('rules_of');
const { mergeOnTop } = await module('merge');
const { unifiedDiff } = await module('diff');
const { faultOf, isAsked, startValues, TEMPLATES } = await module('templates');

const { lineOf, readDocument, writeDocument } = await module('xml');

const CORPUS = new URL('../../crates/coho-fuzz/corpus/website_xml/', import.meta.url);

const rule = (number, prefix, url = `http://${prefix}.example/`) => build('RoutingRule', [
  ['RuleNumber', number], ['Condition', [['KeyPrefixEquals', prefix]]], ['Redirect', [['RedirectType', 'Mirror'], ['MirrorURL', url]]],
]);
const document = (...rules) => withIds(withRules(emptyDocument(), rules));
const said = (tree) => rulesOf(tree).map((one) => `${numberOf(one)} ${textAt(one, ['Condition', 'KeyPrefixEquals'])}`);
const idOf = (tree, prefix) => rulesOf(tree).find((one) => textAt(one, ['Condition', 'KeyPrefixEquals']) === prefix).id;

test('rules are shown in the order of their numbers, whatever the order of the document', () => {
  assert.deepEqual(said(document(rule(20, 'b'), rule(5, 'a'), rule(100, 'c'))), ['5 a', '20 b', '100 c']);
});

test('a rule that moves takes the number of its new place, and keeps its id', () => {
  const tree = document(rule(10, 'a'), rule(20, 'b'), rule(35, 'c'));
  const check = (prefix, to, expected) => {
    const moved = moveRule(tree, idOf(tree, prefix), to);
    assert.deepEqual(said(moved), expected);
    assert.equal(idOf(moved, prefix), idOf(tree, prefix));
  };
  check('c', 0, ['10 c', '20 a', '35 b']);
  check('a', 1, ['10 b', '20 a', '35 c']);
  check('a', 99, ['10 b', '20 c', '35 a']);
  assert.equal(moveRule(tree, idOf(tree, 'a'), 0), tree, 'a rule that stays changes nothing');
});

test('rules that are added or duplicated have numbers of their own', () => {
  const check = (numbers, expected) => assert.equal(numberOf(rulesOf(addRules(document(...numbers.map((n) => rule(n, `p${n}`))), [newRule([], [])]).tree).at(-1)), expected);
  check([], 10);
  check([10, 20], 30);
  check([1, 2], 3);
  check([7], 8);
  const tree = document(rule(1, 'a'), rule(2, 'b'), rule(9, 'c'));
  assert.deepEqual(said(duplicateRule(tree, idOf(tree, 'a')).tree), ['1 a', '2 a', '3 b', '9 c']);
  assert.deepEqual(said(addRules(tree, [rule(0, 'x')], 0).tree), ['1 x', '2 a', '3 b', '9 c']);
  assert.deepEqual(said(removeRule(tree, idOf(tree, 'b'))), ['1 a', '9 c']);
});

test('without its last rule a document without pages says nothing', () => {
  const tree = document(rule(1, 'a'));
  assert.equal(isBlank(tree), false);
  assert.equal(isBlank(removeRule(tree, rulesOf(tree)[0].id)), true);
  assert.deepEqual(removeRule(tree, rulesOf(tree)[0].id), emptyDocument());
  assert.equal(isBlank(setText(emptyDocument(), ['ErrorDocument', 'Key'], '404.html')), false);
});

test('an element is put where OSS writes it, and what is not known stays', () => {
  const own = { ...rule(1, 'a'), children: [...rule(1, 'a').children, element('Own', 'x')] };
  const changed = setText(setText(own, ['Redirect', 'MirrorAuth', 'Region'], 'r'), ['Redirect', 'MirrorAuth', 'AuthType'], 'S3V4');
  assert.deepEqual(changed.children.map(({ name }) => name), ['RuleNumber', 'Condition', 'Redirect', 'Own']);
  assert.deepEqual(changed.children[2].children.at(-1).children.map(({ name }) => name), ['AuthType', 'Region']);
  assert.deepEqual(unknownElements(changed).map(({ path }) => path.join('/')), ['Own']);
  const back = setText(setText(changed, ['Redirect', 'MirrorAuth', 'Region'], ''), ['Redirect', 'MirrorAuth', 'AuthType'], null);
  assert.ok(isEqual(back, own), 'an element that held only removed ones is removed');
  assert.deepEqual(setText(own, ['Condition', 'KeyPrefixEquals'], '').children[1], element('Condition'), 'a rule keeps its Condition');
});

test('lists are replaced in their place', () => {
  const path = ['Redirect', 'MirrorHeaders'];
  const one = setSwitch(setItems(rule(1, 'a'), path, 'Pass', [element('Pass', 'accept')]), [...path, 'PassAll'], true);
  const two = setItems(one, path, 'Set', [build('Set', [['Key', 'a'], ['Value', 'b']])]);
  assert.deepEqual(itemsAt(two, path, 'Pass').map(({ text }) => text), ['accept']);
  assert.deepEqual(two.children[2].children.find(({ name }) => name === 'MirrorHeaders').children.map(({ name }) => name), ['PassAll', 'Pass', 'Set']);
  const none = setSwitch(setItems(setItems(two, path, 'Pass', []), path, 'Set', []), [...path, 'PassAll'], false);
  assert.deepEqual(itemsAt(none, path, 'Pass'), []);
});

test('switches are read as the server reads them', () => {
  const check = (text, fallback, expected) => assert.equal(switchAt(setText(rule(1, 'a'), ['Redirect', 'X'], text), ['Redirect', 'X'], fallback), expected, text);
  check('True', false, true);
  check(' false ', true, false);
  check(null, true, true);
  check('yes', false, false);
});

test('the type is that of the server', () => {
  const check = (redirect, expected) => assert.equal(typeOf(newRule([], redirect)), expected);
  check([['RedirectType', 'Mirror']], 'Mirror');
  check([['HostName', 'a.example']], 'External');
  check([['MirrorURL', 'http://a/']], '');
  assert.equal(typeOf(build('RoutingRule', [['LuaConfig', [['Script', 's']]]])), 'Lua');
});

test('my changes go on top of theirs, rule by rule', () => {
  const base = document(rule(1, 'a'), rule(2, 'b'), rule(3, 'c'));
  const mine = document(rule(1, 'a', 'http://mine.example/'), rule(2, 'b'), rule(4, 'd'));
  const theirs = setText(document(rule(1, 'a'), rule(2, 'b', 'http://theirs.example/'), rule(3, 'c'), rule(5, 'e')), ['ErrorDocument', 'Key'], 'e.html');
  const { tree, conflicts } = mergeOnTop(base, mine, theirs);
  assert.deepEqual(said(tree), ['1 a', '2 b', '4 d', '5 e']);
  const urls = rulesOf(tree).slice(0, 2).map((one) => textAt(one, ['Redirect', 'MirrorURL']));
  assert.deepEqual(urls, ['http://mine.example/', 'http://theirs.example/']);
  assert.equal(textAt(tree, ['ErrorDocument', 'Key']), 'e.html');
  assert.deepEqual(conflicts, []);
  const both = mergeOnTop(base, mine, document(rule(1, 'a', 'http://theirs.example/'), rule(2, 'b'), rule(3, 'c')));
  assert.deepEqual(both.conflicts, ['RoutingRules/1']);
  assert.equal(textAt(rulesOf(both.tree)[0], ['Redirect', 'MirrorURL']), 'http://mine.example/');
  const gone = mergeOnTop(base, mine, emptyDocument());
  assert.deepEqual(said(gone.tree), ['1 a', '4 d'], 'what they removed and I did not change is gone');
});

test('a difference has the changed lines with some around them', () => {
  const check = (from, to, expected) => assert.equal(unifiedDiff(from, to), expected);
  check('a\nb', 'a\nb', '');
  check('a\nb\nc', 'a\nx\nc', ' a\n-b\n+x\n c');
  const lines = Array.from({ length: 20 }, (_, index) => `l${index}`);
  check(lines.join('\n'), ['n', ...lines.slice(0, 19), 'm'].join('\n'), '+n\n l0\n l1\n l2\n@@\n l16\n l17\n l18\n-l19\n+m');
  const long = (of) => Array.from({ length: 3000 }, (_, index) => `${of}${index}`).join('\n');
  assert.equal(unifiedDiff(long('a'), long('b')).split('\n').length, 6000, 'a difference that is too long to search shows all');
});

test('templates ask for what they need', () => {
  for (const template of TEMPLATES) {
    const values = startValues(template);
    const needed = template.fields.filter((field) => field.required && field.value === undefined && isAsked(field, values));
    for (const field of needed) assert.equal(faultOf(field, values), 'required', `${template.id} ${field.name}`);
  }
  const field = { name: 'url', kind: 'url', required: true };
  for (const [url, expected] of [['http://a', ''], ['https://a/b/', ''], ['a.example', 'url'], ['http://', 'url'], ['http://u@h/', 'url'], ['http://a/?q', 'url'], ['javascript:alert(1)', 'url']]) {
    assert.equal(faultOf(field, { url }), expected, url);
  }
});

test('every document of the fixtures survives reading and writing', () => {
  const names = readdirSync(CORPUS).filter((name) => name.endsWith('.xml'));
  assert.ok(names.length >= 5);
  for (const name of names) {
    const { tree, fault } = readDocument(readFileSync(new URL(name, CORPUS), 'utf8'));
    assert.equal(fault, undefined, name);
    assert.deepEqual(readDocument(writeDocument(tree)).tree, tree, name);
  }
});

test('texts survive whatever they hold', () => {
  for (const text of ['a & <b> "c" \'d\'', ' two  blanks ', 'line\nline\ttab\rreturn', ']]>', '&amp;', '目录/😀', '\u202e']) {
    const tree = build('WebsiteConfiguration', [['ErrorDocument', [['Key', text]]]]);
    assert.deepEqual(readDocument(writeDocument(tree)).tree, tree, text);
  }
});

test('XML is read as the server reads it, and faults have their line', () => {
  const key = (text) => textAt(readDocument(text).tree, ['ErrorDocument', 'Key']);
  const within = (text) => `<?xml version="1.0"?>\n<!-- c --><o:WebsiteConfiguration xmlns:o="http://o.example" a = '1'><ErrorDocument>\n<Key>${text}</Key></ErrorDocument></o:WebsiteConfiguration>\n`;
  assert.equal(key(within('a<!-- b -->&#99;<![CDATA[<&d>]]>&#x1F600;')), 'ac<&d>😀');
  const check = (text, code, line) => {
    const { fault } = readDocument(text);
    assert.deepEqual([fault?.code, fault?.line], [code, line], text);
  };
  const inside = (text) => `<WebsiteConfiguration>\n${text}\n</WebsiteConfiguration>`;
  check('', 'empty', 1);
  check('text', 'stray', 1);
  check('<Other/>', 'root', 1);
  check('<WebsiteConfiguration/>\n<b/>', 'second_root', 2);
  check('<WebsiteConfiguration/>\r\n\r\nb', 'stray', 3);
  check(inside('<x></y>'), 'other_close', 2);
  check(inside('<x>'), 'other_close', 3);
  check('\n<WebsiteConfiguration>\n', 'not_closed', 2);
  check('</WebsiteConfiguration>', 'not_open', 1);
  check(inside('a & b'), 'reference', 2);
  check(inside('&nbsp;'), 'reference', 2);
  check(inside('&constructor;'), 'reference', 2);
  check(inside('&#0;'), 'reference', 2);
  check(inside('&#xD800;'), 'reference', 2);
  check(inside('<1a/>'), 'tag', 2);
  check(inside('<a b=c/>'), 'tag', 2);
  check(inside('<a'), 'tag', 2);
  check(inside('<!-- c'), 'not_closed', 2);
  check(inside('\u0001'), 'character', 2);
  check('<!DOCTYPE a [<!ENTITY b "c">]><WebsiteConfiguration>&b;</WebsiteConfiguration>', 'doctype', 1);
  check(inside(`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`), 'depth', 2);
  check(inside('<a/>'.repeat(50_000)), undefined, undefined);
});

test('an element of a rule is found in the text that was written', () => {
  const tree = setText(document(rule(5, 'line\nbreak'), rule(20, 'b')), ['IndexDocument', 'Suffix'], 'i.html');
  const lines = writeDocument(tree).split('\n');
  const check = (number, name, expected) => {
    const line = lineOf(tree, number, name);
    assert.equal(line === null ? null : lines[line - 1].trim(), expected, `${number} ${name}`);
  };
  check(null, 'Suffix', '<Suffix>i.html</Suffix>');
  check(null, 'Key', null);
  check(5, 'MirrorURL', '<MirrorURL>http://line');
  check(20, 'MirrorURL', '<MirrorURL>http://b.example/</MirrorURL>');
  check(20, 'RuleNumber', '<RuleNumber>20</RuleNumber>');
  check(20, 'Script', '<RoutingRule>');
  check(7, 'MirrorURL', null);
});
