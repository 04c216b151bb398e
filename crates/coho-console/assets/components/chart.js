// A chart over time, by uPlot, which is loaded when the first chart is shown.
//   import { Chart } from '../../components/chart.js';
//   html`<${Chart} label=${…} times=${[seconds since 1970, …]} series=${[
//     { label: t('…'), values: [12, 13, null, …], color: 1, fill: true, format: formatBytes },
//   ]} height=${220} max=${limit} from=${…} to=${…} steps="binary" onZoom=${(from, to) => …} />`
// `color`: 1 to 6, of the theme. `null` is a gap. All series share one scale; `format` of the first one writes the axis. `max`: the
// scale reaches at least so far. `from`, `to`: the span of the time axis, else that of the data.
// `steps` of the axis: `binary` for KiB and MiB, `whole` for counts. `times` is a new array when the data has
// changed. The arrow keys move a cursor, whose values the legend shows and a screen reader speaks; all numbers are in a table below, folded
// away: a screen reader cannot see a canvas.

import { html, effect, useEffect, useRef, useState } from '../html.js';
import { t, language, locale } from '../i18n.js';
import { formatNumber, formatTime } from '../format.js';
import { loadStyles } from '../styles.js';
import { theme } from '../theme_choice.js';

const MAX_TABLE_ROWS = 200;
const MIN_WIDTH_PX = 120;

/** Powers of two, from a byte to an EiB; and 1, 2, 5, 10, … without fractions. */
const STEPS = {
  binary: Array.from({ length: 61 }, (_, power) => 2 ** power),
  whole: Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat(),
};

/** @type {Promise<any> | null} */
let loading = null;

/** uPlot, a classic script that defines `uPlot`, and its style sheet. A failed loading is tried again by the next chart. */
function loadPlot() {
  const script = () => new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement('script'), { src: new URL('../vendor/uplot.js', import.meta.url).href, onload: resolve, onerror: reject }));
  });
  loading ??= Promise.all([script(), loadStyles(new URL('../vendor/uplot.css', import.meta.url).href)]).then(() => globalThis.uPlot, (error) => {
    loading = null;
    throw error;
  });
  return loading;
}

function token(name) {
  // A canvas needs the colour itself, not `light-dark()`: the computed style of an element resolves it.
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

const faded = (color) => color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.14)');

/** Labels of the time axis: the day only where it changes. */
function clockLabels(splits, step) {
  const tag = locale();
  const time = new Intl.DateTimeFormat(tag, step < 60 ? { timeStyle: 'medium', hourCycle: 'h23' } : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = new Intl.DateTimeFormat(tag, { month: 'short', day: 'numeric' });
  let last = '';
  return splits.map((second) => {
    const date = new Date(second * 1000);
    const today = day.format(date);
    const label = step >= 86_400 ? today : today !== last && last !== '' ? today : time.format(date);
    last = today;
    return label;
  });
}

function options({ width, height, series, max, onZoom, onCursor, span, steps }) {
  const format = series[0]?.format ?? ((value) => formatNumber(value));
  const grid = { stroke: token('grid'), width: 1 };
  const axis = { stroke: token('text-2'), grid, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
  return {
    width, height, padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: Boolean(onZoom), y: false, setScale: false }, points: { size: 7 } },
    scales: { x: { range: (_, low, high) => span() ?? [low, high] }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), (Math.max(high ?? 0, max ?? 0) || 1) * 1.05] } },
    axes: [
      { ...axis, space: 72, size: 28, values: (_, splits, __, ___, step) => clockLabels(splits, step) },
      { ...axis, ...(steps && { incrs: STEPS[steps] }), size: (plot, labels) => Math.max(40, ...(labels ?? []).map((label) => label.length * 7 + 14)), values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [{}, ...series.map(({ label, color = 1, fill }) => {
      const stroke = token(`series-${color}`);
      return { label, stroke, width: 1.75, fill: fill ? faded(stroke) : undefined, spanGaps: false, points: { show: false } };
    })],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => {
        const { left, width: wide } = plot.select;
        if (onZoom && wide > 4) onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + wide, 'x'));
        plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      }],
    },
  };
}

/** See the module comment. */
export function Chart({ label, times, series, height = 220, max, from, to, steps, onZoom }) {
  const frame = useRef(/** @type {any} */ (null));
  const plot = useRef(/** @type {any} */ (null));
  const [at, setAt] = useState(null);
  const latest = useRef(/** @type {any} */ ({}));
  latest.current = { times, series, max, onZoom, from, to };
  const shape = series.map((one) => `${one.label}/${one.color}/${one.fill}`).join('|');
  const empty = times.length === 0;

  useEffect(() => {
    if (empty) return undefined;
    let ended = false;
    const make = async () => {
      const Plot = await loadPlot().catch(() => null);
      if (!Plot || ended || !frame.current) return;
      plot.current?.destroy();
      const { times, series, max, onZoom } = latest.current;
      const width = Math.max(MIN_WIDTH_PX, frame.current.clientWidth);
      const span = () => (latest.current.from === undefined ? null : [latest.current.from, latest.current.to]);
      plot.current = new Plot(options({ width, height, series, max, onZoom, onCursor: setAt, span, steps }), [times, ...series.map((one) => one.values)], frame.current);
    };
    // Colours and labels are drawn into the canvas, so another theme or language needs another plot.
    const stop = effect(() => {
      theme.value;
      language.value;
      make();
    });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const element = frame.current;
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: Math.max(MIN_WIDTH_PX, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      ended = true;
      stop();
      scheme.removeEventListener('change', make);
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [empty, shape, height, max, steps]);
  useEffect(() => {
    plot.current?.setData([times, ...series.map((one) => one.values)]);
  }, [times]);

  if (empty) return html`<div class="chart chart-empty" style=${{ height: `${height}px` }}>${t('chart.empty')}</div>`;
  const index = Math.min(at ?? Infinity, times.length - 1);
  const write = (one, value) => (value === null || value === undefined ? '—' : (one.format ?? formatNumber)(value));
  const said = (index) => [formatTime(times[index]), ...series.map((one) => `${one.label} ${write(one, one.values[index])}`)].join(', ');
  const point = (index) => {
    setAt(index);
    plot.current?.setCursor({ left: index === null ? -10 : plot.current.valToPos(times[index], 'x'), top: index === null ? -10 : 0 });
  };
  return html`<figure class="chart"><figcaption class="visually-hidden">${label}</figcaption>
    <div ref=${frame} aria-hidden="true" style=${{ minHeight: `${height}px` }}></div>
    <input type="range" class="chart-cursor" min="0" max=${times.length - 1} value=${index} aria-label=${t('chart.cursor', { label })} aria-valuetext=${said(index)}
      onInput=${(event) => point(Number(event.currentTarget.value))} onBlur=${() => point(null)} />
    <ul class="chart-legend">${series.map((one) => html`<li key=${one.label}><span class="chart-key" style=${{ background: `var(--series-${one.color ?? 1})` }}></span>
      ${one.label} <strong>${write(one, one.values[index])}</strong></li>`)}<li>${formatTime(times[index])}</li></ul>
    <${ChartTable} times=${times} series=${series} label=${label} write=${write} />
  </figure>`;
}

function ChartTable({ times, series, label, write }) {
  const [open, setOpen] = useState(false);
  const few = times.length > MAX_TABLE_ROWS;
  const rows = open ? times.map((_, index) => index).slice(-MAX_TABLE_ROWS).reverse() : [];
  return html`<details class="details small" onToggle=${(event) => setOpen(event.currentTarget.open)}><summary class="muted">${t('chart.table')}</summary>
    ${open && few && html`<p class="muted">${t('chart.table_newest', { n: MAX_TABLE_ROWS, total: times.length })}</p>`}
    ${open && html`<div class="chart-table" role="region" tabindex="0" aria-label=${label}><table class="table"><thead><tr><th scope="col">${t('chart.time')}</th>
      ${series.map((one) => html`<th key=${one.label} scope="col" class="end">${one.label}</th>`)}</tr></thead>
      <tbody>${rows.map((index) => html`<tr key=${times[index]}><td>${formatTime(times[index])}</td>${series.map((one) => html`<td key=${one.label} class="end">${write(one, one.values[index])}</td>`)}</tr>`)}</tbody></table></div>`}
  </details>`;
}
