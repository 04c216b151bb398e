// Says that the server cannot be reached; connection.js asks it again by itself.

import { html, useState } from './html.js';
import { t } from './i18n.js';
import { reachable, probeNow } from './connection.js';
import { Button, Icon } from './components/index.js';

/** A live region that is empty while all is well. */
export function OfflineBanner() {
  const [asking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    await probeNow();
    setAsking(false);
  };
  return html`<div role="status">${!reachable.value && html`<div class="offline"><${Icon} name="offline" />
    <p class="grow"><strong>${t('offline.title')}</strong> ${t('offline.text')}</p>
    <${Button} size="small" busy=${asking} onClick=${ask}>${t('offline.now')}<//></div>`}</div>`;
}
