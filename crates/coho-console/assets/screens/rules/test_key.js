// Test a key: how a request would be answered under the draft or under what is stored, and why.

import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { api } from '../../api.js';
import { useAction } from '../../resource.js';
import { Button, Card, Checkbox, Details, ErrorBox, Form, Segmented, Select, TextArea, TextField } from '../../components/index.js';
import { websitePath } from './draft.js';
import { writeDocument } from './xml.js';
import { Explanation } from './explanation.js';

const START = { key: '', method: 'GET', access: 'presigned', query: '', headers: '', host: '', status: '', probe: false };

/** The parameters of `explain`. */
export function explainQuery(asked) {
  const pairs = [['key', asked.key], ['method', asked.method], ['access', asked.access], ['query', asked.query.replace(/^\?/, '')], ['host', asked.host.trim()], ['status', asked.status]];
  const headers = asked.headers.split('\n').map((line) => line.trim()).filter(Boolean).map((line) => ['header', line]);
  const all = [...pairs.filter(([, value]) => value !== ''), ...headers, ['probe', String(asked.probe)]];
  return all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

/** What each rule did in the last test: number → { outcome }. */
export function traceOf(explanation) {
  const trace = new Map();
  for (const event of explanation.events) {
    if (event.kind === 'rule_passed_by') trace.set(event.rule, { outcome: 'passed' });
    if (event.kind === 'rule_matched') trace.set(event.rule, { outcome: 'matched' });
  }
  return trace;
}

/** The card. `onTrace` gets the trace of each test, null when it is dropped; `onJump` opens a rule. */
export function TestKey({ draft, onTrace, onJump }) {
  const [asked, setAsked] = useState(START);
  const [source, setSource] = useState('draft');
  const [done, setDone] = useState(null);
  const set = (name) => (value) => setAsked((old) => ({ ...old, [name]: value }));
  const useDraft = source === 'draft' && draft.base.value !== null && draft.dirty.value;
  const test = useAction(async () => {
    const { bucket } = draft;
    const query = explainQuery(asked);
    const of = draft.tree.value;
    const data = useDraft
      ? await api.post(`${websitePath(bucket)}/explain?${query}`, { body: writeDocument(of), headers: { 'content-type': 'application/xml' } })
      : await api.get(`/v1/rules/explain?bucket=${encodeURIComponent(bucket)}&${query}`);
    setDone({ data, of, asked, ofDraft: useDraft });
    onTrace(traceOf(data));
  });
  const run = () => {
    onTrace(null);
    setDone(null);
    test.run();
  };
  const outdated = done !== null && (done.asked !== asked || (done.ofDraft && done.of !== draft.tree.value));
  return html`<${Card} title=${t('rules.test.title')} sub=${t('rules.test.sub')} class="test-key"><${Form} onSubmit=${run} class="stack">
      <${TextField} mono label=${t('rules.test.key')} help=${t('rules.test.key_help')} value=${asked.key} onInput=${set('key')} placeholder="images/logo.png" />
      <div class="row test-row"><${Segmented} label=${t('rules.test.source')} value=${source} onInput=${setSource}
        options=${[{ value: 'draft', label: t('rules.test.draft') }, { value: 'stored', label: t('rules.test.stored') }]} />
        <${Segmented} label=${t('rules.test.method')} value=${asked.method} onInput=${set('method')} options=${['GET', 'HEAD'].map((value) => ({ value, label: value }))} /></div>
      <${Select} label=${t('rules.test.access')} value=${asked.access} onInput=${set('access')} options=${['anonymous', 'presigned', 'signed'].map((value) => ({ value, label: t(`rules.test.access_${value}`) }))} />
      <${Details} summary=${t('rules.test.more')}><div class="stack">
        <${TextField} mono label=${t('rules.test.query')} placeholder="v=2" value=${asked.query} onInput=${set('query')} />
        <${TextArea} mono rows=${3} label=${t('rules.test.headers')} help=${t('rules.test.headers_help')} value=${asked.headers} onInput=${set('headers')} placeholder="Accept: image/webp" />
        <${TextField} mono label=${t('rules.test.host')} help=${t('rules.test.host_help')} value=${asked.host} onInput=${set('host')} />
        <${TextField} label=${t('rules.test.status')} help=${t('rules.test.status_help')} inputmode="numeric" value=${asked.status} onInput=${(text) => set('status')(text.trim())} /></div><//>
      <${Checkbox} label=${t('rules.test.probe')} help=${t('rules.test.probe_help')} checked=${asked.probe} onInput=${set('probe')} />
      <div class="row"><${Button} type="submit" variant="primary" icon="test" busy=${test.busy}>${t('rules.test.run')}<//>
        ${source === 'draft' && !useDraft && html`<span class="muted small">${t('rules.test.same')}</span>`}</div><//>
    <div aria-live="polite" class="test-result"><${ErrorBox} error=${test.error} area="rules" title=${t('rules.test.failed')} live=${false} />
      ${done && html`<${Explanation} data=${done.data} anonymous=${done.asked.access === 'anonymous'} ofDraft=${done.ofDraft} outdated=${outdated} onJump=${onJump} />`}</div><//>`;
}
