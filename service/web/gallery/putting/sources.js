// Where files come from: a drop anywhere, the clipboard, a chooser, a camera.

import { byId } from "../elements.js";
import { arrive } from "../parts.js";

// Call take(files) with what comes.
export function listenToSources(take) {
  listenToDrops(take);
  addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length) return;
    event.preventDefault();
    take(files);
  });
  for (const [button, input] of [["upload", "choose"], ["camera-button", "shoot"]]) {
    byId(button).onclick = () => byId(input).click();
    byId(input).onchange = ({ target }) => {
      take([...target.files]);
      // So that the same file can be chosen again.
      target.value = "";
    };
  }
}

function listenToDrops(take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  const show = (isShown) => (byId("drop").hidden = !isShown);
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    show(true);
  });
  addEventListener("dragleave", (event) => {
    // Not when it only passes from one element to another.
    if (!event.relatedTarget) show(false);
  });
  addEventListener("drop", async (event) => {
    show(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    take(await filesOf(event.dataTransfer));
  });
}

// The files of a drop, those in its folders too. Its entries can be read only at once.
async function filesOf({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const all = [...files];
  if (!entries.some((entry) => entry.isDirectory)) return all;
  const { filesIn } = await arrive(() => import("./folders.js"));
  return (await Promise.all(entries.map(filesIn))).flat();
}
