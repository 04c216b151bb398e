// The rules of OSS for the name of a bucket, each with its own text.

export const MIN_NAME = 3;
export const MAX_NAME = 63;

/** The rule that a name breaks (`name.<rule>` of the texts), or null. */
export function brokenRule(name) {
  if (name === '') return 'empty';
  if (/[A-Z]/.test(name)) return 'upper_case';
  if (/[^a-z0-9-]/.test(name)) return 'characters';
  if (name.startsWith('-') || name.endsWith('-')) return 'hyphen';
  if (name.length < MIN_NAME) return 'short';
  if (name.length > MAX_NAME) return 'long';
  return null;
}

/** Rules that a name may break only because it is not typed to its end yet. */
export const isUnfinished = (rule, name) => rule === 'empty' || rule === 'short' || (rule === 'hyphen' && !name.startsWith('-'));
