// The forms of the configurations, by their id: `{ values, edit, disabled }`.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Checkbox, Notice, Radios } from '../../components/index.js';
import { ACLS } from './configurations.js';

/** The choice of an ACL, which the form of a new bucket has, too. */
export function AclChoice({ value, onInput, disabled = false }) {
  const options = ACLS.map((acl) => ({ value: acl, label: t(`buckets.acl.${acl}`), help: t(`buckets.acl.${acl}_help`), disabled }));
  return html`<div class="choices"><${Radios} label=${t('buckets.acl.label')} value=${value} onInput=${onInput} options=${options} /></div>
    ${value === 'public-read-write' && html`<${Notice} tone="warn" live>${t('buckets.acl.warning')}<//>`}`;
}

const Acl = ({ values, edit, disabled }) => html`<${AclChoice} value=${values.grant} onInput=${(grant) => edit('grant', grant)} disabled=${disabled} />`;

const PublicAccessBlock = ({ values, edit, disabled }) => html`<${Checkbox} label=${t('buckets.config.public_access_block.label')} term="BlockPublicAccess"
  checked=${values.blocked === 'true'} disabled=${disabled} onInput=${(on) => edit('blocked', String(on))} />`;

const Versioning = ({ values, edit, disabled }) => html`<div class="choices"><${Radios} label=${t('buckets.config.versioning.label')} value=${values.status ?? ''} onInput=${(status) => edit('status', status)}
  options=${['', 'Enabled', 'Suspended'].map((status) => ({ value: status, label: t(`buckets.config.versioning.state_${status || 'never'}`), disabled }))} /></div>`;

export const FORMS = { acl: Acl, public_access_block: PublicAccessBlock, versioning: Versioning };
