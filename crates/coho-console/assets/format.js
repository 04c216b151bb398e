// Numbers, bytes, times and durations by locale, in the reader's time zone. All take null or undefined and answer an em dash.

import { locale, t } from './i18n.js';

const NONE = '—';
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
const BIT_UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

const formatters = new Map();

function cached(kind, options) {
  const key = `${kind.name} ${locale()} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (!formatter) formatters.set(key, (formatter = new kind(locale(), options)));
  return formatter;
}

/** `12345.6` → `12,345.6`; `digits` is the most decimals. */
export function formatNumber(value, digits = 2) {
  if (missing(value)) return NONE;
  return cached(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** `1234567` → `1.2M`, for narrow places. */
export function formatCompact(value) {
  if (missing(value)) return NONE;
  return cached(Intl.NumberFormat, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** `0.985` → `98.5 %`. */
export function formatPercent(ratio, digits = 1) {
  if (missing(ratio)) return NONE;
  return cached(Intl.NumberFormat, { style: 'percent', maximumFractionDigits: digits }).format(ratio);
}

function scaled(value, base, units) {
  let unit = 0;
  let rest = Math.abs(value);
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : rest < 10 ? 2 : rest < 100 ? 1 : 0;
  return `${formatNumber(Math.sign(value) * rest, digits)} ${units[unit]}`;
}

/** `1536` → `1.5 KiB`. */
export const formatBytes = (bytes) => (missing(bytes) ? NONE : scaled(bytes, 1024, BYTE_UNITS));

/** `1536` → `1,536 B`, for tooltips. */
export const formatBytesExact = (bytes) => (missing(bytes) ? NONE : `${formatNumber(bytes, 0)} B`);

/** Bytes per second → `12.3 Mbit/s`, the unit of the limits. */
export const formatBitRate = (bytesPerSecond) => (missing(bytesPerSecond) ? NONE : scaled(bytesPerSecond * 8, 1000, BIT_UNITS));

/** Bytes per second → `1.5 MiB/s`, for transfers. */
export const formatByteRate = (bytesPerSecond) => (missing(bytesPerSecond) ? NONE : `${formatBytes(bytesPerSecond)}/s`);

/** Reads what the API calls a time: RFC 3339 text, seconds or milliseconds since 1970, or a Date. */
export function toDate(time) {
  if (missing(time) || time === '') return null;
  if (time instanceof Date) return time;
  const date = typeof time === 'number' ? new Date(time < 1e11 ? time * 1000 : time) : new Date(time);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A date with the time of day to the second: `30 Nov 2026, 08:41:07`. */
export function formatTime(time) {
  const date = toDate(time);
  return date ? cached(Intl.DateTimeFormat, { dateStyle: 'medium', timeStyle: 'medium' }).format(date) : NONE;
}

/** The time of day alone, for rows of today. */
export function formatClock(time) {
  const date = toDate(time);
  return date ? cached(Intl.DateTimeFormat, { timeStyle: 'medium' }).format(date) : NONE;
}

/** The day alone. */
export function formatDay(time) {
  const date = toDate(time);
  return date ? cached(Intl.DateTimeFormat, { dateStyle: 'medium' }).format(date) : NONE;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const SPANS = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];

/** `3 minutes ago`, `in 2 hours`. */
export function formatAgo(time, now = Date.now()) {
  const date = toDate(time);
  if (!date) return NONE;
  const seconds = (date.getTime() - now) / 1000;
  const [unit, size] = SPANS.find(([, size]) => Math.abs(seconds) >= size) ?? SPANS[5];
  return cached(Intl.RelativeTimeFormat, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** Seconds → `3 d 4 h`, `12 min 5 s`, `1.25 s`, `830 ms`: the two largest units. */
export function formatDuration(seconds) {
  if (missing(seconds)) return NONE;
  if (seconds < 1) return `${formatNumber(seconds * 1000, seconds < 0.01 ? 2 : 0)} ${t('unit.millisecond')}`;
  if (seconds < 60) return `${formatNumber(seconds, seconds < 10 ? 2 : 1)} ${t('unit.second')}`;
  /** @type {[string, number][]} */
  const units = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  const parts = [];
  let rest = Math.floor(seconds);
  for (const [unit, size] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${formatNumber(count)} ${t(`unit.${unit}`)}`);
  }
  return parts.join(' ');
}
