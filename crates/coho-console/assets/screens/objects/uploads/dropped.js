// The files of a drop or of a picker, with their paths.

/** Files of one drop. */
export const MAX_FILES = 100_000;

/** Whether a drag carries files. */
export const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

/** The entries of a drop. They must be taken while the event is handled. */
export function takeEntries(dataTransfer) {
  const items = [...dataTransfer.items].filter((item) => item.kind === 'file');
  return items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

async function* childrenOf(folder) {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    yield* some;
  }
}

async function* walk(entry) {
  if (entry.isFile) yield { path: entry.fullPath.slice(1), file: await fileOf(entry) };
  else for await (const child of childrenOf(entry)) yield* walk(child);
}

/** `{ path, file }` of each file in the dropped entries. */
export async function* filesOfEntries(entries) {
  for (const { entry, file } of entries) {
    if (entry) yield* walk(entry);
    else if (file) yield { path: file.name, file };
  }
}

/** The same of an `<input type="file">`. */
export const filesOfInput = (list) => [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
