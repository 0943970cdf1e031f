// Finds and builds elements. Text always becomes a text node, never HTML.

export const byId = (id) => document.getElementById(id);

// element("a", {href, "aria-label": name}, "text", child): properties, or attributes where there
// is no such property.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// An icon: a symbol of index.html ("#i-close"), or the path of a drawing.
export function icon(shape) {
  const made = drawn("svg", { "aria-hidden": "true", viewBox: "0 0 24 24" });
  made.append(shape.startsWith("#") ? drawn("use", { href: shape }) : drawn("path", { d: shape }));
  return made;
}

function drawn(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function button(name, run, ...children) {
  return element("button", { type: "button", onclick: run, "aria-label": name }, ...children);
}

// Load the style of a part beside its module.
export function style(address) {
  const link = element("link", { rel: "stylesheet", href: address });
  document.head.append(link);
  return new Promise((resolve) => (link.onload = link.onerror = resolve));
}
