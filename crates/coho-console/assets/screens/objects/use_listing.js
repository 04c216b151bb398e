// The listing of the folder that is shown, as a hook: it ends with the screen, and reads on when the server came back.

import { useEffect, useMemo, useReducer, useRef } from '../../html.js';
import { reconnects } from '../../connection.js';
import { oss } from '../../oss.js';
import { Listing, PAGE_ROWS } from './listing.js';
import { DELIMITER } from './keys.js';

/** `view`: `{ bucket, prefix, after, flat }`. */
export function useListing(view) {
  const [, redraw] = useReducer((count) => count + 1, 0);
  const mounted = useRef(true);
  const { bucket, prefix, after, flat } = view;
  const listing = useMemo(() => {
    const read = ({ token, signal }) => oss.listObjects(bucket, {
      prefix, delimiter: flat ? '' : DELIMITER, startAfter: token ? undefined : after, token: token || undefined, maxKeys: PAGE_ROWS,
    }, { signal });
    return new Listing(read, () => mounted.current && redraw());
  }, [bucket, prefix, after, flat]);
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
