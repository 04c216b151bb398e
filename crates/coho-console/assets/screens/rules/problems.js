// What the check finds, by rule and element.

import { t, hasText } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { numberOf, rulesOf } from './rules_of.js';
import { fieldNamed } from './schema.js';

/** What the server found in the draft as it is now; in an earlier one while a check runs. */
const found = (draft) => draft.checked.value.result?.problems ?? [];

/** The field at which a problem is shown. */
const fieldOf = (problem) => fieldNamed(targetOf(problem))?.field.name ?? targetOf(problem);

/** The same without those of fields that a new rule has and that nobody has been at yet: it is not wrong before it is filled in. */
export function problemsOf(draft) {
  const fresh = draft.fresh.value;
  if (fresh.size === 0) return found(draft);
  const seen = new Map(rulesOf(draft.tree.value).map((rule) => [numberOf(rule), fresh.get(rule.id)]));
  return found(draft).filter((one) => {
    const touched = one.rule === null ? undefined : seen.get(one.rule);
    return touched === undefined || one.severity !== 'error' || (one.element !== null && touched.has(fieldOf(one)));
  });
}

/** Whether the draft has problems that are not shown yet. */
export const hasHidden = (draft) => problemsOf(draft).length < found(draft).length;

export const countBySeverity = (problems, severity) => problems.filter((one) => one.severity === severity).length;

export const problemsOfRule = (problems, rule) => problems.filter((one) => one.rule !== null && one.rule === numberOf(rule));

/** The element that the problem's text names, where the server names an inner one: `Key` of a `Set`. */
const INNER = { Key: /^Key is Invalid: (?:Set|IncludeHeader)/, Value: /^Value is Invalid/ };

/** Problems at one element of a rule, or, with `number` null, of the pages. */
export function problemsAt(problems, number, name) {
  return problems.filter((one) => one.rule === number && one.element !== null && targetOf(one) === name);
}

/** The list of pairs that a problem with an inner element is about. */
export function targetOf(problem) {
  if (problem.element === 'Key' && INNER.Key.test(problem.detail)) return problem.detail.includes('IncludeHeader') ? 'IncludeHeader' : 'Set';
  if (problem.element === 'Value' && INNER.Value.test(problem.detail)) return 'Set';
  if (problem.element === 'Key') return 'ErrorDocument/Key';
  return problem.element;
}

/** A warning in the reader's language; null for one that this page does not know. */
function findingText({ finding, element }) {
  if (!finding || !hasText(`rules.finding.${finding.kind}`)) return null;
  const { kind, reason, ...values } = finding;
  const shown = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? String(value) : visible(value ?? '')]));
  const why = reason ? `rules.${kind}.${reason}` : null;
  if (why && !hasText(why)) return null;
  return t(`rules.finding.${kind}`, { ...shown, element: visible(element ?? ''), why: why ? t(why, shown) : '' });
}

/** What is wrong, in the reader's language as far as the code tells it; the words of a refusal are those of OSS, in English. */
export function problemText(problem) {
  const told = findingText(problem);
  if (told !== null) return told;
  const { code, detail } = problem;
  const key = `rules.problem.${code}`;
  return hasText(key) ? t(key, { detail: visible(detail) }) : visible(detail);
}
