// Elements, the status line and the focus: everything that touches the document goes through here.

/** Make an element. Props: attributes, `class`, `on…` functions, `data`, `style` (custom properties); children are
 * elements, texts, arrays, and null or false for nothing. Never markup. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...flat(children));
  return element;
}

/** The same for drawings: `svg("path", {d: "…"})`. */
export function svg(tag, props, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props ?? {})) if (value != null) element.setAttribute(name, value);
  element.append(...flat(children));
  return element;
}

function set(element, name, value) {
  if (value == null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "data") Object.assign(element.dataset, value);
  else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
  else if (name === "value" || name === "checked" || name === "indeterminate") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child != null && child !== false && child !== true);
}

/** Replace what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** Say something to whoever cannot see it change. */
export function status(text) {
  const line = document.getElementById("status");
  line.textContent = "";
  // an equal text said twice is only announced if the line was empty in between
  requestAnimationFrame(() => (line.textContent = text));
}

/** Move the focus to the first heading (of `root`), as after a change of page. */
export function focusHeading(root = document.getElementById("main")) {
  const heading = root.querySelector("h1, h2");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: false });
}

let count = 0;
/** An id that no other element has. */
export function newId(stem = "e") {
  count += 1;
  return `${stem}-${count}`;
}

/** Words for screen readers alone. */
export function hidden(text) {
  return h("span", { class: "sr" }, text);
}
