// The address bar: filters and the open image, so that every view has a link, and back works.

export const EMPTY = { user: "", tags: [], q: "", from: "", to: "", trash: false, image: "" };
const DAY = /^\d{4}-\d\d-\d\d$/;
const listeners = [];

// Call listener(state) after each change of the address.
export const onChange = (listener) => listeners.push(listener);

export function read() {
  const sent = new URLSearchParams(location.search);
  const text = (name) => sent.get(name) ?? "";
  const day = (name) => (DAY.test(text(name)) && !isNaN(new Date(text(name))) ? text(name) : "");
  return {
    user: text("user"),
    tags: text("tags").split(",").filter(Boolean),
    q: text("q"),
    from: day("from"),
    to: day("to"),
    trash: text("trash") === "1",
    image: text("image"),
  };
}

export function href(changes) {
  const state = { ...read(), ...changes };
  const sent = new URLSearchParams();
  for (const [name, empty] of Object.entries(EMPTY)) {
    if (String(state[name]) !== String(empty)) sent.set(name, state[name] === true ? "1" : state[name]);
  }
  // The commas between tags stay readable.
  return location.pathname + (sent.size ? `?${String(sent).replaceAll("%2C", ",")}` : "");
}

// Change the address; `replace`: without a step that back would return to.
export function go(changes, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](replace ? history.state : null, "", href(changes));
  tell();
}

// Open an image. Stepping from one to the next adds nothing that back would return to.
export function openImage(id) {
  if (read().image) go({ image: id }, { replace: true });
  else {
    history.pushState({ fromList: true }, "", href({ image: id }));
    tell();
  }
}

// Close the open image: back to the list that it was opened from, if there is one.
export function leaveImage() {
  if (history.state?.fromList) history.back();
  else go({ image: "" }, { replace: true });
}

export const clear = () => go({ ...EMPTY, trash: read().trash });

function tell() {
  const state = read();
  for (const listener of listeners) listener(state);
}

addEventListener("popstate", tell);

// What a list is asked for. Days are those of the user's own time zone.
export function listQuery(state) {
  return {
    user_id: state.user,
    tags: state.tags.join(","),
    match: state.tags.length > 1 ? "all" : "",
    q: state.q,
    created_after: state.from && startOf(state.from, 0),
    created_before: state.to && startOf(state.to, 1),
    status: state.trash ? "trashed" : "",
  };
}

// The moment a day begins, or one some days later.
export function startOf(day, later) {
  const [year, month, date] = day.split("-").map(Number);
  const start = new Date(year, month - 1, date + later);
  return start.toISOString();
}

export function isFiltered(state) {
  return Boolean(state.user || state.tags.length || state.q || state.from || state.to);
}
