// The forms of the configurations, by their id: `{ values, edit, disabled }`.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, Checkbox, IconButton, Notice, Radios, Select, TextArea, TextField } from '../../components/index.js';
import { ACLS, CORS_METHODS } from './configurations.js';

/** The choice of an ACL, which the form of a new bucket has, too. */
export function AclChoice({ value, onInput, disabled = false }) {
  const options = ACLS.map((acl) => ({ value: acl, label: t(`buckets.acl.${acl}`), help: t(`buckets.acl.${acl}_help`), disabled }));
  return html`<div class="choices"><${Radios} label=${t('buckets.acl.label')} value=${value} onInput=${onInput} options=${options} /></div>
    ${value === 'public-read-write' && html`<${Notice} tone="warn" live>${t('buckets.acl.warning')}<//>`}`;
}

const Acl = ({ values, edit, disabled }) => html`<${AclChoice} value=${values.grant} onInput=${(grant) => edit('grant', grant)} disabled=${disabled} />`;

const PublicAccessBlock = ({ values, edit, disabled }) => html`<${Checkbox} label=${t('buckets.config.public_access_block.label')} term="BlockPublicAccess"
  checked=${values.blocked === 'true'} disabled=${disabled} onInput=${(on) => edit('blocked', String(on))} />`;

/** What was enabled once can be suspended, and is never as before. */
const Versioning = ({ values, edit, disabled }) => html`<div class="choices"><${Radios} label=${t('buckets.config.versioning.label')} value=${values.status ?? ''} onInput=${(status) => edit('status', status)}
  options=${['', 'Enabled', 'Suspended'].map((status) => ({ value: status, label: t(`buckets.config.versioning.state_${status || 'never'}`),
    help: t(`buckets.config.versioning.help_${status || 'never'}`), disabled: disabled || (status === '' && values.status !== undefined) }))} /></div>`;

/** A list of texts, one a line. */
const Lines = ({ label, term, help, value, onInput, rows = 2 }) => html`<${TextArea} label=${label} term=${term} help=${help} mono rows=${rows} value=${value.join('\n')}
  onInput=${(text) => onInput(text === '' ? [] : text.split('\n'))} />`;

/** Entries with a heading each, which are added and removed; `entry(value, change)` draws one. */
function Entries({ id, values, onInput, made, entry }) {
  const change = (at) => (parts) => onInput(values.map((value, index) => (index === at ? { ...value, ...parts } : value)));
  return html`<div class="stack">${values.map((value, at) => html`<fieldset key=${at} class="entry"><legend class="row-between"><span>${t(`buckets.config.${id}.nth`, { n: at + 1 })}</span>
      <${IconButton} icon="trash" size="small" label=${t(`buckets.config.${id}.remove`, { n: at + 1 })} onClick=${() => onInput(values.filter((_, index) => index !== at))} /></legend>
      <div class="stack">${entry(value, change(at))}</div></fieldset>`)}
    <div><${Button} size="small" icon="plus" onClick=${() => onInput([...values, made()])}>${t(`buckets.config.${id}.add`)}<//></div></div>`;
}

const label = (key) => t(`buckets.config.${key}`);

function CorsRule(rule, change) {
  const method = (name) => html`<${Checkbox} key=${name} label=${name} checked=${rule.methods.includes(name)}
    onInput=${(on) => change({ methods: CORS_METHODS.filter((one) => (one === name ? on : rule.methods.includes(one))) })} />`;
  return html`<${Lines} label=${label('cors.origins')} term="AllowedOrigin" help=${label('cors.origins_help')} value=${rule.origins} onInput=${(origins) => change({ origins })} />
    <div role="group" aria-label=${label('cors.methods')}><p class="field-label"><span>${label('cors.methods')}</span><span class="field-term">AllowedMethod</span></p><div class="row">${CORS_METHODS.map(method)}</div></div>
    <${Lines} label=${label('cors.headers')} term="AllowedHeader" help=${label('cors.headers_help')} value=${rule.headers} onInput=${(headers) => change({ headers })} />
    <${Lines} label=${label('cors.exposed')} term="ExposeHeader" value=${rule.exposed} onInput=${(exposed) => change({ exposed })} />
    <${TextField} label=${label('cors.age')} term="MaxAgeSeconds" inputmode="numeric" suffix="s" value=${rule.age ?? ''} onInput=${(age) => change({ age: age === '' ? undefined : age })} />`;
}

const Cors = ({ values, edit }) => html`<${Entries} id="cors" values=${values.rules} onInput=${(rules) => edit('rules', rules)} entry=${CorsRule}
    made=${() => ({ origins: ['*'], methods: ['GET', 'HEAD'], headers: [], exposed: [] })} />
  <${Checkbox} label=${label('cors.vary')} term="ResponseVary" checked=${values.vary === 'true'} onInput=${(on) => edit('vary', String(on))} />`;

const Referer = ({ values, edit }) => html`<${Lines} label=${label('referer.allowed')} term="RefererList" help=${label('referer.allowed_help')} rows=${3} value=${values.allowed ?? []} onInput=${(allowed) => edit('allowed', allowed)} />
  <${Lines} label=${label('referer.refused')} term="RefererBlacklist" value=${values.refused ?? []} onInput=${(refused) => edit('refused', refused)} />
  <${Checkbox} label=${label('referer.empty')} term="AllowEmptyReferer" help=${label('referer.empty_help')} checked=${values.empty === 'true'} onInput=${(on) => edit('empty', String(on))} />
  <${Checkbox} label=${label('referer.cuts_query')} term="AllowTruncateQueryString" checked=${values.cuts_query !== 'false'} onInput=${(on) => edit('cuts_query', String(on))} />
  <${Checkbox} label=${label('referer.cuts_path')} term="TruncatePath" checked=${values.cuts_path === 'true'} onInput=${(on) => edit('cuts_path', String(on))} />`;

const RequestPayment = ({ values, edit }) => html`<div class="choices"><${Radios} label=${label('request_payment.label')} value=${values.payer} onInput=${(payer) => edit('payer', payer)}
  options=${['BucketOwner', 'Requester'].map((value) => ({ value, label: label(`request_payment.${value}`), help: label(`request_payment.${value}_help`) }))} /></div>`;

function Statement(statement, change) {
  const effects = ['Allow', 'Deny'].map((value) => ({ value, label: label(`policy.${value}`) }));
  return html`<${Select} label=${label('policy.effect')} term="Effect" value=${statement.effect} options=${effects} onInput=${(effect) => change({ effect })} />
    <${Lines} label=${label('policy.principals')} term="Principal" help=${label('policy.principals_help')} value=${statement.principals} onInput=${(principals) => change({ principals })} />
    <${Lines} label=${label('policy.actions')} term="Action" help=${label('policy.actions_help')} value=${statement.actions} onInput=${(actions) => change({ actions })} />
    <${Lines} label=${label('policy.resources')} term="Resource" help=${label('policy.resources_help')} value=${statement.resources} onInput=${(resources) => change({ resources })} />
    ${statement.condition !== undefined && html`<p class="small muted">${label('policy.condition')}</p>`}`;
}

const Policy = ({ values, edit, bucket }) => html`<${Entries} id="policy" values=${values.statements} onInput=${(statements) => edit('statements', statements)} entry=${Statement}
  made=${() => ({ effect: 'Allow', principals: ['*'], actions: ['oss:GetObject'], resources: [`acs:oss:*:*:${bucket}/*`] })} />`;

const Tagging = ({ values, edit }) => html`<${Entries} id="tagging" values=${values.tags ?? []} onInput=${(tags) => edit('tags', tags)} made=${() => ({ key: '', value: '' })}
  entry=${(tag, change) => html`<${TextField} label=${label('tagging.key')} term="Key" value=${tag.key} onInput=${(key) => change({ key })} />
    <${TextField} label=${label('tagging.value')} term="Value" value=${tag.value ?? ''} onInput=${(value) => change({ value })} />`} />`;

const DirectRead = ({ values, edit }) => html`<${Checkbox} label=${label('direct_read.label')} term="Enabled" help=${label('direct_read.help')}
  checked=${values.enabled === 'true'} onInput=${(on) => edit('enabled', String(on))} />`;

const ALGORITHMS = ['', 'AES256', 'KMS', 'SM4'];
/** OSS's algorithms, with the reason why two of them cannot be chosen. */
const Encryption = ({ values, edit }) => html`<div class="choices"><${Radios} label=${label('encryption.label')} value=${values.algorithm ?? ''} onInput=${(value) => edit('algorithm', value === '' ? undefined : value)}
    options=${ALGORITHMS.map((value) => ({ value, label: label(`encryption.${value || 'none'}`), help: label(`encryption.${value || 'none'}_help`), disabled: value === 'KMS' || value === 'SM4' }))} /></div>
  ${values.algorithm && html`<${Notice}>${label('encryption.keys')}<//>`}`;

export const FORMS = { policy: Policy, cors: Cors, referer: Referer, request_payment: RequestPayment, acl: Acl, public_access_block: PublicAccessBlock, versioning: Versioning, tagging: Tagging, encryption: Encryption, direct_read: DirectRead };
