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

/** The session of the console, as `GET /session` shows it. */
interface ConsoleSession {
  id: string;
  csrf: string;
  created_at: string;
  idle_expires_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
  access_key_id: string | null;
}

/** A part of the description of a configuration, see `document.js`. */
interface DocumentPart {
  name: string;
  id?: string;
  oneOf?: string[] | null;
  fixed?: boolean;
  optional?: boolean;
  isList?: boolean;
  children?: DocumentPart[] | null;
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
