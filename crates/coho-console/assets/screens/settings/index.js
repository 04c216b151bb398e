// The server as it is set up: what it is, where it listens, every setting with its source; and the preferences of this browser.

import { html } from '../../html.js';
import { t, language, setLanguage, LANGUAGES } from '../../i18n.js';
import { api } from '../../api.js';
import { useResource } from '../../resource.js';
import { useEventReload } from '../mirror/reload.js';
import { formatBytes, formatDuration } from '../../format.js';
import { theme, setTheme, THEMES } from '../../theme_choice.js';
import { Badge, Card, CopyText, KeyValues, Loaded, Page, Progress, Segmented, toast, visible } from '../../components/index.js';
import { Settings } from './settings.js';

export const stylesheet = new URL('./settings.css', import.meta.url).href;

const REFRESH_SECONDS = 30;
/** The share of a limit from which it is nearly reached. */
const NEARLY_FULL = 0.9;

/** The screen. */
export default function Screen({ route }) {
  const status = useResource(({ signal }) => api.get('/v1/status', { signal }), [], { everySeconds: REFRESH_SECONDS });
  const configuration = useResource(({ signal }) => api.get('/v1/configuration', { signal }));
  useEventReload('configuration_changed', configuration.reload, ({ what }) => what === 'reload');
  return html`<${Page} title=${t('settings.title')} sub=${t('settings.sub')}>
    <div class="grid settings-grid"><${Server} status=${status} configuration=${configuration} /><${Preferences} /></div>
    <${Settings} configuration=${configuration} query=${route.query} />
  <//>`;
}

/** What connections hold in memory of what they may hold, for one purpose. */
const memoryItem = ({ purpose, used_bytes: used, limit_bytes: limit }) => [t(`settings.memory.${purpose}`),
  html`<${Progress} label=${t(`settings.memory.${purpose}`)} value=${used} max=${limit} text=${t('settings.memory.of', { used: formatBytes(used), limit: formatBytes(limit) })} tone=${used >= limit * NEARLY_FULL ? 'warn' : ''} />`];

function Server({ status, configuration }) {
  const settings = configuration.data?.settings ?? [];
  const valuesOf = (key) => [settings.find((one) => one.key === key)?.value ?? []].flat();
  const addresses = (key) => valuesOf(key).map((address) => html`<span key=${address} class="address"><code class="break">${visible(address)}</code></span>`);
  const [folder] = valuesOf('data_dir');
  return html`<${Card} title=${t('settings.server')}>
    <${Loaded} resource=${status}>${(data) => html`<${KeyValues} items=${[
      [t('settings.version'), html`<${CopyText} text=${data.version} label=${t('settings.copy_version')} />`],
      [t('settings.uptime'), formatDuration(data.uptime_seconds)],
      [t('settings.region'), html`<code>${data.region}</code>`],
      [t('settings.state'), data.read_only ? html`<${Badge} tone="bad" icon="bad">${t('settings.read_only')}<//>` : html`<${Badge} tone="good" icon="good">${t('settings.running')}<//>`],
      [t('settings.disk'), data.disk.total_bytes === null ? t('state.unknown') : t('settings.disk_free', { free: formatBytes(data.disk.free_bytes), total: formatBytes(data.disk.total_bytes) })],
      ...data.memory.map(memoryItem),
    ]} />`}<//>
    <${Loaded} resource=${configuration} lines=${3}>${(data) => html`<div class="server-places"><${KeyValues} items=${[
      [t('settings.listen_oss'), addresses('listen')],
      [t('settings.listen_admin'), addresses('admin_listen')],
      [t('settings.listen_console'), addresses('console_listen')],
      [t('settings.data_folder'), html`<${CopyText} text=${visible(folder ?? '')} label=${t('settings.copy_folder')} />`],
      [t('settings.file'), data.file === null ? t('settings.no_file') : html`<${CopyText} text=${visible(data.file)} label=${t('settings.copy_file')} />`],
    ]} /><p class="field-help">${t('settings.port_zero')}</p></div>`}<//>
  <//>`;
}

function Preferences() {
  return html`<${Card} title=${t('settings.preferences')} sub=${t('settings.preferences_sub')}><div class="stack">
    <${Segmented} label=${t('shell.language')} value=${language.value} onInput=${(tag) => setLanguage(tag).catch(toast.bad)} options=${LANGUAGES} />
    <${Segmented} label=${t('shell.theme')} value=${theme.value} onInput=${setTheme} options=${THEMES.map((name) => ({ value: name, label: t(`theme.${name}`) }))} />
    <p class="field-help">${t('settings.zone', { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}</p></div><//>`;
}
