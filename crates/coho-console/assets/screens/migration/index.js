// The migration of a bucket: how far it is, what runs, what failed, what origins did not have, and the state of the origins.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { href, setQuery } from '../../router.js';
import { useResource } from '../../resource.js';
import { Button, Card, Empty, Loaded, Page } from '../../components/index.js';
import { FillList, useFills } from '../mirror/fills.js';
import { OriginTable } from '../mirror/origins.js';
import { useEventReload } from '../mirror/reload.js';
import { RANGES } from '../mirror/spans.js';
import { TrafficHistory } from '../mirror/traffic_history.js';
import { Failures } from './failures.js';
import { Missing } from './missing.js';
import { ProgressCard } from './progress.js';

/** The history of traffic, of which the answer is made, is written once a minute. */
const PROGRESS_SECONDS = 60;
/** While objects arrive, it reads a day of the history so often. */
const PROGRESS_EVERY_MS = 5000;

export const stylesheet = [new URL('./migration.css', import.meta.url).href, new URL('../mirror/mirror.css', import.meta.url).href];

function Fills({ bucket, list }) {
  if (list.length > 0) return html`<${FillList} fills=${list} />`;
  return html`<${Empty} icon="migration" title=${t('migration.no_fills')} actions=${html`<${Button} href=${href(['buckets', bucket, 'rules'])}>${t('nav.rules')}<//>`}>${t('migration.no_fills_text')}<//>`;
}

/** The origins that the rules of the bucket name; those of other buckets are on the overview. */
function Origins({ bucket, named, status, onReset }) {
  const own = status.origins.filter(({ origin }) => named.has(origin));
  const empty = named.size > 0 ? 'migration.no_origins_used' : 'migration.no_origins';
  return html`<${OriginTable} origins=${own} onReset=${onReset} empty=${html`<${Empty} icon="server" title=${t(empty)}
    actions=${html`<${Button} href=${href(['buckets', bucket, 'rules'])}>${t('nav.rules')}<//>`}>${t(`${empty}_text`)}<//>`} />`;
}

const originsOf = ({ rules }) => new Set(rules.flatMap((rule) => rule.origins.map(({ origin }) => origin)));

/** The migration of a bucket. */
export default function Screen({ route }) {
  const { bucket } = route;
  const { list, resource: mirror } = useFills(bucket);
  const progress = useResource(({ signal }) => api.get(`/v1/buckets/${encodeURIComponent(bucket)}/mirror/progress`, { signal }), [bucket], { everySeconds: PROGRESS_SECONDS });
  useEventReload(['breaker_changed'], () => {
    mirror.reload();
    progress.reload();
  });
  useEventReload(['fill_ended', 'fill_failed', 'configuration_changed'], progress.reload, (event) => event.bucket === bucket, PROGRESS_EVERY_MS);
  const range = route.query.range in RANGES ? route.query.range : 'hour';
  const crumbs = [{ label: t('nav.buckets'), href: href(['buckets']) }, { label: bucket, href: href(['buckets', bucket]) }];
  return html`<${Page} title=${t('migration.title')} crumbs=${crumbs}>
    <${ProgressCard} bucket=${bucket} resource=${progress} />
    <${Card} title=${t('migration.fills')} sub=${list.length > 0 ? t('migration.fills_count', { n: list.length }) : undefined}><${Loaded} resource=${mirror}>${() => html`<${Fills} bucket=${bucket} list=${list} />`}<//><//>
    <${Failures} bucket=${bucket} />
    <${Missing} bucket=${bucket} />
    <${Card} title=${t('migration.origins')} sub=${t('migration.origins_sub')} flush><${Loaded} resource=${mirror}>${(data) => progress.data && html`<${Origins} bucket=${bucket} named=${originsOf(progress.data)} status=${data} onReset=${mirror.reload} />`}<//><//>
    <${TrafficHistory} bucket=${bucket} range=${range} onRange=${(next) => setQuery({ range: next === 'hour' ? '' : next })} />
  <//>`;
}
