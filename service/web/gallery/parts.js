// Parts of the gallery that are loaded when they are first used.

import * as connection from "./connection.js";
import { notice } from "./notices.js";

// Load a module, or more. Without the service that waits; after an update an old module is gone.
export async function arrive(make) {
  try {
    return await make();
  } catch (error) {
    if (await connection.answers()) {
      notice("This page is out of date.", { name: "Reload", run: () => location.reload() }, { stays: true });
      throw error;
    }
    connection.lost();
    await connection.found();
    return arrive(make);
  }
}

// Make a part at its first use.
export function once(make) {
  let made = null;
  return () =>
    (made ??= arrive(make).catch((error) => {
      made = null;
      throw error;
    }));
}
