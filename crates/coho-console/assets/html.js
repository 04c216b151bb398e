// What every module needs of Preact, htm and signals, from one place:
//   import { html, useState, signal } from './html.js';
// `html` is htm bound to Preact: html`<p class="x">${text}</p>`, html`<${Button} onClick=${f}>Save<//>`.
// Text is always escaped; no module uses `dangerouslySetInnerHTML` (a test looks for it).

import { h, Fragment, render, createContext, Component, createRef } from 'preact';
import { useRef } from 'preact/hooks';
import htm from 'htm';

export { h, Fragment, render, createContext, Component, createRef };
export {
  useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useReducer, useContext, useId, useErrorBoundary,
} from 'preact/hooks';
export { signal, computed, effect, batch, untracked, useSignal, useComputed, useSignalEffect } from '@preact/signals';

export const html = htm.bind(h);

/**
 * A ref of an element that the component always renders: `current` is there from the first effect on.
 * @template {HTMLElement} [E=HTMLElement]
 * @returns {{ current: E }}
 */
export const useElement = () => useRef(/** @type {any} */ (null));
