// Data of a screen.
//   const status = useResource(({ signal }) => api.get('/v1/status', { signal }), [], { everySeconds: 5 });
//   html`<${Loaded} resource=${status}>${(data) => html`…`}<//>`                     // components/loaded.js
// Reads at once, when a dependency changes, when the server came back, and every `everySeconds` while the page is seen. What was read
// stays shown while it is read again; a change of a dependency drops it. A request that is no longer wanted is aborted.

import { useState, useEffect, useRef, useCallback } from './html.js';
import { isAbort, toApiError } from './api_error.js';
import { reconnects } from './connection.js';

/**
 * `{ data, error, loading, reload, setData }`; `data` is undefined until the first answer. `load` null: nothing is read.
 * @template T
 * @param {((options: { signal: AbortSignal }) => Promise<T>) | null} load
 */
export function useResource(load, deps = [], { everySeconds = 0 } = {}) {
  const [state, setState] = useState({ data: /** @type {T} */ (/** @type {unknown} */ (undefined)), error: /** @type {import('./api_error.js').ApiError | null} */ (null), loading: load !== null });
  const latest = useRef(load);
  latest.current = load;
  const running = useRef(/** @type {AbortController | null} */ (null));
  const reload = useCallback(async () => {
    running.current?.abort();
    if (latest.current === null) return;
    const controller = new AbortController();
    running.current = controller;
    setState((old) => ({ ...old, loading: true }));
    try {
      const data = await latest.current({ signal: controller.signal });
      if (!controller.signal.aborted) setState({ data, error: null, loading: false });
    } catch (error) {
      if (controller.signal.aborted) return;
      if (isAbort(error)) setState((old) => ({ ...old, loading: false }));
      else setState((old) => ({ ...old, error: toApiError(error), loading: false }));
    }
  }, []);
  const cameBack = reconnects.value;
  const seen = useRef(cameBack);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) setState({ data: /** @type {T} */ (/** @type {unknown} */ (undefined)), error: null, loading: latest.current !== null });
    first.current = false;
    reload();
    return () => running.current?.abort();
  }, deps);
  useEffect(() => {
    if (cameBack !== seen.current) reload();
    seen.current = cameBack;
  }, [cameBack]);
  useEffect(() => {
    if (!everySeconds) return undefined;
    const timer = setInterval(() => document.hidden || reload(), everySeconds * 1000);
    const shown = () => document.hidden || reload();
    document.addEventListener('visibilitychange', shown);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, [everySeconds]);
  const setData = useCallback((data) => setState((old) => ({ ...old, data, error: null })), []);
  return { ...state, reload, setData };
}

/** An action of a button: `{ run, busy, error, clear }`. A second call while one runs is ignored. `run` answers whether it succeeded. */
export function useAction(act) {
  const [state, setState] = useState({ busy: false, error: /** @type {import('./api_error.js').ApiError | null} */ (null) });
  const latest = useRef(act);
  latest.current = act;
  const busy = useRef(false);
  const mounted = useRef(true);
  useEffect(() => () => (mounted.current = false), []);
  const run = useCallback(async (...values) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ busy: true, error: null });
    let error = null;
    try {
      await latest.current(...values);
    } catch (thrown) {
      error = thrown;
    }
    busy.current = false;
    if (mounted.current) setState({ busy: false, error: error && !isAbort(error) ? toApiError(error) : null });
    return error === null;
  }, []);
  const clear = useCallback(() => setState((old) => ({ ...old, error: null })), []);
  return { ...state, run, clear };
}
