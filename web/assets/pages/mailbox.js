// The mailbox: the list, and beside it (on a phone: in its place) the letter that was chosen.
import { fill, focusHeading, h, newId, status } from "../dom.js";
import { dueChip } from "../due.js";
import { shortDate, words } from "../i18n.js";
import { drawLetter, refusal } from "../letter.js";
import { action, notice, pager } from "../ui.js";
import area from "../words/mailbox.js";

words(area);

export async function page({ params, portal, t, main }) {
  const base = `/${portal.id}/mailbox`;
  const rows = new Map(); // id → {item, row}
  const senders = new Map(); // id → name, of all that were seen
  const wanted = { show: "all", institution: "", category: "" };
  let unread = 0;
  let turn = 0; // of the letter that is being fetched

  const count = h("p", { class: "quiet" });
  const listing = h("div", { "aria-busy": "false" });
  const none = h("p", { class: "empty", hidden: true }, t("mailbox.search-none"));
  const find = h("input", { type: "search", id: newId("find"), autocomplete: "off", oninput: sift });
  const search = h("div", { class: "field mailbox-search" }, h("label", { for: find.id }, t("mailbox.search")), find);
  const shows = ["all", "unread", "deadline"].map((one) => action(t(one === "deadline" ? "mailbox.with-deadline" : `mailbox.${one}`), () => narrow({ show: one }), { kind: "toggle", onProblem: refused }));
  const bySender = choice("institution", t("mailbox.institution"));
  const byCategory = choice("category", t("mailbox.category"));
  const tools = h("div", { class: "mailbox-tools" }, h("div", { class: "toggles", role: "group", "aria-label": t("mailbox.show") }, shows), bySender.element, byCategory.element, search);
  const letter = h("section", { class: "letter", "aria-label": t("mailbox.title") });
  const list = h("section", { class: "mailbox-list", "aria-label": t("mailbox.list") }, count, tools, listing, none);
  const split = h("div", { class: "split mailbox" }, list, letter);

  main.classList.add("wide");
  const heading = h("h1", {}, t("mailbox.title"));
  main.append(heading);
  try {
    await load();
  } catch (problem) {
    if (problem.slug !== "assurance-too-low") throw problem;
    return main.append(h("h2", {}, t("mailbox.closed")), notice("warning", problem.detail));
  }
  main.append(split);
  await choose(params.id, false);
  // between list and letters one goes back and forth without fetching the list anew
  window.addEventListener("popstate", step, { capture: true });
  return undefined;

  async function load() {
    rows.clear();
    const query = new URLSearchParams();
    if (wanted.show !== "all") query.set(wanted.show, "true");
    for (const name of ["institution", "category"]) if (wanted[name]) query.set(name, wanted[name]);
    const narrowed = query.size > 0;
    const list = h("ul", { class: "rows letters" });
    const found = await pager({ path: `/v1/inbox?${query}`, draw, list, empty: t(narrowed ? "mailbox.empty-some" : "mailbox.empty"), onPage: arrived });
    fill(listing, found.element);
    tools.hidden = !narrowed && !found.items.length;
    split.classList.toggle("bare", tools.hidden);
    shows.forEach((button, at) => button.setAttribute("aria-pressed", String(["all", "unread", "deadline"][at] === wanted.show)));
    sift();
  }

  async function narrow(change) {
    const before = { ...wanted };
    Object.assign(wanted, change);
    try {
      await load();
      mark();
      status(t("form.found", { count: rows.size }));
    } catch (problem) {
      Object.assign(wanted, before);
      throw problem;
    }
  }

  function refused(problem) {
    listing.prepend(refusal(problem));
  }

  function choice(name, label) {
    const control = h("select", { id: newId(name), onchange: () => narrow({ [name]: control.value }).catch(refused) });
    const element = h("div", { class: "field", hidden: true }, h("label", { for: control.id }, label), control);
    const offer = (any, options) => {
      element.hidden = options.length < 2;
      fill(control, h("option", { value: "" }, any), options.map(([value, text]) => h("option", { value }, text)));
      control.value = wanted[name];
    };
    return { element, offer };
  }

  function arrived({ items, unread_count: now }) {
    unread = now;
    for (const { institution } of items) senders.set(institution.id, institution.name);
    bySender.offer(t("mailbox.any-institution"), [...senders].sort(([, one], [, other]) => one.localeCompare(other)));
    byCategory.offer(t("mailbox.any-category"), rows.size || wanted.category ? portal.categories.map(({ id, name }) => [id, name]) : []);
    tell();
    mark();
    sift();
  }

  function tell() {
    count.hidden = !rows.size && !unread;
    count.textContent = t("mailbox.count-unread", { count: unread });
  }

  function draw(item) {
    const row = h("li", {});
    rows.set(item.id, { item, row });
    return dress(item, row);
  }

  function dress(item, row) {
    const files = item.attachment_count > 0 && t("mailbox.attachments", { count: item.attachment_count });
    const about = [shortDate(item.received_at), item.reference, files].filter(Boolean).join(" · ");
    const follow = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      if (location.pathname !== `${base}/${item.id}`) history.pushState({}, "", `${base}/${encodeURIComponent(item.id)}`);
      choose(item.id, true);
    };
    const link = h("a", { href: `${base}/${encodeURIComponent(item.id)}`, onclick: follow, class: item.opened_at ? "" : "unread" },
      h("span", { class: "quiet" }, item.institution.name),
      h("strong", {}, !item.opened_at && h("span", { class: "sr" }, `${t("mailbox.is-unread")} `), item.subject),
      h("span", { class: "quiet" }, about),
      dueChip(item.deadline));
    return fill(row, link);
  }

  /** Search in what is loaded. */
  function sift() {
    const searched = plain(find.value.trim()).split(/\s+/);
    let shown = 0;
    for (const { item, row } of rows.values()) {
      const text = plain(`${item.subject} ${item.reference} ${item.institution.name}`);
      row.hidden = !searched.every((one) => text.includes(one));
      shown += row.hidden ? 0 : 1;
    }
    none.hidden = shown > 0 || !rows.size;
    if (find.value) status(t("form.found", { count: shown }));
  }

  function mark() {
    const here = chosen();
    for (const [id, { row }] of rows) {
      if (id === here) row.firstChild.setAttribute("aria-current", "true");
      else row.firstChild.removeAttribute("aria-current");
    }
  }

  function chosen() {
    return location.pathname.startsWith(`${base}/`) ? decodeURIComponent(location.pathname.slice(base.length + 1)) : "";
  }

  async function choose(id, focus) {
    const mine = (turn += 1);
    split.classList.toggle("open", Boolean(id));
    heading.classList.toggle("behind", Boolean(id));
    mark();
    if (!id) return fill(letter, h("p", { class: "empty" }, t("mailbox.choose")));
    const place = h("div", {});
    try {
      await drawLetter(place, id, { line: rows.get(id)?.item, back: back(), category: kind, onOpen: opened });
    } catch (problem) {
      if (!focus) throw problem;
      fill(place, back(), refusal(problem));
    }
    if (mine !== turn) return undefined;
    fill(letter, place);
    if (focus) {
      window.scrollTo(0, 0);
      focusHeading(letter);
    }
    return undefined;
  }

  function back() {
    const leave = (event) => {
      event.preventDefault();
      history.pushState({}, "", base);
      show();
    };
    return h("p", { class: "to-list" }, h("a", { href: base, onclick: leave }, h("span", { "aria-hidden": "true" }, "‹ "), t("mailbox.back")));
  }

  /** The list again, with the focus where it was. */
  function show() {
    const before = [...rows.values()].find(({ row }) => row.firstChild.hasAttribute("aria-current"));
    choose("", false);
    before ? before.row.firstChild.focus() : focusHeading();
  }

  function step(event) {
    if (!main.isConnected) return window.removeEventListener("popstate", step, { capture: true });
    if (location.pathname !== base && !chosen()) return undefined;
    event.stopImmediatePropagation();
    return chosen() ? choose(chosen(), true) : show();
  }

  function opened(whole) {
    const known = rows.get(whole.id);
    if (known && !known.item.opened_at) unread = Math.max(0, unread - 1);
    if (known) {
      known.item = whole;
      dress(whole, known.row);
    }
    tell();
    mark();
  }

  function kind(id) {
    return portal.categories.find((one) => one.id === id)?.name ?? id;
  }
}

/** A text without case and accents, as one searches. */
function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}
