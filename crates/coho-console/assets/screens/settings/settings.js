// Every setting in force: value, unit, source, and what the documentation says of it.

import { html } from '../../html.js';
import { t, hasText } from '../../i18n.js';
import { setQuery } from '../../router.js';
import { formatBytes, formatDuration, formatNumber } from '../../format.js';
import { Badge, Button, Card, Empty, Loaded, Segmented, Table, TextField, Untrusted } from '../../components/index.js';

const SOURCE_TONES = { flag: 'accent', variable: 'accent', file: 'info', default: '' };
const MS_PER_SECOND = 1000;

/** What a setting means, in the words of docs/config.md; '' for one that this page does not know. */
const meaningOf = (key) => (hasText(`settings.key.${key}`) ? t(`settings.key.${key}`) : '');

const plain = ({ value }) => [value ?? []].flat().join(', ');

/** A number in a form that is read at a glance; '' where the number itself is that. */
function readable({ value, unit }) {
  if (typeof value !== 'number') return '';
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'ms') return value < MS_PER_SECOND ? '' : formatDuration(value / MS_PER_SECOND);
  if (unit === 's') return value === 0 ? '' : formatDuration(value);
  return '';
}

function Value({ setting }) {
  const { value, unit } = setting;
  if (value === null || (Array.isArray(value) && value.length === 0)) return html`<span class="muted">${t('state.none')}</span>`;
  if (typeof value === 'number') {
    const short = readable(setting);
    const unitText = unit && (hasText(`settings.unit.${unit}`) ? t(`settings.unit.${unit}`) : unit);
    return html`<span class="setting-value number"><span>${formatNumber(value)}${unitText && ` ${unitText}`}</span>${short && html`<span class="muted small">${short}</span>`}</span>`;
  }
  return html`<span class="setting-value">${[value].flat().map((text, at) => html`<code key=${at} class="break"><${Untrusted} text=${text} /></code>`)}</span>`;
}

const columns = () => [
  { id: 'key', label: t('settings.column.key'), lead: true, sort: (one) => one.key,
    cell: (one) => html`<span class="setting-name"><code class="break">${one.key}</code><span class="muted small">${meaningOf(one.key)}</span></span>` },
  { id: 'value', label: t('settings.column.value'), cell: (one) => html`<${Value} setting=${one} />` },
  { id: 'source', label: t('settings.column.source'), sort: (one) => one.source, cell: (one) => html`<${Badge} tone=${SOURCE_TONES[one.source] ?? ''}>${t(`settings.source.${one.source}`)}<//>` },
  { id: 'reloads', label: t('settings.column.reloads'), sort: (one) => (one.reloads ? 0 : 1), cell: (one) => t(one.reloads ? 'settings.on_reload' : 'settings.on_start') },
];

/** Whether a setting has every word of the search in its name, meaning or value. */
function fits(setting, words) {
  const text = `${setting.key} ${meaningOf(setting.key)} ${plain(setting)} ${setting.source} ${t(`settings.source.${setting.source}`)}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** See the module comment. The query has the search (`find`) and `show`: `changed` for those that are not at their defaults. */
export function Settings({ configuration, query }) {
  const search = query.find ?? '';
  const show = query.show === 'changed' ? 'changed' : 'all';
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const choose = (settings) => settings.filter((one) => (show === 'all' || one.source !== 'default') && fits(one, words));
  const shown = choose(configuration.data?.settings ?? []);
  const empty = html`<${Empty} icon="search" title=${t('settings.none')} actions=${html`<${Button} onClick=${() => setQuery({ find: null, show: null })}>${t('settings.all')}<//>`}>${t('settings.none_help')}<//>`;
  return html`<${Card} title=${t('settings.effective')} sub=${t('settings.effective_sub')} flush class="settings-card">
    <div class="settings-find"><${TextField} label=${t('settings.find')} hideLabel type="search" data-search placeholder=${t('settings.find_help')} value=${search} onInput=${(find) => setQuery({ find })} />
      <${Segmented} label=${t('settings.show')} hideLabel value=${show} onInput=${(value) => setQuery({ show: value === 'all' ? null : value })}
        options=${['all', 'changed'].map((value) => ({ value, label: t(`settings.show_${value}`) }))} />
      <span class="muted small" role="status">${configuration.data ? t('settings.count', { n: shown.length }) : ''}</span></div>
    <${Loaded} resource=${configuration} lines=${8}>${() => html`<${Table} caption=${t('settings.effective')} rows=${shown} rowKey=${(one) => one.key} columns=${columns()} empty=${empty} />`}<//>
  <//>`;
}
