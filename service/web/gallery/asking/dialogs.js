// Dialogs that ask for something.

import { element, style } from "../elements.js";
import { letLeave } from "../putting/leaving.js";

await style(new URL("dialogs.css", import.meta.url));

const FREE = { autocomplete: "off", spellcheck: false };

// Show a dialog with a title and parts until `submit` has worked; submit() may raise, the dialog
// then stays and shows the message. Resolves to whether it was submitted.
export function ask(title, parts, { name, submit = () => {}, fault = "", isDanger = false }) {
  const line = element("p", { className: "fault", role: "alert" }, fault);
  const cancel = element("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const send = element("button", { className: isDanger ? "danger" : "primary" }, name);
  const form = element("form", { method: "dialog" }, element("h2", {}, title), ...parts, line, element("menu", {}, cancel, send));
  const dialog = element("dialog", { "aria-label": title }, form);
  let isDone = false;
  form.onsubmit = async (event) => {
    event.preventDefault();
    // Nothing is sent twice, and nothing is cancelled that is under way.
    send.disabled = cancel.disabled = true;
    try {
      await submit();
      isDone = true;
      dialog.close();
    } catch (problem) {
      line.textContent = problem.message;
    }
    send.disabled = cancel.disabled = false;
  };
  dialog.oncancel = (event) => {
    if (send.disabled) event.preventDefault();
  };
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      dialog.remove();
      resolve(isDone);
    };
  });
}

export function field(name, properties = {}) {
  const input = element("input", { ...FREE, ...properties });
  return { input, label: element("label", {}, name, input) };
}

let signingIn = null;

// Ask for a token, once for all requests that wait for one. fault: what was wrong with the last
// one, which was refused. Another user begins with a new page.
export function askForToken(fault, refused) {
  signingIn ??= showSignIn(fault, refused).finally(() => (signingIn = null));
  return signingIn;
}

async function showSignIn(fault, refused) {
  const { input, label } = field("Token", { type: "password", required: true });
  const token = () => input.value.trim().replace(/^bearer /i, "");
  const submit = () => {
    if (!/^[\w.=-]+$/.test(token())) throw new Error("A token has only letters, digits and . _ - =");
  };
  const text = element("p", {}, "This service asks for a token. It is kept in this tab only.");
  if (!(await ask("Sign in", [text, label], { name: "Sign in", submit, fault }))) {
    throw new Error("Sign in to see the images.");
  }
  const answer = token();
  if (refused && subject(refused) !== subject(answer)) {
    sessionStorage.setItem("token", answer);
    letLeave();
    location.reload();
    return new Promise(() => {});
  }
  return answer;
}

// Whose token it is; it is not checked here.
function subject(token) {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"))).sub;
  } catch {
    return null;
  }
}

export function confirmDelete(title) {
  const text = element("p", {}, "This cannot be undone.");
  return ask(title, [text], { name: "Delete for good", isDanger: true });
}
