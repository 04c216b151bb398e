/** The URL of an origin: `x-oss-tag` and the record of an object have it percent-encoded. */
export function originUrl(encoded) {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** The host of an origin's URL, for narrow places. */
export function originHost(encoded) {
  const url = originUrl(encoded);
  return URL.canParse(url) ? new URL(url).host : url;
}
