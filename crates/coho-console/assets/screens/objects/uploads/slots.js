// The right to have a request with a body under way. A browser opens six connections to a host; the others are for the screen.

export const SLOTS = 4;

const line = [];
let free = SLOTS;

/** @returns {Promise<void>} */
function take(signal) {
  signal.throwIfAborted();
  if (free > 0) {
    free -= 1;
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const entry = { resolve };
    const gone = () => {
      line.splice(line.indexOf(entry), 1);
      reject(signal.reason);
    };
    entry.resolve = () => {
      signal.removeEventListener('abort', gone);
      resolve();
    };
    signal.addEventListener('abort', gone, { once: true });
    line.push(entry);
  });
}

function give() {
  const next = line.shift();
  if (next) next.resolve();
  else free += 1;
}

/** Runs `work` while it holds a slot. */
export async function withSlot(signal, work) {
  await take(signal);
  try {
    return await work();
  } finally {
    give();
  }
}
