// A rule in one line: what it applies to, and what it does.

import { t } from '../../i18n.js';
import { visible } from '../../components/untrusted.js';
import { itemsAt, switchAt, textAt } from './model.js';
import { typeOf } from './rules_of.js';

/** What the rule applies to, as a text. */
export function conditionText(rule) {
  const of = (name) => textAt(rule, ['Condition', name]);
  const headers = itemsAt(rule, ['Condition'], 'IncludeHeader').length;
  const [prefix, suffix, code] = [of('KeyPrefixEquals'), of('KeySuffixEquals'), of('HttpErrorCodeReturnedEquals')];
  const parts = [];
  if (prefix) parts.push(t('rules.sum.prefix', { text: visible(prefix) }));
  if (suffix) parts.push(t('rules.sum.suffix', { text: visible(suffix) }));
  if (!prefix && !suffix) parts.push(t('rules.sum.every'));
  if (headers > 0) parts.push(t('rules.sum.headers', { n: headers }));
  if (code) parts.push(t('rules.sum.code', { code: visible(code) }));
  else if (typeOf(rule) === 'Mirror') parts.push(t('rules.sum.code', { code: '404' }));
  return parts.join(' · ');
}

function rewritten(rule) {
  const of = (name) => textAt(rule, ['Redirect', name]);
  const whole = of('ReplaceKeyWith');
  if (whole) return visible(whole);
  const prefix = of('ReplaceKeyPrefixWith') ?? '';
  if (prefix !== '') return `${visible(prefix)}…`;
  return '…';
}

/** What the rule does, as a text. */
export function actionText(rule) {
  const of = (name) => textAt(rule, ['Redirect', name]);
  const type = typeOf(rule);
  if (type === 'Mirror') return of('MirrorURL') ? `${visible(of('MirrorURL'))}${rewritten(rule)}` : t('rules.sum.no_origin');
  if (type === 'Internal') return t('rules.sum.internal', { key: rewritten(rule) });
  if (type === 'External' || type === 'AliCDN') {
    const host = of('HostName') ? visible(of('HostName')) : t('rules.sum.same_host');
    const scheme = of('Protocol') ? `${visible(of('Protocol'))}://` : '';
    const query = switchAt(rule, ['Redirect', 'PassQueryString']) ? '?…' : '';
    return `${visible(of('HttpRedirectCode') ?? '301')} → ${scheme}${host}/${rewritten(rule)}${query}`;
  }
  return t('rules.sum.nothing');
}

/** The name of the type for a badge. */
export function typeText(rule) {
  const type = typeOf(rule);
  return type === '' ? t('rules.type.none') : ['Mirror', 'External', 'AliCDN', 'Internal', 'Lua'].includes(type) ? t(`rules.type.${type}`) : visible(type);
}
