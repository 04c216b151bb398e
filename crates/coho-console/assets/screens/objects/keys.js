// Keys and prefixes: their order, their names within a folder, and the folders of a path.

/** Separates folders. */
export const DELIMITER = '/';
/** Longest key, in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1023;

const encoder = new TextEncoder();

/** Where a UTF-16 unit stands in the order of code points: a surrogate, half of a character above U+FFFF, after all others. */
const rank = (unit) => (unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);

/** Compares two keys as the server does: by their bytes in UTF-8, which is the order of code points. */
export function compareKeys(a, b) {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The folder of a prefix: all up to its last delimiter. */
export const folderOf = (prefix) => prefix.slice(0, prefix.lastIndexOf(DELIMITER) + 1);

/** The folder above a folder; '' is the bucket. */
export const parentOf = (folder) => folderOf(folder.slice(0, -1));

/** The last segment of a key, with the delimiter of a folder. */
export const nameOf = (key) => key.slice(folderOf(key.slice(0, -1)).length);

/** The folders that lead to `folder`: `[{ name, prefix }]`, from the bucket down. A name may be empty. */
export function foldersOf(folder) {
  const found = [];
  for (let at = folder.indexOf(DELIMITER); at >= 0; at = folder.indexOf(DELIMITER, at + 1)) {
    const start = found.length > 0 ? found.at(-1).prefix.length : 0;
    found.push({ name: folder.slice(start, at), prefix: folder.slice(0, at + 1) });
  }
  return found;
}

export const utf8Length = (text) => encoder.encode(text).length;

/** Why the server would refuse a key: '' if it would not, else a key of the catalogue. */
export function keyFault(key) {
  if (key === '') return 'key.empty';
  if (utf8Length(key) > MAX_KEY_BYTES) return 'key.long';
  if (key.startsWith('/') || key.startsWith('\\')) return 'key.start';
  if (!key.isWellFormed()) return 'key.unicode';
  return key === '.' || key === '..' ? 'key.dots' : '';
}

/** Whether an XML document can carry the key; control characters it cannot. */
export const fitsXml = (key) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(key);

/** `photo.jpg`, 2 → `photo (2).jpg`: the name beside one that is taken. */
export function numbered(key, number) {
  const folder = folderOf(key);
  const name = key.slice(folder.length);
  const dot = name.lastIndexOf('.');
  const end = dot > 0 ? dot : name.length;
  return `${folder}${name.slice(0, end)} (${number})${name.slice(end)}`;
}
