// What pages are made of, besides forms: notices, tables, chips, timelines, files, steps, dialogs.
import { api, upload } from "./api.js";
import { fill, h, newId, status } from "./dom.js";
import { moment, size, t } from "./i18n.js";

/** A notice: kind is `info`, `done`, `warning` or `error`; children are texts and elements. */
export function notice(kind, ...children) {
  return h("div", { class: `notice notice-${kind}` }, children.map((one) => (typeof one === "string" ? h("p", {}, one) : one)));
}

/** Name and value pairs; pairs without a value are left out. */
export function facts(pairs) {
  const shown = pairs.filter(([, value]) => value != null && value !== "" && value !== false);
  return h("dl", { class: "facts" }, shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A table that becomes a list of cards on a phone. `columns`: [{label, cell(row), number?}]. */
export function table({ caption, columns, rows, empty }) {
  if (!rows.length && empty) return h("p", { class: "empty" }, empty);
  const head = h("tr", {}, columns.map(({ label, number }) => h("th", { scope: "col", class: number && "number" }, label)));
  const cell = (row) => ({ label, cell: make, number }, place) =>
    h(place ? "td" : "th", { scope: place ? null : "row", class: number && "number", data: { label } }, make(row));
  const body = rows.map((row) => h("tr", {}, columns.map(cell(row))));
  return h("div", { class: "table" }, h("table", {}, caption && h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, body)));
}

/** A small label: kind is `plain`, `info`, `done`, `warning` or `error`. */
export function chip(text, kind = "plain") {
  return h("span", { class: `chip chip-${kind}` }, text);
}

/** Moments on a vertical line: [{at, text, detail?}]. */
export function timeline(items) {
  const one = ({ at, text, detail }) =>
    h("li", {}, h("strong", {}, text), " ", h("time", { datetime: at }, moment(at)), detail && h("p", {}, detail));
  return h("ol", { class: "timeline" }, items.map(one));
}

/** «Paso 2 de 4: Documentos», with the whole way for those who see it. `now` counts from 0. */
export function steps(names, now) {
  const mark = (name, place) =>
    h("li", { class: place < now ? "past" : place === now ? "now" : "", "aria-current": place === now && "step" }, name);
  const said = t("common.step", { now: now + 1, all: names.length, name: names[now] });
  return h("div", { class: "steps" }, h("p", { class: "steps-now" }, said), h("ol", {}, names.map(mark)));
}

/** A button that works once at a time and says so; `work` may throw, which `onProblem` is told. */
export function action(text, work, { kind = "", onProblem } = {}) {
  const button = h("button", { type: "button", class: kind }, text);
  let busy = false;
  button.addEventListener("click", async () => {
    if (busy) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (problem) {
      if (!onProblem) throw problem;
      onProblem(problem);
    } finally {
      busy = false;
      button.setAttribute("aria-busy", "false");
    }
  });
  return button;
}

/** A refusal as a notice that takes the focus; put it where the person looks. */
export function problemNotice(problem) {
  const made = notice("error", h("p", {}, h("strong", {}, problem.title || t("form.problem"))), problem.detail);
  if (problem.errors?.length) made.append(h("ul", {}, problem.errors.map(({ message }) => h("li", {}, message))));
  if (problem.retryAfter) made.append(h("p", {}, t("common.retry-after", { seconds: problem.retryAfter })));
  made.tabIndex = -1;
  made.setAttribute("role", "alert");
  requestAnimationFrame(() => made.focus());
  return made;
}

/** A list that grows by pages of an API (`{items, next_cursor}`). `draw(item)` makes a row; `onPage(page)` is told of each.
 * Resolves once the first page is there: `{element, items}`. */
export async function pager({ path, draw, empty, list = h("ul", { class: "rows" }), onPage }) {
  const items = [];
  const element = h("div", { class: "pager" }, list);
  const more = action(t("common.more"), next, { kind: "secondary", onProblem: (problem) => more.before(problemNotice(problem)) });
  let cursor = null;
  async function next() {
    const url = new URL(path, location.origin);
    if (cursor) url.searchParams.set("cursor", cursor);
    const page = await api("GET", url.pathname + url.search);
    cursor = page.next_cursor;
    items.push(...page.items);
    list.append(...page.items.map(draw));
    onPage?.(page);
    cursor ? element.append(more) : more.remove();
  }
  await next();
  if (!items.length && !cursor && empty) fill(element, h("p", { class: "empty" }, empty));
  return { element, items, list };
}

/** A place to choose or drop a file. `onFile(file, progress)` does what is to be done; `progress(0…1)` shows how far.
 * Refuses what is not of `accept` (media type) or larger than `most` bytes. Returns `{element, setError, input}`. */
export function fileInput({ label, hint, accept, most, onFile, multiple = false }) {
  const input = h("input", { type: "file", accept, multiple, class: "file", id: newId("file"), onchange: () => take([...input.files]) });
  const error = h("p", { class: "error", id: `${input.id}-error`, hidden: true });
  const note = h("p", { class: "hint", id: `${input.id}-hint` }, [hint, most && t("form.file-most", { size: size(most) })].filter(Boolean).join(" "));
  const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": label });
  const said = h("p", { class: "quiet", hidden: true });
  const drop = h("div", { class: "drop", ondragover: hover, ondragleave: hover, ondrop: dropped }, input, h("label", { class: "button secondary", for: input.id }, t("form.file-choose")), h("span", { class: "quiet drop-words" }, t("form.file-drop")));
  const element = h("div", { class: "field" }, h("label", { for: input.id }, label), note, error, drop, bar, said);
  input.setAttribute("aria-describedby", `${note.id} ${error.id}`);

  function hover(event) {
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
  }
  function dropped(event) {
    hover(event);
    take([...event.dataTransfer.files]);
  }
  function setError(text) {
    error.hidden = !text;
    error.textContent = text ?? "";
    element.classList.toggle("wrong", Boolean(text));
  }
  function progress(share) {
    bar.hidden = said.hidden = false;
    bar.value = share;
    said.textContent = t("form.file-sending", { percent: Math.round(share * 100) });
  }
  async function take(files) {
    for (const file of multiple ? files : files.slice(0, 1)) {
      setError(null);
      if (most && file.size > most) return setError(t("form.file-large", { size: size(file.size), most: size(most) }));
      if (accept && !accept.split(",").includes(file.type)) return setError(t("form.file-kind"));
      try {
        await onFile(file, progress);
        status(t("form.file-done", { name: file.name }));
      } catch (problem) {
        const told = problem.errors?.map(({ message }) => message).join(" "); // says more than «revise los datos»
        setError(told || (problem.detail ?? t("common.failed-text")));
        if (!problem.slug) throw problem;
      } finally {
        bar.hidden = said.hidden = true;
        input.value = "";
      }
    }
  }
  return { element, setError, input };
}

/** Send a file by the link of an API's answer (`{upload: {url, method, headers}}`). */
export function sendFile(answer, file, progress) {
  return upload(answer.upload, file, progress);
}

/** A dialog over the page; `draw(close)` makes what it holds. Resolves to what `close(value)` was told; Escape gives null. */
export function dialog(heading, draw) {
  return new Promise((resolve) => {
    const id = newId("dialog");
    const element = h("dialog", { "aria-labelledby": id });
    const close = (value = null) => {
      element.close();
      element.remove();
      resolve(value);
    };
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(null);
    });
    element.append(h("article", {}, h("h2", { id, tabindex: "-1" }, heading), ...[draw(close)].flat()));
    document.body.append(element);
    element.showModal();
  });
}

/** Ask before what cannot be undone; resolves to whether it was meant. */
export function confirm(heading, text, yes) {
  return dialog(heading, (close) => [
    h("p", {}, text),
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => close(true) }, yes), h("button", { type: "button", class: "secondary", onclick: () => close(false) }, t("common.cancel"))),
  ]);
}

/** Hand a Blob to the browser to keep. */
export function save(blob, name) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
