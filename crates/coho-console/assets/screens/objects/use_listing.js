// The listing of the folder that is shown, as a hook: it ends with the screen, and reads on when the server came back.

import { useEffect, useMemo, useReducer, useRef } from '../../html.js';
import { reconnects } from '../../connection.js';
import { oss } from '../../oss.js';
import { objectApi } from '../../oss_objects.js';
import { Listing, PAGE_ROWS } from './listing.js';
import { compareKeys, DELIMITER } from './keys.js';

/** The order of versions: by key, and the newest first. */
export function compareVersions(a, b) {
  const order = compareKeys(a.key, b.key);
  if (order !== 0 || a.versionId === b.versionId) return order;
  return a.lastModified > b.lastModified ? -1 : 1;
}

/** `view`: `{ bucket, prefix, after, flat, versions }`. */
export function useListing(view) {
  const [, redraw] = useReducer((count, /** @type {void} */ _) => count + 1, 0);
  const mounted = useRef(true);
  const { bucket, prefix, after, flat, versions } = view;
  const listing = useMemo(() => {
    const common = { prefix, delimiter: flat ? '' : DELIMITER, maxKeys: PAGE_ROWS };
    const ofObjects = ({ token, signal }) => oss.listObjects(bucket, { ...common, startAfter: token ? undefined : after, token: token || undefined }, { signal });
    const ofVersions = ({ token, signal }) => objectApi.listVersions(bucket, { ...common, token: token || { key: after } }, { signal });
    const changed = () => mounted.current && redraw();
    return versions ? new Listing(ofVersions, changed, compareVersions) : new Listing(ofObjects, changed);
  }, [bucket, prefix, after, flat, versions]);
  useEffect(() => {
    listing.want(0, 0);
    return () => listing.dispose();
  }, [listing]);
  useEffect(() => () => (mounted.current = false), []);
  const cameBack = reconnects.value;
  useEffect(() => {
    if (listing.error) listing.retry();
  }, [cameBack]);
  return listing;
}
