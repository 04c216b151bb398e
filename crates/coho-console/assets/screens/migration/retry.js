// Fetching an object that has failed once more.

import { t } from '../../i18n.js';
import { api, ApiError } from '../../api.js';
import { toast, visible } from '../../components/index.js';
import { reasonAdvice, reasonText } from '../mirror/reasons.js';

/** Asks for the fetch; answers what was done. A refusal is thrown. */
export async function fetchAgain(bucket, key, { signal } = {}) {
  const result = await api.post(`/v1/buckets/${encodeURIComponent(bucket)}/mirror/fetch`, { body: { key }, signal });
  if (result.outcome === 'refused') throw new ApiError({ status: 0, code: 'FetchRefused', detail: result.text, requestId: result.request_id, elements: { reason: reasonText(result.reason), what: reasonAdvice(result.reason) } });
  if (result.outcome === 'no_rule') throw new ApiError({ status: 0, code: 'NoRuleFetches', detail: result.text, requestId: result.request_id });
  return result;
}

/** The same for one object, and says what was done. */
export async function retryOne(bucket, key) {
  const { outcome } = await fetchAgain(bucket, key);
  toast.good(t(`migration.retry_${outcome}`, { key: visible(key) }));
}
