// Shows an object by its stored type, as data alone: images, video and audio in elements that run nothing, PDF by the browser's viewer,
// everything else as text. A page that was uploaded is text here. What `/oss` answers is sandboxed as well.

import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { formatBytes } from '../../format.js';
import { useResource } from '../../resource.js';
import { oss, ossUrl } from '../../oss.js';
import { Button, Empty, Loaded, Notice } from '../../components/index.js';
import { downloadUrl } from './download.js';

/** Bytes that are read and shown of a text. */
const MAX_TEXT_BYTES = 64 * 1024;
/** Largest PDF that is read into memory. */
const MAX_PDF_BYTES = 64 << 20;
/** Largest image that is shown without being asked for. */
const MAX_IMAGE_BYTES = 32 << 20;

const TEXTS = /^(text\/|application\/(json|xml|javascript|x-javascript|ecmascript|yaml|x-yaml|toml|x-sh|sql|x-ndjson|xhtml\+xml|x-www-form-urlencoded)\b|[^;]+\+(json|xml)\b)/;

/** How an object is shown: image, video, audio, pdf, text or none. */
export function kindOf(contentType) {
  const type = contentType.trim().toLowerCase();
  if (/^image\//.test(type)) return 'image';
  if (/^video\//.test(type)) return 'video';
  if (/^audio\//.test(type)) return 'audio';
  if (/^application\/pdf\b/.test(type)) return 'pdf';
  return TEXTS.test(type) ? 'text' : 'none';
}

function Broken({ bucket, objectKey, versionId }) {
  return html`<${Notice} tone="warn" live actions=${html`<${Button} size="small" icon="download" href=${downloadUrl(bucket, objectKey, versionId)} download="">${t('objects.download')}<//>`}>${t('objects.preview.broken')}<//>`;
}

function Media({ kind, bucket, objectKey, versionId }) {
  const [failed, setFailed] = useState(false);
  const src = ossUrl(bucket, objectKey, { versionId });
  const fail = () => setFailed(true);
  if (failed) return html`<${Broken} bucket=${bucket} objectKey=${objectKey} versionId=${versionId} />`;
  if (kind === 'image') return html`<div class="preview-frame"><img class="preview-image" src=${src} alt=${t('objects.preview.image')} onError=${fail} /></div>`;
  const Tag = kind;
  return html`<${Tag} class="preview-media" src=${src} controls preload="metadata" aria-label=${t(`objects.preview.${kind}`)} onError=${fail}></${Tag}>`;
}

/** The first bytes as text. A character that is cut at the end is left out. */
async function readText(bucket, key, versionId, size, signal) {
  const ranged = size > MAX_TEXT_BYTES;
  /** @type {Record<string, string>} */
  const headers = ranged ? { range: `bytes=0-${MAX_TEXT_BYTES - 1}` } : {};
  const response = await oss.getObject(bucket, key, { signal, headers, query: { versionId } });
  // Bounded even if the answer is not the range: an object may have grown.
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  while (bytes < MAX_TEXT_BYTES) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, MAX_TEXT_BYTES - bytes);
    bytes += piece.length;
    text += decoder.decode(piece, { stream: true });
  }
  await reader.cancel();
  return { text, shown: bytes, cut: size > bytes };
}

function Text({ bucket, objectKey, versionId, head }) {
  const content = useResource(({ signal }) => readText(bucket, objectKey, versionId, head.size, signal), []);
  return html`<${Loaded} resource=${content} area="objects">${({ text, shown, cut }) => html`
    ${cut && html`<${Notice}>${t('objects.preview.cut', { shown: formatBytes(shown), size: formatBytes(head.size) })}<//>`}
    <pre class="code preview-text" tabindex="0" aria-label=${t('objects.preview.text')}>${text}</pre>`}<//>`;
}

/** A PDF is read by the page and given to the viewer under this type: the sandbox of `/oss` would keep the viewer from starting. */
function Pdf({ bucket, objectKey, versionId }) {
  const [url, setUrl] = useState('');
  const content = useResource(async ({ signal }) => {
    const response = await oss.getObject(bucket, objectKey, { signal, query: { versionId } });
    return new Blob([await response.arrayBuffer()], { type: 'application/pdf' });
  }, []);
  useEffect(() => {
    if (!content.data) return undefined;
    const made = URL.createObjectURL(content.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [content.data]);
  return html`<${Loaded} resource=${content} area="objects">${() => url && html`<iframe class="preview-pdf" src=${url} title=${t('objects.preview.pdf')}></iframe>`}<//>`;
}

/** See the module comment. */
export function Preview({ bucket, objectKey, versionId, head, readable, dangling }) {
  const [wanted, want] = useState(/** @type {string | null} */ (null));
  const kind = wanted ?? kindOf(head.contentType);
  const place = { bucket, objectKey, versionId };
  const asText = html`<${Button} icon="object" onClick=${() => want('text')}>${t('objects.preview.as_text')}<//>`;
  if (dangling) return html`<${Empty} icon="link" title=${t('objects.symlink.dangling')}>${t('objects.symlink.dangling_text')}<//>`;
  if (!readable) return html`<${Empty} icon="lock" title=${t('objects.archive.frozen')}>${t('objects.archive.frozen_text')}<//>`;
  if (head.size === 0) return html`<${Empty} icon="object" title=${t('objects.preview.empty')} />`;
  if (kind === 'text') return html`<${Text} ...${place} head=${head} />`;
  if (kind === 'image' && head.size > MAX_IMAGE_BYTES && wanted === null) {
    return html`<${Empty} icon="image" title=${t('objects.preview.large', { size: formatBytes(head.size) })} actions=${html`<${Button} onClick=${() => want('image')}>${t('objects.preview.show')}<//>`} />`;
  }
  if (kind === 'pdf' && head.size <= MAX_PDF_BYTES && navigator.pdfViewerEnabled) return html`<${Pdf} ...${place} />`;
  if (['image', 'video', 'audio'].includes(kind)) return html`<div class="stack"><${Media} kind=${kind} ...${place} /><div class="row">${asText}</div></div>`;
  return html`<${Empty} icon="object" title=${t('objects.preview.none')} actions=${asText}>${t('objects.preview.none_text')}<//>`;
}
