// Header values as text. A browser gives each byte of a value as one character; most of those that are not ASCII are UTF-8.

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a header value as `fetch` gives it. */
export function headerText(value) {
  try {
    return decoder.decode(Uint8Array.from(value, (char) => char.charCodeAt(0)));
  } catch {
    return value;
  }
}

/** The reverse: a header value of which each character is a byte. */
export const headerBytes = (text) => String.fromCharCode(...new TextEncoder().encode(text));

/** Why a text cannot be a header value, as a key of the catalogue; '' if it can. */
export const valueFault = (text) => (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text) ? 'meta.control' : '');
