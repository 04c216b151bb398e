// Back-to-origin in the browser: rules built, tested, saved, taken back, and edited by two people.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browser, server, setUp } from './set_up.mjs';
import { assertContrastInDark, close, eachLook, focused, goTo, inspect, lookName, LOOKS, openConsole, settled } from './browser.mjs';
import { call, startOrigin } from './bucket_fixture.mjs';

const CORPUS = fileURLToPath(new URL('../../crates/coho-fuzz/corpus/website_xml/', import.meta.url));
const HOSTILE = '"><img src=x onerror=window.hacked=1>\u202Egnp';

/** Three rules with something of everything: a redirect, a mirror with lists and an unknown element, a signed mirror. */
const RULES = `<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><RoutingRules>
  <RoutingRule><RuleNumber>10</RuleNumber><Condition><KeyPrefixEquals>retired/</KeyPrefixEquals></Condition><Redirect><RedirectType>External</RedirectType><Protocol>https</Protocol><HostName>new.example.com</HostName><ReplaceKeyPrefixWith>v2/</ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule>
  <RoutingRule><RuleNumber>20</RuleNumber><Condition><KeyPrefixEquals>media/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals><IncludeHeader><Key>X-A</Key><Equals>1</Equals></IncludeHeader></Condition><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9001/old/</MirrorURL><MirrorHeaders><Pass>accept</Pass><Set><Key>Authorization</Key><Value>Bearer hidden</Value></Set></MirrorHeaders><MirrorTaggings><Taggings><Key>a</Key><Value>b</Value></Taggings></MirrorTaggings><Unheard>u</Unheard></Redirect></RoutingRule>
  <RoutingRule><RuleNumber>30</RuleNumber><Condition/><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:9002/</MirrorURL><MirrorAuth><AuthType>S3V4</AuthType><Region>r</Region><AccessKeyId>id</AccessKeyId><AccessKeySecret>top-secret</AccessKeySecret></MirrorAuth></Redirect></RoutingRule>
</RoutingRules></WebsiteConfiguration>`;

let origin;

setUp({
  args: ['--origin-allow', '127.0.0.1'],
  begin: async () => {
    origin = await startOrigin({ 'old/logo.txt': 'from the origin' });
  },
  end: () => origin?.stop(),
});

const admin = (method, path, body, headers = {}) => fetch(`${server.admin}${path}`, { method, body, headers: { authorization: `Bearer ${server.token}`, ...headers } });

/** What is stored, with secrets masked. */
const stored = async (bucket) => (await admin('GET', `/v1/buckets/${bucket}/website`)).text();

const put = async (bucket, xml) => assert.equal((await admin('PUT', `/v1/buckets/${bucket}/website`, xml, { 'content-type': 'application/xml' })).status, 204);

/** A bucket, with a configuration, and the screen of its rules. */
async function openRules(bucket, { xml, tab, ...options } = {}) {
  const page = await openConsole(browser, server, options);
  const made = await call(page, 'PUT', `/oss/${bucket}/`, '', { 'x-oss-acl': 'public-read' });
  assert.equal(made.status, 200, made.text);
  if (xml) await put(bucket, xml);
  await show(page, bucket, tab);
  return page;
}

async function show(page, bucket, tab) {
  await goTo(page, `#/buckets/${bucket}/rules${tab ? `?tab=${tab}` : ''}`);
  await page.locator('.rules-screen').waitFor();
}

const element = (page, name) => page.locator(`[data-element="${name}"]`);
const rows = (page) => page.locator('.rule-row');
const numbers = (page) => page.locator('.rule-no').allTextContents();
const prefixes = (page) => page.locator('.rule-what').allTextContents();
const checked = (page, state) => page.locator('.check-line .badge', { hasText: state }).waitFor();
const view = (page, name) => page.locator('.rules-right').getByRole('radio', { name, exact: true }).check({ force: true });
const editor = (page) => page.locator('textarea.code-editor');

/** Opens the review, and saves when it is ready. */
async function save(page) {
  await page.getByRole('button', { name: 'Review and save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Review the changes' });
  await dialog.locator('.diff').waitFor();
  const diff = await dialog.locator('.diff').innerText();
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  return diff;
}

async function saved(page) {
  await page.getByText('Saved. The configuration is in force').first().waitFor();
  await page.locator('.save-bar').waitFor({ state: 'detached' });
}

/** Looks at a state in both schemes. */
async function look(page, name) {
  await inspect(page, name);
  await assertContrastInDark(page, name);
}

test('a mirror rule is built with the form, tested, saved, and answers a client', async () => {
  const page = await openRules('built');
  await page.getByText('No rules yet').waitFor();
  await inspect(page, 'rules-empty');
  await page.getByRole('button', { name: 'Add rule' }).click();
  await focused(page, '[data-element="MirrorURL"] input');
  await checked(page, 'Not complete yet');
  assert.equal(await page.locator('.rules-screen .field-error, .problem-list, .rule-row .badge.bad').count(), 0, 'a rule that is not filled in is not wrong');
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await checked(page, 'Would be refused');
  await element(page, 'MirrorURL').locator('.field-error').waitFor();
  await page.getByRole('button', { name: 'Discard changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard changes' }).click();
  await page.getByText('No rules yet').waitFor();
  await page.getByRole('button', { name: 'Add rule' }).click();
  await focused(page, '[data-element="MirrorURL"] input');
  await checked(page, 'Not complete yet');
  await page.keyboard.type('ftp://wrong');
  await element(page, 'MirrorURL').locator('.field-error', { hasText: 'http' }).waitFor();
  assert.match(await page.locator('.problem-list').innerText(), /Rule 10 · MirrorURL/);
  await look(page, 'rules-problem');
  await element(page, 'MirrorURL').locator('input').fill(`${origin.url}/old/`);
  await element(page, 'KeyPrefixEquals').locator('input').fill('a/');
  // The list of problems goes away, and what is below it moves.
  await checked(page, 'Valid');
  await element(page, 'EnableReplacePrefix').locator('input').check();
  await checked(page, 'Valid');
  await page.getByLabel('Key', { exact: true }).fill('a/logo.txt');
  await page.getByRole('checkbox', { name: 'Ask the origin' }).check();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  const result = page.locator('.explanation');
  await result.getByText('Answer of the origin').waitFor();
  const text = await result.innerText();
  assert.match(text, /Fetch from the origin/);
  assert.ok(text.includes(`${origin.url}/old/logo.txt`), text);
  assert.match(text, /HEAD 200[\s\S]*Network address\s+127\.0\.0\.1:\d+[\s\S]*ETag\s+"/);
  assert.equal(await page.locator('.rule-row.matched').count(), 1);
  await inspect(page, 'rules-tested');
  assert.match(await save(page), /\+.*MirrorURL/);
  await saved(page);
  // The server writes defaults out, which nobody has chosen.
  const groups = await page.locator('.rule-group[open]').evaluateAll((found) => found.map((group) => group.dataset.group));
  for (const group of ['answers', 'stored', 'auth', 'cloud']) assert.ok(!groups.includes(group), `${group} is open: ${groups}`);
  const answer = await fetch(`${server.endpoint}/built/a/logo.txt`);
  assert.deepEqual([answer.status, await answer.text()], [200, 'from the origin']);
  assert.match(answer.headers.get('x-oss-tag'), /^MIRROR/);
  await close(page);
});

test('a rule set is imported, ordered by keyboard, saved with its difference, and rolled back', async () => {
  const page = await openRules('imported', { xml: RULES.replace('<Unheard>u</Unheard>', '') });
  await view(page, 'Form and text');
  const more = RULES.replace('<Unheard>u</Unheard>', '').replace('retired/', 'gone/');
  await page.locator('input[type=file]').setInputFiles({ name: 'rules.xml', mimeType: 'text/xml', buffer: Buffer.from(more) });
  await page.locator('.rule-what', { hasText: 'gone/' }).waitFor();
  await rows(page).nth(2).locator('.rule-open').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.locator('[role=status]', { hasText: 'now at place 2 of 3' }).waitFor({ state: 'attached' });
  await focused(page, '.rule-row:nth-child(2) .rule-open');
  await page.keyboard.press('Alt+Home');
  await page.locator('[role=status]', { hasText: 'now at place 1 of 3' }).waitFor({ state: 'attached' });
  assert.deepEqual(await numbers(page), ['10', '20', '30']);
  assert.match((await prefixes(page)).join('|'), /^every.*\|.*gone\/\|.*media\//);
  await focused(page, '.rule-row:first-child .rule-open');
  await rows(page).nth(0).getByRole('button', { name: 'Move rule 10 down' }).click();
  assert.match((await prefixes(page)).join('|'), /^.*gone\/\|every/);
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.match((await prefixes(page)).join('|'), /^every/);
  const diff = await save(page);
  assert.match(diff, /\+.*gone\//);
  assert.ok(!diff.includes('top-secret'));
  await saved(page);
  const xml = await stored('imported');
  assert.ok(xml.indexOf('9002') < xml.indexOf('gone/'), xml);
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('button', { name: 'Show version 1' }).click();
  const version = page.getByRole('dialog', { name: 'Version 1' });
  await version.getByText('The first version').waitFor();
  await version.getByText('The whole document').click();
  await look(page, 'rules-version');
  await version.getByRole('button', { name: 'Restore' }).click();
  const question = page.getByRole('dialog', { name: 'Restore version 1?' });
  await question.waitFor();
  await inspect(page, 'rules-restore');
  await question.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Version 1 is in force again.').waitFor();
  await page.locator('td', { hasText: 'Version 3' }).waitFor();
  assert.match(await stored('imported'), /retired\//);
  assert.match(await page.locator('tbody').innerText(), /Console/);
  await page.getByRole('tab', { name: /^Rules/ }).click();
  await page.locator('.rule-what', { hasText: 'retired/' }).waitFor();
  await close(page);
});

test('rules are reordered by dragging', async () => {
  const page = await openRules('dragged', { xml: RULES });
  await rows(page).nth(2).locator('.rule-handle').dragTo(rows(page).nth(0));
  await page.waitForFunction(() => document.querySelector('.rule-what').textContent.startsWith('every'));
  assert.deepEqual(await numbers(page), ['10', '20', '30']);
  await close(page);
});

test('of two editors the second is told, and loses nothing', async () => {
  const first = await openRules('shared', { xml: RULES });
  const second = await openConsole(browser, server, { expectedErrors: [/412 \(/] });
  await show(second, 'shared');
  await rows(second).nth(0).locator('.rule-open').click();
  await element(second, 'HostName').locator('input').fill('second.example.com');
  await rows(first).nth(1).locator('.rule-open').click();
  await element(first, 'KeyPrefixEquals').locator('input').fill('films/');
  await save(first);
  await saved(first);
  await second.locator('.notice-title', { hasText: 'Someone else has changed this configuration' }).waitFor();
  await inspect(second, 'rules-outdated');
  await second.locator('.save-bar').getByText('Someone else has changed this configuration').waitFor();
  await second.getByRole('button', { name: 'Review and save' }).click();
  const conflict = second.getByRole('dialog', { name: 'The configuration was changed meanwhile' });
  await conflict.locator('.diff').waitFor();
  assert.match(await conflict.innerText(), /Console saved version 2 on/);
  assert.match(await conflict.locator('.diff').innerText(), /-.*media\/[\s\S]*\+.*films\//);
  await look(second, 'rules-conflict');
  await conflict.getByRole('button', { name: 'Review mine on top of theirs' }).click();
  const review = second.getByRole('dialog', { name: 'Review the changes' });
  await review.locator('.diff').waitFor();
  const diff = await review.locator('.diff').innerText();
  assert.match(diff, /\+.*second\.example\.com/);
  assert.ok(!/^[+-].*films/m.test(diff), 'the change of the first is not part of it');
  await look(second, 'rules-review');
  await review.getByRole('button', { name: 'Save', exact: true }).click();
  await saved(second);
  const xml = await stored('shared');
  assert.match(xml, /second\.example\.com/);
  assert.match(xml, /films\//);
  await first.getByText('Someone else changed the configuration. The form shows the new state.').waitFor();
  await rows(first).nth(0).locator('.rule-does', { hasText: 'second.example.com' }).waitFor();
  for (const page of [first, second]) {
    await close(page);
  }
});

test('theirs can be taken instead, and both changing one rule is said', async () => {
  const page = await openRules('taken', { xml: RULES, expectedErrors: [/412 \(/] });
  await rows(page).nth(0).locator('.rule-open').click();
  await element(page, 'HostName').locator('input').fill('mine.example.com');
  await put('taken', RULES.replace('new.example.com', 'theirs.example.com'));
  await page.getByRole('button', { name: 'See what changed' }).click();
  await page.getByText('Command line or admin API (admin) saved version 2').waitFor();
  await page.getByRole('button', { name: 'Review mine on top of theirs' }).click();
  const review = page.getByRole('dialog', { name: 'Review the changes' });
  await review.getByText('Both of you changed the same place').waitFor();
  await review.locator('.diff', { hasText: 'mine.example.com' }).waitFor();
  await review.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await element(page, 'HostName').locator('input').inputValue(), 'mine.example.com');
  await put('taken', RULES.replace('new.example.com', 'later.example.com'));
  await page.getByRole('button', { name: 'See what changed' }).click();
  await page.getByRole('button', { name: 'Take theirs, discard mine' }).click();
  await page.waitForFunction(() => document.querySelector('[data-element="HostName"] input').value === 'later.example.com');
  await page.locator('.save-bar').waitFor({ state: 'detached' });
  await close(page);
});

test('form and text are in step in every format, and text without meaning locks the form and says where', async () => {
  const page = await openRules('text', { xml: RULES, size: [1800, 1000] });
  await rows(page).nth(0).locator('.rule-open').click();
  const host = element(page, 'HostName').locator('input');
  for (const [format, line] of [['JSON', '"HostName": "HOST"'], ['YAML', 'HostName: HOST'], ['XML', '<HostName>HOST</HostName>']]) {
    await page.locator('.card-head').getByRole('radio', { name: format }).check({ force: true });
    const inText = (name) => page.waitForFunction((wanted) => document.querySelector('textarea.code-editor').value.includes(wanted), line.replace('HOST', name));
    const before = await host.inputValue();
    await inText(before);
    await host.fill(`form-${format}.example.com`);
    await inText(`form-${format}.example.com`);
    const text = await editor(page).inputValue();
    await editor(page).fill(text.replace(`form-${format}`, `text-${format}`));
    await page.waitForFunction((name) => document.querySelector('[data-element="HostName"] input').value === name, `text-${format}.example.com`);
    await editor(page).fill(`${text.trimEnd()}\n}<`);
    await page.getByText(/The text cannot be read: line \d+/).waitFor();
    assert.ok(await host.isDisabled(), format);
    assert.equal(await page.getByRole('button', { name: 'Review and save' }).getAttribute('aria-disabled'), 'true');
    if (format === 'XML') await look(page, 'rules-unreadable');
    await editor(page).fill(text);
    await page.waitForFunction((name) => {
      const input = document.querySelector('[data-element="HostName"] input');
      return !input.matches(':disabled') && input.value === name;
    }, `form-${format}.example.com`);
  }
  assert.match(await editor(page).inputValue(), /<Unheard>u<\/Unheard>/, 'what no form knows is kept');
  await close(page);
});

test('a stored secret is kept behind its mask, and replaced on request', async () => {
  const page = await openRules('secret', { xml: RULES, expectedErrors: [/400 \(/] });
  await view(page, 'Form and text');
  assert.ok(!(await page.content()).includes('top-secret'));
  assert.ok(!(await editor(page).inputValue()).includes('hidden'));
  await rows(page).nth(2).locator('.rule-open').click();
  await element(page, 'Region').locator('input').fill('eu-central-1');
  await save(page);
  await saved(page);
  await element(page, 'MirrorURL').locator('input').fill('http://127.0.0.1:9003/');
  await element(page, 'AccessKeySecret').locator('.field-error', { hasText: 'no secret is stored' }).waitFor();
  await element(page, 'AccessKeySecret').getByRole('button', { name: 'Replace secret' }).click();
  await focused(page, '[type=password]');
  await page.keyboard.type('n3w-s3cret');
  await checked(page, 'Valid');
  const diff = await save(page);
  assert.ok(!diff.includes('n3w-s3cret'), diff);
  await saved(page);
  await element(page, 'AccessKeySecret').getByText('A secret is stored').waitFor();
  assert.ok(!(await page.content()).includes('n3w-s3cret'));
  assert.match(await stored('secret'), /<AccessKeySecret>\*{6}<\/AccessKeySecret>/);
  await close(page);
});

test('what others wrote stays text', async () => {
  const escaped = HOSTILE.replace('<', '&lt;');
  const xml = RULES.replace('retired/', escaped).replace('<Pass>accept</Pass>', `<Pass>accept</Pass><Set><Key>x-a</Key><Value>${escaped}</Value></Set>`)
    .replace('<Unheard>u</Unheard>', `<Unheard>${escaped}</Unheard>`).replace('index.html', escaped.replaceAll('/', ''));
  const page = await openRules('hostile', { xml, size: [1800, 1000] });
  const condition = rows(page).nth(0).locator('.rule-what');
  assert.match(await condition.innerText(), /<img src=x[\s\S]*\[U\+202E\]/);
  await rows(page).nth(1).locator('.rule-open').click();
  await element(page, 'Set').getByText('[U+202E]').first().waitFor();
  await page.getByLabel('Key', { exact: true }).fill(HOSTILE);
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.locator('.explanation').waitFor();
  await inspect(page, 'rules-hostile');
  for (const tab of ['Static pages', 'History']) await page.getByRole('tab', { name: tab }).click();
  await page.getByRole('button', { name: 'Show version 1' }).click();
  await page.locator('.diff, .notice').first().waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await close(page);
});

test('warnings and a probe that fails are told in the language of the reader', async () => {
  const shadowed = `<WebsiteConfiguration><RoutingRules>
    <RoutingRule><RuleNumber>1</RuleNumber><Condition/><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://127.0.0.1:1/</MirrorURL></Redirect></RoutingRule>
    <RoutingRule><RuleNumber>2</RuleNumber><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><RedirectType>External</RedirectType><HostName>n.test</HostName><Hostname>x</Hostname></Redirect></RoutingRule>
  </RoutingRules></WebsiteConfiguration>`;
  const page = await openRules('told', { xml: shadowed, locale: 'zh-CN' });
  await page.getByText('永远不会生效：规则 1 总是先匹配。').first().waitFor();
  await page.getByText('Hostname 不是 Redirect 的元素。是否应为 HostName？').first().waitFor();
  await page.getByRole('textbox', { name: /Key/ }).first().fill('a.jpg');
  await page.getByRole('checkbox', { name: '访问源站' }).check();
  await page.getByRole('button', { name: '测试', exact: true }).click();
  await page.locator('.explanation').getByText('无法连接源站').waitFor();
  await look(page, 'rules-told-zh');
  await close(page);
});

test('every template makes what the server takes', async () => {
  const page = await openRules('templates');
  const found = await page.evaluate(async () => {
    const at = (name) => window.consoleModule(`screens/rules/${name}`);
    const [{ TEMPLATES, startValues }, { applyTemplate }, { emptyDocument }, { writeDocument }, { api }] = await Promise.all([
      at('templates.js'), at('add_template.js'), at('model.js'), at('xml.js'), window.consoleModule('api.js'),
    ]);
    const SAMPLES = { url: 'http://127.0.0.1:9000/old', prefix: 'p/', from: 'from/', to: 'to/', host: 'h.example.com', region: 'r', id: 'id', secret: 's' };
    const results = [];
    for (const template of TEMPLATES) {
      const start = startValues(template);
      const filled = Object.fromEntries(template.fields.map(({ name, kind }) => [name, kind === 'switch' ? true : start[name] || SAMPLES[name]]));
      const least = Object.fromEntries(template.fields.map(({ name, required }) => [name, required && start[name] === '' ? SAMPLES[name] : start[name]]));
      for (const values of [filled, { ...least, sign: false }]) {
        const { tree } = applyTemplate(emptyDocument(), template, values);
        const { valid, problems } = await api.post('/v1/buckets/templates/website/check', { body: writeDocument(tree), headers: { 'content-type': 'application/xml' } });
        results.push([template.id, valid, problems.map(({ detail }) => detail)]);
      }
    }
    return results;
  });
  assert.equal(found.length, 16);
  for (const [id, valid, problems] of found) assert.deepEqual([id, valid, problems], [id, true, []]);
  await page.getByRole('button', { name: 'From a template' }).first().click();
  await page.getByRole('dialog', { name: 'Start from a template' }).waitFor();
  await look(page, 'rules-templates');
  await page.getByRole('button', { name: /^Retired prefix/ }).click();
  await page.getByRole('button', { name: 'Add to the draft' }).click();
  await focused(page, '[aria-invalid=true]');
  await look(page, 'rules-template-fault');
  await page.keyboard.type('old/');
  await page.getByLabel('New host').fill('new.example.com');
  await page.getByText('What is added').click();
  await look(page, 'rules-template');
  await page.getByRole('button', { name: 'Add to the draft' }).click();
  await page.locator('.rule-does', { hasText: '301 → https://new.example.com/' }).waitFor();
  await close(page);
});

test('the server reads what the editor writes of every fixture', async () => {
  const page = await openRules('corpus');
  for (const name of readdirSync(CORPUS).filter((name) => name.endsWith('.xml'))) {
    const [own, servers] = await page.evaluate(async (xml) => {
      const { api } = await window.consoleModule('api.js');
      const check = async (body) => (await api.post('/v1/buckets/corpus/website/check', { body, headers: { 'content-type': 'application/xml' } })).json;
      const { readDocument, writeDocument } = await window.consoleModule('screens/rules/xml.js');
      return [await check(writeDocument(readDocument(xml).tree)), await check(xml)];
    }, readFileSync(`${CORPUS}${name}`, 'utf8'));
    assert.ok(own.length > 10, name);
    assert.equal(own, servers, name);
  }
  await close(page);
});

test('pages of static hosting are set, and everything can be removed', async () => {
  const page = await openRules('pages', { tab: 'pages' });
  await element(page, 'Suffix').locator('input').fill('a/b');
  await element(page, 'Suffix').locator('.field-error', { hasText: 'slash' }).waitFor();
  await element(page, 'Suffix').locator('input').fill('home.html');
  await element(page, 'SupportSubDir').locator('input').check();
  await element(page, 'Type').getByRole('radio', { name: /Show the index page/ }).check();
  await element(page, 'ErrorDocument/Key').locator('input').fill('lost.html');
  await element(page, 'HttpStatus').locator('select').selectOption('200');
  await checked(page, 'Valid');
  await save(page);
  await saved(page);
  const xml = await stored('pages');
  for (const part of ['<Suffix>home.html</Suffix>', '<SupportSubDir>true</SupportSubDir>', '<Type>2</Type>', '<Key>lost.html</Key>', '<HttpStatus>200</HttpStatus>']) assert.ok(xml.includes(part), part);
  await call(page, 'PUT', '/oss/pages/lost.html', 'not here');
  const lost = await fetch(`${server.endpoint}/pages/nowhere`);
  assert.deepEqual([lost.status, await lost.text()], [200, 'not here']);
  for (const name of ['Suffix', 'ErrorDocument/Key']) await element(page, name).locator('input').fill('');
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByRole('dialog').getByText('Nothing is left').waitFor();
  await page.getByRole('button', { name: 'Remove the configuration' }).click();
  await page.getByText('The website configuration was removed.').waitFor();
  assert.equal((await admin('GET', '/v1/buckets/pages/website')).status, 404);
  await close(page);
});

test('limits of the bucket and of a rule are set, beside what is used', async () => {
  const page = await openRules('limits', { xml: RULES, tab: 'limits' });
  await page.getByText('Fetches running').first().waitFor();
  const card = page.locator('.card', { hasText: 'Limits of the bucket' }).first();
  await card.getByLabel('Fetches per second', { exact: true }).selectOption('own');
  await card.getByRole('spinbutton').fill('50');
  await card.getByLabel('Bandwidth', { exact: true }).selectOption('none');
  await page.getByLabel('Negative cache', { exact: true }).selectOption('own');
  await page.getByLabel('Fetches per second of rule 20', { exact: true }).selectOption('own');
  await page.getByLabel('Fetches per second of rule 20: own value').fill('0');
  await page.locator('.field-error').first().waitFor();
  await look(page, 'rules-limits-bad');
  await page.getByLabel('Fetches per second of rule 20: own value').fill('7');
  await page.getByLabel('Bandwidth of rule 20', { exact: true }).selectOption('own');
  await page.getByLabel('Bandwidth of rule 20: own value').fill('1.5');
  await page.getByRole('checkbox', { name: 'Hide the origin' }).check();
  await page.getByRole('checkbox', { name: 'Encrypt what is fetched' }).check();
  await page.getByRole('button', { name: 'Save limits' }).click();
  await page.getByText('The settings hold from the next fetch on').waitFor();
  const mirror = await (await admin('GET', '/v1/buckets/limits/mirror')).json();
  assert.deepEqual([mirror.qps, mirror.bandwidth_bytes_per_second, mirror.missing_seconds, mirror.hide_origin, mirror.encrypt], [50, 'none', 0, true, true]);
  assert.deepEqual(mirror.rules, { 20: { qps: 7, bandwidth_bytes_per_second: 187_500 } });
  await inspect(page, 'rules-limits-set');
  await close(page);
});

test('what is typed in one go is undone in one step', async () => {
  const page = await openRules('undone', { xml: RULES });
  await rows(page).nth(0).locator('.rule-open').click();
  const host = element(page, 'HostName').locator('input');
  await host.evaluate((input) => {
    for (const letter of '.cn') {
      input.value += letter;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
  await page.getByRole('button', { name: 'Move rule 10 down' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await host.inputValue(), 'new.example.com.cn');
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForFunction(() => document.querySelector('[data-element="HostName"] input').value === 'new.example.com');
  await page.getByRole('button', { name: 'Redo' }).click();
  assert.equal(await host.inputValue(), 'new.example.com.cn');
  await close(page);
});

test('leaving with changes asks first', async () => {
  const page = await openRules('leaving', { xml: RULES });
  await rows(page).nth(0).locator('.rule-open').click();
  await element(page, 'HostName').locator('input').fill('unsaved.example.com');
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('tab', { name: /^Rules/ }).click();
  assert.equal(await element(page, 'HostName').locator('input').inputValue(), 'unsaved.example.com', 'tabs keep the draft');
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Activity' }).click();
  const question = page.getByRole('dialog', { name: 'Discard your changes?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await element(page, 'HostName').locator('input').inputValue(), 'unsaved.example.com');
  await page.getByRole('button', { name: 'Discard changes' }).click();
  await page.getByRole('dialog', { name: 'Discard your changes?' }).getByRole('button', { name: 'Discard changes' }).click();
  await page.locator('.save-bar').waitFor({ state: 'detached' });
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Activity' }).click();
  await page.locator('#main h1', { hasText: 'Activity' }).waitFor();
  await close(page);
});

/** The other tabs in some of the looks: every size, theme and language. */
const TAB_LOOKS = [1, 3, 4].map((at) => LOOKS[at]);

test('the screen is accessible in every size, theme and language', async () => {
  const page = await openRules('looks', { xml: RULES });
  await page.locator('.check-line .badge.good').waitFor();
  await page.locator('.rules-right .segmented input').nth(1).check({ force: true });
  await rows(page).nth(1).locator('.rule-open').click();
  await page.locator('.test-key input.input').first().fill('media/a.jpg');
  await page.locator('.test-key button[type=submit]').click();
  await page.locator('.explanation').waitFor();
  await element(page, 'KeySuffixEquals').locator('input').fill('.jpg');
  await page.locator('.check-line .badge.good').waitFor();
  await eachLook(page, LOOKS, (look) => inspect(page, `rules-${lookName(look)}`));
  await page.evaluate(() => document.querySelectorAll('.rule-group').forEach((group) => (group.open = true)));
  await eachLook(page, [LOOKS[1]], (look) => inspect(page, `rules-groups-${lookName(look)}`));
  for (const tab of ['pages', 'limits', 'history']) {
    await show(page, 'looks', tab);
    await settled(page);
    await eachLook(page, TAB_LOOKS, (look) => inspect(page, `rules-${tab}-${lookName(look)}`));
  }
  await close(page);
});
