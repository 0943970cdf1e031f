// Leaving the page while something is uploaded asks first.

// A download is a way to leave that stays.
const DOWNLOAD = 2000;
let allowed = 0;

export function watch(isBusy) {
  addEventListener("beforeunload", (event) => {
    if (isBusy() && Date.now() > allowed) event.preventDefault();
  });
}

export function letLeave() {
  allowed = Date.now() + DOWNLOAD;
}
