// The versions that rows of a list stand for: single ones, and all below a folder.

import { MAX_KEYS } from '../../../oss.js';
import { objectApi } from '../../../oss_objects.js';

/** Pages `[{ key, versionId }]` of at most `MAX_KEYS`. Folders are listed as the reader goes; `ask(request)` sends one. */
export async function* eachVersion(bucket, rows, ask, abort) {
  const own = rows.filter((row) => row.kind === 'version');
  for (let at = 0; at < own.length; at += MAX_KEYS) yield own.slice(at, at + MAX_KEYS);
  for (const folder of rows.filter((row) => row.kind === 'folder')) {
    let token;
    do {
      const query = { prefix: folder.key, token };
      const page = await ask(() => objectApi.listVersions(bucket, query, { signal: abort }));
      if (page.objects.length > 0) yield page.objects;
      token = page.truncated ? page.nextToken : undefined;
    } while (token);
  }
}

/** How many those are, and how many of them are delete markers; not much more than `most` are counted: `{ n, markers, more }`. */
export async function countVersions(bucket, rows, most, signal) {
  let [n, markers] = [0, 0];
  for await (const page of eachVersion(bucket, rows, (request) => request(), signal)) {
    if (n >= most) return { n, markers, more: true };
    n += page.length;
    markers += page.filter(({ isMarker }) => isMarker).length;
  }
  return { n, markers, more: false };
}
