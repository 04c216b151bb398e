// The rules of a document in the order in which they are evaluated: by RuleNumber. Each has an `id` that stays while it is edited,
// moved, or read again from text, so that the one that is open stays open.

import { build, element, elementAt, setItems, setText, textAt, update } from './model.js';

let lastId = 0;
const nextId = () => `rule-${(lastId += 1)}`;

/** The number of a rule, or 0 if it has none that is valid. */
export function numberOf(rule) {
  const text = (textAt(rule, ['RuleNumber']) ?? '').trim();
  return /^\d{1,10}$/.test(text) ? Number(text) : 0;
}

/** The rules in their order of evaluation. */
export function rulesOf(tree) {
  const rules = elementAt(tree, ['RoutingRules'])?.children.filter((child) => child.name === 'RoutingRule') ?? [];
  return rules.map((rule, index) => ({ rule, index })).sort((a, b) => numberOf(a.rule) - numberOf(b.rule) || a.index - b.index).map(({ rule }) => rule);
}

/** Puts rules in place of all. */
export const withRules = (tree, rules) => setItems(tree, ['RoutingRules'], 'RoutingRule', rules);

/** Gives ids to the rules of a document that was read: those of the rules of `before` with the same number, else new ones. */
export function withIds(tree, before = null) {
  const rules = elementAt(tree, ['RoutingRules']);
  if (!rules) return tree;
  const old = before ? rulesOf(before) : [];
  const taken = new Set();
  const idFor = (rule) => {
    const same = old.find((one) => numberOf(one) === numberOf(rule) && !taken.has(one.id));
    const id = same?.id ?? nextId();
    taken.add(id);
    return id;
  };
  return update(tree, ['RoutingRules'], (node) => ({ ...node, children: node.children.map((child) => (child.name === 'RoutingRule' ? { ...child, id: idFor(child) } : child)) }));
}

const withNumber = (rule, number) => (numberOf(rule) === number ? rule : setText(rule, ['RuleNumber'], String(number)));

/** Raises numbers where they do not ascend. */
function ascending(rules) {
  let last = 0;
  return rules.map((rule) => {
    last = Math.max(numberOf(rule), last + 1);
    return withNumber(rule, last);
  });
}

/** The number of a rule that is put at the end: tens stay tens. */
export function numberAfter(rules) {
  const highest = Math.max(0, ...rules.map(numberOf));
  return rules.every((rule) => numberOf(rule) % 10 === 0) ? highest + 10 : highest + 1;
}

/** Moves a rule to another place. The numbers stay where they are, and the rules change theirs. */
export function moveRule(tree, id, to) {
  const rules = rulesOf(tree);
  const from = rules.findIndex((rule) => rule.id === id);
  const target = Math.min(Math.max(0, to), rules.length - 1);
  if (from < 0 || from === target) return tree;
  const numbers = ascending(rules).map(numberOf);
  const [moved] = rules.splice(from, 1);
  rules.splice(target, 0, moved);
  return withRules(tree, rules.map((rule, index) => withNumber(rule, numbers[index])));
}

/** A rule as `[name, content]` pairs gets an id; its number is given when it is added. */
export const newRule = (condition, redirect) => ({
  ...element('RoutingRule', '', [build('Condition', condition), build('Redirect', redirect)]), id: nextId(),
});

/** Adds rules at the end, or before the first rule that a place names. Answers `{ tree, ids }`. */
export function addRules(tree, added, at = null) {
  let rules = rulesOf(tree);
  for (const [index, rule] of added.entries()) {
    if (at === null) rules = [...rules, setText(rule, ['RuleNumber'], String(numberAfter(rules)))];
    else rules.splice(at + index, 0, setText(rule, ['RuleNumber'], String(at + index === 0 ? 1 : numberOf(rules[at + index - 1]) + 1)));
  }
  return { tree: withRules(tree, at === null ? rules : ascending(rules)), ids: added.map((rule) => rule.id) };
}

/** Puts a copy behind a rule. */
export function duplicateRule(tree, id) {
  const rules = rulesOf(tree);
  const at = rules.findIndex((rule) => rule.id === id);
  const copy = { ...rules[at], id: nextId() };
  return { tree: addRules(tree, [copy], at + 1).tree, id: copy.id };
}

export const removeRule = (tree, id) => withRules(tree, rulesOf(tree).filter((rule) => rule.id !== id));

/** Changes one rule. */
export const editRule = (tree, id, change) => update(tree, ['RoutingRules'], (node) => ({
  ...node, children: node.children.map((child) => (child.id === id ? change(child) : child)),
}));

/** Which type a rule has for the server: one without a type that redirects is External. */
export function typeOf(rule) {
  const text = (textAt(rule, ['Redirect', 'RedirectType']) ?? '').trim();
  if (text !== '') return text;
  if (!elementAt(rule, ['Redirect'])) return elementAt(rule, ['LuaConfig']) ? 'Lua' : '';
  return elementAt(rule, ['Redirect', 'MirrorURL']) ? '' : 'External';
}
