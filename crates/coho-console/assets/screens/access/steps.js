// How a key is added or replaced, for the source that is in use. docs/config.md has the same order of sources.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { CopyText, Notice, visible } from '../../components/index.js';

const EXAMPLE = `[[credentials]]
access_key_id = "AN-ID-OF-YOUR-OWN"
access_key_secret = "A-LONG-RANDOM-TEXT"
owner = "1000000000000000"`;

const RANDOM = 'openssl rand -hex 20';
const RELOAD = 'kill -HUP $(pidof coho)';

/** Steps that a running server follows: the file is edited, then read again. */
function FileSteps({ file }) {
  return html`<ol class="steps">
    <li>${t('access.steps.edit', { file: visible(file) })}<pre class="code" tabindex="0">${EXAMPLE}</pre>
      <p>${t('access.steps.random')} <${CopyText} text=${RANDOM} label=${t('access.steps.copy')} /></p><p>${t('access.steps.owner')}</p></li>
    <li>${t('access.steps.reload')} <${CopyText} text=${RELOAD} label=${t('access.steps.copy')} /><p>${t('access.steps.fault')}</p></li>
    <li>${t('access.steps.switch')}</li>
    <li>${t('access.steps.remove')}</li></ol>`;
}

/** The variables of a process cannot change while it runs. */
function EnvironmentSteps() {
  return html`<p>${t('access.steps.environment')}</p><ol class="steps">
    <li>${t('access.steps.move')}<pre class="code" tabindex="0">${EXAMPLE}</pre></li>
    <li>${t('access.steps.name_file')}<pre class="code" tabindex="0">credentials_file = "/etc/coho/credentials.toml"</pre></li>
    <li>${t('access.steps.restart_once')}</li></ol>`;
}

/** `source`: where the keys come from; `file`: `credentials_file`, or null; `dataDir`: the data folder. */
export function Steps({ source, file, dataDir }) {
  const path = source === 'generated' ? `${dataDir}/credentials.toml` : file ?? 'credentials.toml';
  return html`<div class="stack-s"><p>${t(`access.steps.now_${source}`, { file: visible(path) })}</p>
    ${source === 'environment' ? html`<${EnvironmentSteps} />` : html`<${FileSteps} file=${path} />`}
    <${Notice}>${t('access.steps.secret')}<//></div>`;
}
