// The parts of the compose page that are no plain fields: category, deadline, attachments, when and in which language.
import { Problem, api } from "../api.js";
import { sha256 } from "../digest.js";
import { fill, h, newId, status } from "../dom.js";
import { frame, radios } from "../fields.js";
import { longDate, moment, size, t } from "../i18n.js";
import { callOf, termOf } from "../institution.js";
import { fileInput, sendFile } from "../ui.js";

const MOST_FILES = 15;
const MOST_BYTES = 25e6;
const LIFE = 23 * 3600e3; // a little less than a declared file waits for its first use

/** The category, of those that the chosen mailbox knows. */
export function category(portals) {
  const control = h("select", { class: "w-long" });
  const framed = frame({ label: t("compose.category"), required: false, hint: t("compose.category-help"), control });
  const offer = (portal) => {
    const before = control.value;
    const known = portals.find(({ id }) => id === portal)?.categories ?? [];
    fill(control, h("option", { value: "" }, t("compose.category-none")), known.map(({ id, name }) => h("option", { value: id }, name)));
    control.value = known.some(({ id }) => id === before) ? before : "";
    framed.element.hidden = !known.length;
  };
  return {
    ...framed,
    name: "category",
    def: { label: t("compose.category") },
    offer,
    read: () => control.value || null,
    write: (value) => (control.value = value ?? ""),
    shown: () => (control.value ? control.selectedOptions[0].textContent : null),
  };
}

/** Until when the recipient may act: a day, or a number of working or calendar days. */
export function deadline() {
  const ways = ["none", "working_days", "days", "date"].map((value) => ({ value, label: t(`compose.deadline-${value}`) }));
  const kind = radios({ name: "deadline", label: t("compose.deadline"), required: true, help: t("compose.deadline-help") }, ways, arrange, "none");
  const day = h("input", { type: "date", class: "w-date" });
  const count = h("input", { type: "text", class: "w-count", inputmode: "numeric", maxlength: 3, autocomplete: "off" });
  const from = radios({ name: "from", label: t("compose.from"), required: true }, ["availability", "opening"].map((value) => ({ value, label: t(`compose.from-${value}`) })), undefined, "availability");
  const parts = { date: frame({ label: t("compose.deadline-last"), control: day }), count: frame({ label: t("compose.deadline-count"), control: count }), from };
  const more = h("div", { class: "under" }, Object.values(parts).map(({ element }) => element));
  const element = h("div", {}, kind.element, more);
  arrange();

  function arrange() {
    const now = kind.read();
    more.hidden = now === "none";
    parts.date.element.hidden = now !== "date";
    parts.count.element.hidden = parts.from.element.hidden = now === "date" || now === "none";
  }
  function read() {
    const now = kind.read();
    if (now === "none") return null;
    if (now === "date") return { date: day.value };
    return { [now]: Number(count.value), ...(from.read() === "opening" ? { from: "opening" } : {}) };
  }
  const target = () => (kind.read() === "date" ? parts.date : kind.read() === "none" ? kind : parts.count);
  return {
    element,
    name: "deadline",
    def: { label: t("compose.deadline") },
    read,
    focus: () => target().focus(),
    setError: (message) => {
      for (const one of [kind, parts.date, parts.count]) one.setError(null);
      if (message) target().setError(message);
    },
    check() {
      const now = kind.read();
      if (now === "date") return day.value ? null : t("form.required");
      return now === "none" || (/^\d+$/.test(count.value) && count.value >= 1 && count.value <= 365) ? null : t("compose.deadline-days-wrong");
    },
    write(value) {
      const now = value == null ? "none" : "date" in value ? "date" : "days" in value ? "days" : "working_days";
      kind.write(now);
      day.value = value?.date ?? "";
      count.value = value?.working_days ?? value?.days ?? "";
      from.write(value?.from ?? "availability");
      arrange();
    },
    shown() {
      const value = read();
      return value && (value.date ? t("sent.term-until", { day: longDate(value.date) }) : termOf(value));
    },
  };
}

/** Files that go along: each is declared and uploaded at once, so that it is there when the letter is sent. */
export function attachments(params, changed) {
  let files = [];
  let sending = 0;
  const list = h("ul", { class: "files" });
  const input = fileInput({ label: `${t("compose.attachments")} (${t("common.optional")})`, hint: t("compose.attachments-help", { most: MOST_FILES }), most: MOST_BYTES, multiple: true, onFile: take });

  async function take(file, progress) {
    if (files.length >= MOST_FILES) throw new Problem({ slug: "most", detail: t("compose.attachments-most", { most: MOST_FILES }) });
    sending += 1;
    try {
      progress(0);
      const body = { file_name: file.name, media_type: file.type || "application/octet-stream", size: file.size, sha256: await sha256(await file.arrayBuffer()) };
      const answer = await api("POST", callOf(params, "/v1/attachments"), { body });
      await sendFile(answer, file, progress);
      files.push({ id: answer.attachment_id, file_name: file.name, size: file.size, until: Date.now() + LIFE });
      draw();
      changed();
    } catch (problem) {
      for (const one of problem.errors ?? []) one.message = `${file.name}: ${one.message}`; // which of several it is
      throw problem;
    } finally {
      sending -= 1;
    }
  }
  function drop(gone) {
    files = files.filter((one) => one !== gone);
    draw();
    changed();
    status(t("compose.attachment-removed", { name: gone.file_name }));
    input.input.focus();
  }
  function draw() {
    fill(list, files.map((one) => h("li", {}, h("span", {}, one.file_name, " ", h("span", { class: "quiet" }, size(one.size))),
      h("button", { type: "button", class: "link", onclick: () => drop(one), "aria-label": t("compose.attachment-remove", { name: one.file_name }) }, t("compose.remove")))));
    list.hidden = !files.length;
  }
  draw();
  return {
    element: h("div", {}, input.element, list),
    name: "attachments",
    def: { label: t("compose.attachments") },
    setError: input.setError,
    focus: () => input.input.focus(),
    check: () => (sending ? t("compose.attachments-wait") : null),
    read: () => files.map(({ id }) => id),
    files: () => files,
    keep: () => files,
    write(kept) {
      files = (kept ?? []).filter(({ until }) => until > Date.now());
      draw();
    },
  };
}

/** What few need: to appear later, and the language of the mail that alerts to it. */
export function more() {
  const at = h("input", { type: "datetime-local", class: "w-moment", id: newId("at") });
  const when = frame({ label: t("compose.later"), required: false, hint: t("compose.later-help"), control: at });
  const locale = radios({ name: "locale", label: t("compose.locale"), required: true }, [{ value: "es", label: "Español" }, { value: "en", label: "English" }], undefined, "es");
  const element = h("details", {}, h("summary", {}, t("compose.more")), when.element, locale.element);
  const read = () => (at.value ? `${at.value.length === 16 ? `${at.value}:00` : at.value}-05:00` : null); // as the clocks of Ecuador go
  return {
    element,
    name: "available_from",
    def: { label: t("compose.later") },
    read,
    locale: () => locale.read(),
    focus: () => {
      element.open = true;
      at.focus();
    },
    setError(message) {
      if (message) element.open = true;
      when.setError(message);
    },
    keep: () => ({ at: at.value, locale: locale.read() }),
    write(kept) {
      at.value = kept?.at ?? "";
      locale.write(kept?.locale ?? "es");
      element.open = Boolean(at.value) || locale.read() !== "es";
    },
    shown: () => read() && moment(read()),
  };
}

