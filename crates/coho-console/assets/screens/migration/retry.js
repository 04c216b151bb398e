// Fetching an object that has failed once more.

import { t } from '../../i18n.js';
import { api, ApiError } from '../../api.js';
import { toast, visible } from '../../components/index.js';
import { reasonAdvice, reasonText } from '../mirror/reasons.js';

/** Asks for the fetch; answers what was done. A refusal is thrown. */
export async function fetchAgain(bucket, key, { signal } = /** @type {Sent} */ ({})) {
  try {
    return await api.post(`/v1/buckets/${encodeURIComponent(bucket)}/mirror/fetch`, { body: { key }, signal });
  } catch (error) {
    if (error.code !== 'FetchRefused') throw error;
    const { reason, fetch_request_id: requestId } = error.elements;
    throw new ApiError({ ...error, detail: error.detail, requestId, elements: { reason: reasonText(reason), what: reasonAdvice(reason) } });
  }
}

/** The same for one object, and says what was done. */
export async function retryOne(bucket, key) {
  const { outcome } = await fetchAgain(bucket, key);
  toast.good(t(`migration.retry_${outcome}`, { key: visible(key) }));
}
