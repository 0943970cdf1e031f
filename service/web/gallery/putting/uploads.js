// Uploads, as the page uses them: a queue and its panel.

import * as address from "../address.js";
import { byId } from "../elements.js";
import { watch } from "./leaving.js";
import { shows } from "./shown.js";
import { UploadPanel } from "./upload_panel.js";
import { UploadQueue } from "./upload_queue.js";

// gallery: where the images are shown.
export function newUploads(gallery) {
  const queue = new UploadQueue();
  const panel = new UploadPanel(queue);
  watch(() => queue.isBusy);
  // By what the answer says: the list may not know the image yet.
  queue.addEventListener("done", async ({ detail: image }) => {
    // A page that is under way may have been read before, and would be put behind it.
    await gallery.list.loading?.catch(() => {});
    if (shows(address.read(), image)) gallery.list.insert(image);
    gallery.tagsChanged();
  });
  return {
    add(files) {
      if (!files.length) return;
      // The panel can't be seen behind an open image.
      if (byId("viewer")?.open) address.leaveImage();
      panel.open();
      queue.add(files, address.read().user || panel.user());
    },
  };
}
