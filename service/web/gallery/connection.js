// Whether the service answers. While it does not, its health is asked for until it does again.

const HEALTH = new URL("../../health", import.meta.url);
const WAIT = 2000;
// Sends "lost" and "found".
export const events = new EventTarget();
let waiting = false;

export async function lost() {
  if (waiting) return;
  waiting = true;
  events.dispatchEvent(new Event("lost"));
  do await new Promise((resolve) => setTimeout(resolve, WAIT));
  while (!(await answers()));
  waiting = false;
  events.dispatchEvent(new Event("found"));
}

// Resolves once the service answers.
export function found() {
  if (!waiting) return Promise.resolve();
  return new Promise((resolve) => events.addEventListener("found", resolve, { once: true }));
}

export async function answers() {
  try {
    return (await fetch(HEALTH, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}
