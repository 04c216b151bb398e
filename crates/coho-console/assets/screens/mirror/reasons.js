// Words for the labels of failures, limits and outcomes of fetches.

import { t, hasText, loadArea } from '../../i18n.js';

// The texts of this folder belong to no screen; whoever imports this module has them.
await loadArea('mirror');

/** A failure by its label, such as `timeout`; one that this page does not know is shown as it is. */
export const reasonText = (label) => (hasText(`mirror.reason.${label}`) ? t(`mirror.reason.${label}`) : label);

/** What to do about it. */
export const reasonAdvice = (label) => t(hasText(`mirror.advice.${label}`) ? `mirror.advice.${label}` : 'mirror.advice.other');

/** How a fetch ended. */
export const outcomeText = (label) => (hasText(`mirror.outcome.${label}`) ? t(`mirror.outcome.${label}`) : label);

/** The state of a circuit breaker. */
export const breakerText = (state) => (hasText(`mirror.breaker.${state}`) ? t(`mirror.breaker.${state}`) : state);

/** Outcomes that are no failures; every other one is. */
const FINE = new Set([
  'hit', 'fetch', 'joined', 'stored', 'present', 'overtaken', 'resumed', 'ahead', 'damaged', 'repaired', 'backlog', 'failed_over', 'malformed_head',
  'not_stored', 'passed',
]);
/** The origin's own answer that there is no such object. */
const ABSENT = new Set(['not_found', 'cached_not_found']);

/** `{ failures: [[label, count]], absent }` of the outcomes since the start, most frequent first. */
export function failuresOf(outcomes) {
  const entries = Object.entries(outcomes).filter(([label, count]) => count > 0 && !FINE.has(label));
  const failures = entries.filter(([label]) => !ABSENT.has(label)).sort(([, a], [, b]) => b - a);
  const absent = entries.filter(([label]) => ABSENT.has(label)).reduce((sum, [, count]) => sum + count, 0);
  return { failures, absent };
}
