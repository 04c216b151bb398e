// What people set up most: each template asks for what it needs, and makes rules or pages.
//   fields: { name, kind: text | url | host | prefix | switch | select | secret, required, options, value, needs: name of a switch }
//   make(values) → { rules: [[condition, redirect], …], first, pages: [[path, text], …] }. `first`: before other rules, as a redirect must be.

const slashed = (url) => (url === '' || url.endsWith('/') ? url : `${url}/`);
const url = (placeholder) => ({ name: 'url', kind: 'url', required: true, placeholder });
const prefix = { name: 'prefix', kind: 'prefix', placeholder: 'images/' };
const MISSING = ['HttpErrorCodeReturnedEquals', '404'];
const yes = (on) => (on ? 'true' : null);
const CODES = ['301', '302', '307', '308'];

const mirror = ({ url: address, prefix: begin, cut }, more = []) => [
  [['KeyPrefixEquals', begin], MISSING],
  [['RedirectType', 'Mirror'], ['MirrorURL', slashed(address)], ['MirrorFollowRedirect', 'true'], ...more, ...(cut && begin ? [['EnableReplacePrefix', 'true']] : [])],
];

const auth = (type, { sign, region, id, secret }) => (sign ? [['MirrorAuth', [['AuthType', type], ['Region', region], ['AccessKeyId', id], ['AccessKeySecret', secret]]]] : []);
const signing = (region) => [
  { name: 'sign', kind: 'switch', value: false },
  { name: 'region', kind: 'text', required: true, needs: 'sign', placeholder: region },
  { name: 'id', kind: 'text', required: true, needs: 'sign' },
  { name: 'secret', kind: 'secret', required: true, needs: 'sign' },
];

export const TEMPLATES = [
  {
    id: 'site', icon: 'external',
    fields: [url('https://old.example.com/'), prefix, { name: 'cut', kind: 'switch', value: false }, { name: 'query', kind: 'switch', value: false }, { name: 'modified', kind: 'switch', value: true }],
    make: (values) => ({ rules: [mirror(values, [['MirrorPassQueryString', yes(values.query)], ['MirrorUserLastModified', yes(values.modified)]])] }),
  },
  {
    id: 'oss', icon: 'bucket',
    fields: [url('https://old-bucket.oss-cn-hangzhou.aliyuncs.com/'), prefix, ...signing('cn-hangzhou')],
    make: (values) => ({ rules: [mirror(values, [['MirrorUserLastModified', 'true'], ['MirrorSaveOssMeta', 'true'], ...auth('OSS4', values)])] }),
  },
  {
    id: 's3', icon: 'server',
    fields: [url('https://old-bucket.s3.eu-central-1.amazonaws.com/'), prefix, ...signing('eu-central-1')],
    make: (values) => ({ rules: [mirror(values, [['MirrorUserLastModified', 'true'], ...auth('S3V4', values)])] }),
  },
  {
    id: 'move', icon: 'right',
    fields: [{ name: 'from', kind: 'prefix', required: true, placeholder: 'old/' }, { name: 'to', kind: 'prefix', required: true, placeholder: 'new/' },
      { name: 'how', kind: 'select', value: 'Internal', options: ['Internal', '301', '302'] }],
    make: ({ from, to, how }) => ({ first: true, rules: [[
      [['KeyPrefixEquals', from]],
      [['RedirectType', how === 'Internal' ? 'Internal' : 'External'], ['ReplaceKeyPrefixWith', to], ['EnableReplacePrefix', 'true'], ['HttpRedirectCode', how === 'Internal' ? null : how], ['PassQueryString', how === 'Internal' ? null : 'true']],
    ]] }),
  },
  {
    id: 'spa', icon: 'object',
    fields: [{ name: 'index', kind: 'text', required: true, value: 'index.html' }],
    make: ({ index }) => ({ rules: [], pages: [[['IndexDocument', 'Suffix'], index], [['ErrorDocument', 'Key'], index], [['ErrorDocument', 'HttpStatus'], '200']] }),
  },
  {
    id: 'not_found', icon: 'search',
    fields: [{ name: 'page', kind: 'text', required: true, value: '404.html' }],
    make: ({ page }) => ({ rules: [], pages: [[['ErrorDocument', 'Key'], page], [['ErrorDocument', 'HttpStatus'], '404']] }),
  },
  {
    id: 'retired', icon: 'link',
    fields: [{ name: 'from', kind: 'prefix', required: true, placeholder: 'retired/' }, { name: 'protocol', kind: 'select', value: 'https', options: ['https', 'http'] },
      { name: 'host', kind: 'host', required: true, placeholder: 'new.example.com' }, { name: 'to', kind: 'prefix', placeholder: 'v2/' },
      { name: 'code', kind: 'select', value: '301', options: CODES }, { name: 'query', kind: 'switch', value: true }],
    make: ({ from, protocol, host, to, code, query }) => ({ first: true, rules: [[
      [['KeyPrefixEquals', from]],
      [['RedirectType', 'External'], ['Protocol', protocol], ['HostName', host], ['HttpRedirectCode', code], ['PassQueryString', yes(query)], ['ReplaceKeyPrefixWith', to], ['EnableReplacePrefix', yes(to === '')]],
    ]] }),
  },
  {
    id: 'async', icon: 'clock',
    fields: [url('https://old.example.com/'), prefix, { name: 'code', kind: 'select', value: '302', options: ['302', '307'] }],
    make: (values) => ({ rules: [mirror(values, [['MirrorAsyncStatus', values.code]])] }),
  },
];

/** The values of a template before anything is typed. */
export const startValues = (template) => Object.fromEntries(template.fields.map(({ name, kind, value }) => [name, value ?? (kind === 'switch' ? false : '')]));

/** Whether a field is asked for now. */
export const isAsked = (field, values) => !field.needs || values[field.needs] === true;

/** Which fault a value has: '' | 'required' | 'url' | 'prefix'. The server checks the rest. */
export function faultOf(field, values) {
  if (!isAsked(field, values)) return '';
  const value = values[field.name];
  if (field.required && value === '') return 'required';
  if (field.kind === 'url' && !/^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/.test(value)) return 'url';
  if (field.kind === 'prefix' && /^[/\\]/.test(value)) return 'prefix';
  return '';
}
