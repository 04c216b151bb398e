// What a key may do, one right a row.
//   html`<${RightsEditor} rows=${rows} onInput=${setRows} tried=${tried} levels=${LEVELS} />`

import { html, useId } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { Button, IconButton, Notice, Select, TextField, visible } from '../../components/index.js';
import { coverageOf, isAdmin, LEVELS, MAX_RIGHTS, newRight, rightFaults, takesBucket, takesPrefix } from './rights.js';

/** Buckets that are offered while a name is typed. */
const OFFERED_BUCKETS = 1000;

async function bucketNames(signal) {
  const { buckets } = await api.get('/v1/buckets', { query: { max: OFFERED_BUCKETS }, signal });
  return buckets.map(({ name }) => name);
}

function Row({ row, at, tried, names, levels, change, remove }) {
  const faults = rightFaults(row);
  const error = (fault) => (tried && fault ? t(`access.${fault}`) : '');
  const options = levels.map((value) => ({ value, label: t(`access.level.${value}`) }));
  const name = t('access.right.nth', { n: at + 1 });
  const removal = remove && html`<${IconButton} icon="trash" label=${t('access.right.remove', { n: at + 1 })} onClick=${remove} />`;
  if (row.unknown !== undefined) {
    return html`<div class="right-row" role="group" aria-label=${name}><p class="grow"><code class="break">${visible(row.unknown)}</code> <span class="muted small">${t('access.right.unknown')}</span></p>${removal}</div>`;
  }
  return html`<div class="right-row" role="group" aria-label=${name}>
    <${Select} class="right-level" label=${t('access.right.level')} value=${row.level} options=${options} onInput=${(level) => change({ level })} />
    ${takesBucket(row.level) && html`<${TextField} label=${t('access.right.bucket')} mono list=${names} value=${row.bucket} error=${error(faults.bucket)} placeholder=${t('access.right.all_buckets')} onInput=${(bucket) => change({ bucket: bucket.trim() })} />`}
    ${takesPrefix(row.level) && html`<${TextField} label=${t('access.right.prefix')} mono value=${row.prefix} error=${error(faults.prefix)} placeholder=${t('access.right.all_objects')} onInput=${(prefix) => change({ prefix })} />`}
    ${removal}
    <p class="field-help right-covers">${t(`access.${coverageOf(row)}`)}</p></div>`;
}

/** See the module comment. */
export function RightsEditor({ rows, onInput, tried, levels = LEVELS, help = t('access.right.help') }) {
  const id = useId();
  // Without the names, they are typed.
  const names = useResource(({ signal }) => bucketNames(signal), []);
  const change = (at) => (parts) => onInput(rows.map((row, index) => (index === at ? { ...row, ...parts } : row)));
  const remove = (at) => (rows.length > 1 ? () => onInput(rows.filter((_, index) => index !== at)) : null);
  return html`<div class="stack-s" role="group" aria-labelledby=${`${id}-label`}>
    <p class="field-label" id=${`${id}-label`}>${t('access.right.label')}</p>
    <p class="field-help">${help}</p>
    <datalist id=${`${id}-buckets`}>${(names.data ?? []).map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
    ${rows.map((row, at) => html`<${Row} key=${at} row=${row} at=${at} tried=${tried} names=${`${id}-buckets`} levels=${levels} change=${change(at)} remove=${remove(at)} />`)}
    <div><${Button} size="small" icon="plus" disabled=${rows.length >= MAX_RIGHTS} disabledReason=${t('access.right.full', { n: MAX_RIGHTS })} onClick=${() => onInput([...rows, newRight()])}>${t('access.right.add')}<//></div>
    ${isAdmin(rows) && html`<${Notice} tone="warn" live>${t('access.right.admin_warning')}<//>`}</div>`;
}
