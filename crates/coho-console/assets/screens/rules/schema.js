// Every element of a rule, for the form: where it is, what it holds, in which group it is shown, and whether Coho executes it.
//   kind: text (every character counts) | word | number | switch | select | list (of texts) | items (of elements) | secret
//   only: the redirect types that it belongs to; elsewhere it is shown only if it is set.
//   state: 'ignored' (stored, without effect) or 'blocks' (a rule that has it never applies)

const M = ['Mirror'];
const R = ['External', 'AliCDN'];
const redirect = (name, rest) => ({ path: ['Redirect', name], name, ...rest });
const word = (name, rest) => redirect(name, { kind: 'word', only: M, ...rest });
const onOff = (name, rest) => redirect(name, { kind: 'switch', only: M, ...rest });
const number = (name, rest) => redirect(name, { kind: 'number', ...rest });

export const REDIRECT_TYPES = ['Mirror', 'External', 'AliCDN', 'Internal'];
export const REDIRECT_CODES = ['301', '302', '303', '305', '307', '308'];
export const MAX_LIST = 10;

/** Groups in the order of the form. `open`: unfolded from the start. `only`: as for elements. */
export const GROUPS = [
  { id: 'condition', open: true, fields: [
    { path: ['Condition', 'KeyPrefixEquals'], name: 'KeyPrefixEquals', kind: 'text' },
    { path: ['Condition', 'KeySuffixEquals'], name: 'KeySuffixEquals', kind: 'text' },
    { path: ['Condition', 'HttpErrorCodeReturnedEquals'], name: 'HttpErrorCodeReturnedEquals', kind: 'number', min: 400, max: 599 },
  ] },
  { id: 'include', fields: [
    { path: ['Condition'], name: 'IncludeHeader', kind: 'items', item: 'IncludeHeader', max: MAX_LIST, first: 'Key',
      columns: [{ name: 'Key', kind: 'word' }, { name: 'Equals', kind: 'text' }, { name: 'StartsWith', kind: 'text' }, { name: 'EndsWith', kind: 'text' }] },
  ] },
  { id: 'origin', open: true, only: M, fields: [word('MirrorURL', { required: true, placeholder: 'https://old.example.com/' })] },
  { id: 'target', open: true, only: R, fields: [
    redirect('Protocol', { kind: 'select', only: R, options: ['http', 'https'] }),
    redirect('HostName', { kind: 'word', only: R, placeholder: 'www.example.com' }),
    redirect('HttpRedirectCode', { kind: 'select', only: R, options: REDIRECT_CODES }),
  ] },
  { id: 'key', open: true, fields: [
    redirect('ReplaceKeyPrefixWith', { kind: 'text' }),
    redirect('EnableReplacePrefix', { kind: 'switch' }),
    redirect('ReplaceKeyWith', { kind: 'text', placeholder: 'prefix/${key}.suffix' }),
  ] },
  { id: 'query', fields: [onOff('MirrorPassQueryString', { mirrors: 'PassQueryString' }), onOff('PassQueryString', { only: R })] },
  { id: 'headers', only: M, fields: [
    { path: ['Redirect', 'MirrorHeaders', 'PassAll'], name: 'PassAll', kind: 'switch', only: M },
    { path: ['Redirect', 'MirrorHeaders'], name: 'Pass', kind: 'list', item: 'Pass', only: M, max: MAX_LIST },
    { path: ['Redirect', 'MirrorHeaders'], name: 'Remove', kind: 'list', item: 'Remove', only: M, max: MAX_LIST },
    { path: ['Redirect', 'MirrorHeaders'], name: 'Set', kind: 'items', item: 'Set', only: M, max: MAX_LIST, first: 'Key', secret: 'Value',
      columns: [{ name: 'Key', kind: 'word' }, { name: 'Value', kind: 'text' }] },
  ] },
  { id: 'failover', only: M, fields: [
    { path: ['Redirect', 'MirrorMultiAlternates'], name: 'MirrorMultiAlternates', kind: 'items', item: 'MirrorMultiAlternate', only: M, first: 'MirrorMultiAlternateURL',
      columns: [{ name: 'MirrorMultiAlternateNumber', kind: 'number' }, { name: 'MirrorMultiAlternateURL', kind: 'word' },
        { name: 'MirrorMultiAlternateVpcId', kind: 'word' }, { name: 'MirrorMultiAlternateDstRegion', kind: 'word' }] },
    word('MirrorURLSlave'), word('MirrorURLProbe'), onOff('MirrorSwitchAllErrors'),
  ] },
  { id: 'answers', only: M, fields: [
    onOff('MirrorFollowRedirect', { fallback: true }), word('TransparentMirrorResponseCodes', { placeholder: '400,404' }),
    number('MirrorAsyncStatus', { only: M, kind: 'select', options: REDIRECT_CODES }), onOff('MirrorAllowHeadObject'), onOff('MirrorPassOriginalSlashes'),
  ] },
  { id: 'stored', only: M, fields: [
    onOff('MirrorProxyPass'), onOff('MirrorCheckMd5'), onOff('MirrorUserLastModified'), onOff('MirrorSaveOssMeta'),
    { path: ['Redirect', 'MirrorReturnHeaders'], name: 'MirrorReturnHeaders', kind: 'items', item: 'ReturnHeader', only: M, first: 'Key',
      columns: [{ name: 'Key', kind: 'word' }, { name: 'Value', kind: 'text' }] },
    { path: ['Redirect', 'MirrorTaggings'], name: 'MirrorTaggings', kind: 'items', item: 'Taggings', only: M, first: 'Key', state: 'ignored',
      columns: [{ name: 'Key', kind: 'word' }, { name: 'Value', kind: 'text' }] },
    onOff('MirrorAllowGetImageInfo', { state: 'ignored' }), onOff('MirrorAllowVideoSnapshot', { state: 'ignored' }),
  ] },
  { id: 'auth', only: M, fields: [
    { path: ['Redirect', 'MirrorAuth', 'AuthType'], name: 'AuthType', kind: 'select', only: M, options: ['S3V4', 'OSS4'] },
    { path: ['Redirect', 'MirrorAuth', 'Region'], name: 'Region', kind: 'word', only: M },
    { path: ['Redirect', 'MirrorAuth', 'AccessKeyId'], name: 'AccessKeyId', kind: 'word', only: M },
    { path: ['Redirect', 'MirrorAuth', 'AccessKeySecret'], name: 'AccessKeySecret', kind: 'secret', only: M },
  ] },
  { id: 'cloud', fields: [
    onOff('MirrorUsingRole', { state: 'blocks' }), word('MirrorRole', { state: 'blocks' }), onOff('MirrorSNI', { state: 'always' }),
    onOff('MirrorIsExpressTunnel', { state: 'blocks' }), word('MirrorTunnelId', { state: 'blocks' }), word('MirrorDstRegion', { state: 'blocks' }),
    word('MirrorDstVpcId', { state: 'blocks' }), word('MirrorDstSlaveVpcId', { state: 'blocks' }),
    { path: ['LuaConfig', 'Script'], name: 'Script', kind: 'word', state: 'blocks' },
  ] },
];

/** The field that shows an element, by the name of the element, and its group. */
export function fieldNamed(name) {
  for (const group of GROUPS) {
    const field = group.fields.find((one) => one.name === name || one.item === name);
    if (field) return { group, field };
  }
  return null;
}
