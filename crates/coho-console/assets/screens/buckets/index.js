// The buckets: their list, or the settings of the one that the address names.

import { html } from '../../html.js';
import { BucketList } from './list.js';
import { BucketSettings } from './bucket.js';

export const stylesheet = new URL('./buckets.css', import.meta.url).href;

/** The screen. */
export default function Screen({ route }) {
  return route.bucket ? html`<${BucketSettings} bucket=${route.bucket} />` : html`<${BucketList} query=${route.query} />`;
}
