// Puts one editor's changes on top of another's: rule by rule, by RuleNumber, and page by page.

import { element, elementAt, isEqual, setItems, update } from './model.js';
import { numberOf, rulesOf } from './rules_of.js';

const RULES = 'RoutingRules';

/** What a document consists of, by name. */
function pieces(tree) {
  const map = new Map();
  const add = (name, node) => map.set(map.has(name) ? `${name}#${map.size}` : name, node);
  for (const child of tree.children) if (child.name !== RULES) add(child.name, child);
  for (const rule of rulesOf(tree)) add(`${RULES}/${numberOf(rule)}`, rule);
  for (const child of elementAt(tree, [RULES])?.children ?? []) if (child.name !== 'RoutingRule') add(`${RULES}/${child.name}`, child);
  return map;
}

const same = (a, b) => (!a && !b) || isEqual(a, b);

/**
 * What `mine` changed of `base`, applied to `theirs`. Where both changed the same piece, mine is taken; `conflicts` names such pieces:
 * 'IndexDocument', 'RoutingRules/10'.
 */
export function mergeOnTop(base, mine, theirs) {
  const [old, own, other] = [pieces(base), pieces(mine), pieces(theirs)];
  const conflicts = [];
  const chosen = new Map();
  for (const name of new Set([...other.keys(), ...own.keys()])) {
    const [before, ours, others] = [old.get(name), own.get(name), other.get(name)];
    const changed = !same(before, ours);
    if (changed && !same(before, others) && !same(ours, others)) conflicts.push(name);
    const node = changed ? ours : others;
    if (node) chosen.set(name, node);
  }
  return { tree: assemble(chosen), conflicts };
}

function assemble(chosen) {
  const named = [...chosen];
  let tree = element('WebsiteConfiguration', '', named.filter(([name]) => !name.startsWith(`${RULES}/`)).map(([, node]) => node));
  const rules = named.filter(([name]) => name.startsWith(`${RULES}/`)).map(([, node]) => node);
  const sorted = rules.filter((node) => node.name === 'RoutingRule').sort((a, b) => numberOf(a) - numberOf(b));
  if (rules.length > 0) tree = setItems(tree, [RULES], 'RoutingRule', sorted);
  const stray = rules.filter((node) => node.name !== 'RoutingRule');
  return stray.length === 0 ? tree : update(tree, [RULES], (node) => ({ ...(node ?? element(RULES)), children: [...(node?.children ?? []), ...stray] }));
}
