// The address of the OSS API as clients reach it. The console knows the address that the server listens on, which a proxy in front of it
// may hide; so the reader can change it, and this browser remembers it.

import { api } from '../../api.js';
import { readPreference, writePreference } from '../../storage.js';

const PREFERENCE = 'endpoint';
const UNSPECIFIED = ['0.0.0.0', '[::]'];

/** The remembered endpoint, else the one that follows from the configuration; '' if neither says. */
export async function initialEndpoint(signal) {
  const remembered = readPreference(PREFERENCE);
  if (remembered) return remembered;
  const { settings } = await api.get('/v1/configuration', { signal });
  const [listen = ''] = [settings.find(({ key }) => key === 'listen')?.value ?? []].flat();
  const [, host, port] = /^(.*):(\d+)$/.exec(String(listen)) ?? [];
  if (!port || port === '0') return '';
  return `${location.protocol}//${UNSPECIFIED.includes(host) ? location.hostname : host}:${port}`;
}

export const rememberEndpoint = (endpoint) => writePreference(PREFERENCE, endpoint);

/** The origin that a text names, or '' if it names none. */
export function endpointOrigin(text) {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) return '';
  const { protocol, origin, pathname, search, hash, username } = new URL(trimmed);
  const plain = pathname === '/' && search === '' && hash === '' && username === '';
  return plain && (protocol === 'http:' || protocol === 'https:') ? origin : '';
}
