// A field that searches a catalogue as one types: by name or by the beginning of the number.
import { api } from "./api.js";
import { fill, h, newId, status } from "./dom.js";
import { frame } from "./fields.js";
import { has, t } from "./i18n.js";

const PAUSE = 150; // milliseconds after the last key

/** The field of kind `organization`: a combobox (ARIA 1.2) whose value is the code. */
export function organization(def, { portal, onChange }) {
  const input = h("input", {
    type: "text",
    name: def.name,
    class: "w-long",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    id: newId("organization"),
  });
  const list = h("ul", { class: "options", role: "listbox", id: `${input.id}-list`, "aria-label": def.label, hidden: true });
  input.setAttribute("aria-controls", list.id);
  const control = h("div", { class: "combobox", id: `${input.id}-box` }, input, list);
  const framed = frame({ label: def.label, required: def.required, hint: def.help ?? t("form.search-organization"), control, describe: input });
  framed.element.querySelector("label").htmlFor = input.id;
  let chosen = null; // {code, text}
  let found = [];
  let active = -1;
  let timer = 0;
  let asking = null;

  input.addEventListener("input", () => {
    chosen = null;
    onChange?.();
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) search();
      else move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden && active >= 0) {
      event.preventDefault();
      choose(found[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", () => setTimeout(close, 200)); // after the press that chose

  async function search() {
    const typed = input.value.trim();
    if (typed.length < 2) return close();
    asking?.abort();
    asking = new AbortController();
    try {
      const query = new URLSearchParams({ q: typed });
      const { items } = await api("GET", `/v1/portals/${portal.id}/organizations?${query}`, { signal: asking.signal, quiet: true });
      if (document.activeElement === input) open(items);
    } catch (problem) {
      if (problem.name !== "AbortError") framed.setError(problem.detail);
    }
  }

  function open(items) {
    found = items;
    active = -1;
    fill(list, items.length ? items.map(option) : h("li", { class: "nothing", role: "option", "aria-disabled": "true" }, t("form.found-none")));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
    status(items.length ? t("form.found", { count: items.length }) : t("form.found-none"));
  }

  function option(item, place) {
    const where = [levelOf(item), item.canton !== item.name && item.canton, item.province].filter(Boolean).join(", ");
    return h(
      "li",
      { role: "option", id: `${input.id}-${place}`, "aria-selected": "false", onpointerdown: (event) => { event.preventDefault(); choose(item); } },
      h("span", {}, item.name), h("span", { class: "quiet" }, `${where} · ${item.code}`),
    );
  }

  function move(step) {
    if (!found.length) return;
    active = (active + step + found.length) % found.length;
    [...list.children].forEach((one, place) => one.setAttribute("aria-selected", String(place === active)));
    input.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  }

  function choose(item) {
    const text = `${item.name}, ${item.province} (${item.code})`;
    write({ code: item.code, text });
    framed.setError(null);
    close();
    onChange?.();
  }

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function write(value) {
    chosen = typeof value === "string" ? { code: value, text: value } : (value ?? null);
    input.value = chosen?.text ?? "";
  }

  return {
    ...framed,
    focus: () => input.focus(),
    read: () => chosen?.code ?? "",
    draft: () => chosen,
    write,
    isEmpty: () => !chosen && !input.value.trim(),
    wrong: () => (chosen ? null : t("form.pick-organization")),
  };
}

function levelOf({ level }) {
  return has(`level.${level}`) ? t(`level.${level}`) : level;
}
