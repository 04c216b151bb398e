// The jobs of the page: what they have done, and what failed.

import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { adviceFor, Badge, Button, Card, Details, ErrorBox, Progress, Untrusted, visible } from '../../components/index.js';
import { allJobs, cancelJob, dropJob, jobRevision } from './jobs.js';

const TONES = { running: 'info', done: 'good', failed: 'bad', cancelled: 'warn' };

function Failures({ job }) {
  jobRevision.value;
  if (job.failures.length === 0) return null;
  return html`<${Details} summary=${t('objects.job.failures', { n: job.failed })}>
    <ul class="job-failures" tabindex="0" aria-label=${t('objects.job.failures', { n: job.failed })}>${job.failures.map(({ key, error }) =>
      html`<li key=${key}><code class="break"><${Untrusted} text=${key} /></code> <span class="small">${adviceFor(error, 'objects')}</span> <code class="small muted">${error.code}</code></li>`)}</ul>
    ${job.failures.length < job.failed && html`<p class="small muted">${t('objects.job.more_failures', { n: job.failed - job.failures.length })}</p>`}
  <//>`;
}

function Job({ job }) {
  // A component that reads a signal is drawn again only for new props or signals, and a job is changed in place.
  jobRevision.value;
  const text = t(`objects.job.${job.kind}_done`, { n: job.done });
  const running = job.state === 'running';
  return html`<li class="job">
    <div class="row-between"><strong class="break">${job.label}</strong><div class="row"><${Badge} tone=${TONES[job.state]}>${t(`objects.job.state.${job.state}`)}<//>
      ${running ? html`<${Button} size="small" onClick=${() => cancelJob(job)} aria-label=${`${t('action.cancel')}: ${visible(job.label)}`}>${t('action.cancel')}<//>`
        : html`<${Button} size="small" variant="quiet" onClick=${() => dropJob(job)} aria-label=${`${t('action.dismiss')}: ${visible(job.label)}`}>${t('action.dismiss')}<//>`}</div></div>
    ${running && html`<${Progress} value=${job.total === null ? null : job.done + job.failed} max=${job.total} label=${job.label} />`}
    <p class="number" role="status">${text}${job.failed > 0 ? ` · ${t('objects.job.failed_count', { n: job.failed })}` : ''}</p>
    ${job.state === 'cancelled' && html`<p class="small muted">${t('objects.job.cancelled_note')}</p>`}
    <${ErrorBox} error=${job.error} area="objects" />
    <${Failures} job=${job} />
  </li>`;
}

/** Nothing is shown while there are no jobs. */
export function JobPanel() {
  jobRevision.value;
  const jobs = allJobs();
  if (jobs.length === 0) return null;
  return html`<${Card} title=${t('objects.job.title')}><ul class="jobs">${jobs.map((job) => html`<${Job} key=${job.id} job=${job} />`)}</ul><//>`;
}
