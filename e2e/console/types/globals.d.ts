// Types that the modules of the console name in their JSDoc.

/** Options of a request to the server, see `api.js` and `oss.js`. */
interface Sent {
  query?: Record<string, unknown>;
  body?: any;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** A version of the object. */
  versionId?: string;
  /** Progress of the body. */
  onProgress?: (sent: number, total: number) => void;
  /** What stands before the path; `/api` without it. */
  base?: string;
  timeoutMs?: number;
}

/** A page of a listing of the OSS API. */
interface Listed {
  prefix?: string;
  delimiter?: string;
  startAfter?: string;
  token?: string;
  marker?: string;
  keyMarker?: string;
  uploadIdMarker?: string;
  maxKeys?: number;
  maxParts?: number;
  maxUploads?: number;
}

/** A page of a listing of versions. */
interface ListedVersions extends Omit<Listed, 'token'> {
  token?: { key: string; versionId?: string };
}

/** The page has no element but those of HTML that a selector of ours could find. */
interface ParentNode {
  querySelector<E extends HTMLElement = HTMLElement>(selectors: string): E | null;
  querySelectorAll<E extends HTMLElement = HTMLElement>(selectors: string): NodeListOf<E>;
}
