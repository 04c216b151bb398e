// One form for every refusal: problem+json of `/session` and `/api`, the XML of `/oss`, and a server that cannot be reached.

/** Branch on `code`; `detail` is a text of the server, in English. `status` 0: no answer came. */
export class ApiError extends Error {
  /** @param {{ status: number, code: string, detail?: string, requestId?: string, elements?: Record<string, string>, retryAfterSeconds?: number | null }} said */
  constructor({ status, code, detail = '', requestId = '', elements = {}, retryAfterSeconds = null }) {
    super(detail || code);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.requestId = requestId;
    /** @type {Record<string, string>} */
    this.elements = elements;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Whether an exception only says that the caller gave up. */
export const isAbort = (error) => error?.name === 'AbortError';

/** The code of an answer without a body: HEAD, or something between browser and server. */
const CODES = {
  304: 'NotModified', 401: 'SessionRequired', 403: 'AccessDenied', 404: 'NotFound', 412: 'PreconditionFailed',
  413: 'EntityTooLarge', 416: 'InvalidRange', 429: 'TooManyRequests', 503: 'ServiceUnavailable',
};

/** Most characters of an error document that are read. */
const MAX_ERROR_CHARS = 65_536;

/** Reads a refusal. */
export async function readError(response) {
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const common = {
    status: response.status,
    requestId: response.headers.get('x-oss-request-id') ?? '',
    retryAfterSeconds: Number.isNaN(retryAfter) ? null : retryAfter,
  };
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text().then((whole) => whole.slice(0, MAX_ERROR_CHARS), () => '');
  const read = type.includes('json') ? readProblem(text) : type.includes('xml') ? readXml(text) : null;
  return new ApiError({ ...common, code: CODES[response.status] ?? `Http${response.status}`, ...read });
}

function readProblem(text) {
  try {
    const { code, detail, request_id: requestId, elements } = JSON.parse(text);
    return typeof code === 'string' ? { code, detail: detail ?? '', requestId: requestId ?? '', elements: elements ?? {} } : null;
  } catch {
    return null;
  }
}

function readXml(text) {
  // The answer to a HEAD has a type and no body. Chromium describes a parse error in markup with a style, which the page's policy reports.
  if (text === '') return null;
  const root = new DOMParser().parseFromString(text, 'application/xml').documentElement;
  if (root?.localName !== 'Error') return null;
  const elements = Object.fromEntries([...root.children].map((child) => [child.localName, child.textContent]));
  const { Code: code, Message: detail = '', RequestId: requestId = '', HostId: _, EC: __, ...rest } = elements;
  return code ? { code, detail, requestId, elements: rest } : null;
}

/** What an exception is as an `ApiError`; exceptions of the program keep their text. */
export function toApiError(error) {
  if (error instanceof ApiError) return error;
  return new ApiError({ status: 0, code: 'ConsoleFailure', detail: String(error?.message ?? error) });
}
