// Deadlines: the chip of the list, the box of the letter, and how the days were counted.
import { h } from "./dom.js";
import { longDate, shortDate, t } from "./i18n.js";
import { chip, notice } from "./ui.js";

const DAY = 86_400_000;
const SOON = 2; // working days before the last one, from which on it is pressing
const day = new Intl.DateTimeFormat("en-CA", { timeZone: "America/Guayaquil" }); // YYYY-MM-DD

/** How pressing a last day is: `passed`, `today`, `soon` or `later`, with the days until it. */
export function pressing(date, now = new Date()) {
  const today = day.format(now);
  const days = Math.round((Date.parse(date) - Date.parse(today)) / DAY);
  if (days < 0) return { days, state: "passed" };
  if (days === 0) return { days, state: "today" };
  return { days, state: weekdays(today, days) <= SOON ? "soon" : "later" };
}

/** Weekdays after a day, up to the one that is so many days ahead. */
function weekdays(from, days) {
  const wanted = Array.from({ length: Math.min(days, 14) }, (_, at) => new Date(Date.parse(from) + (at + 1) * DAY).getUTCDay());
  return wanted.filter((one) => one > 0 && one < 6).length;
}

const KIND = { passed: "error", today: "warning", soon: "warning", later: "plain" };

/** The deadline as a label of the list. */
export function dueChip(deadline) {
  if (!deadline) return null;
  if (!deadline.date) return chip(t("due.on-opening"));
  const { days, state } = pressing(deadline.date);
  const near = state === "today" ? t("due.today") : days === 1 ? t("due.tomorrow") : null;
  return chip(near ?? t(state === "passed" ? "due.passed" : "due.until", { day: shortDate(deadline.date) }), KIND[state]);
}

/** The deadline as a box of the letter; `computation` is how it was counted (`GET …/deadline`), where that is known. */
export function dueBox(deadline, computation) {
  if (!deadline) return null;
  const given = said(deadline);
  if (!deadline.date) return box("plain", h("p", {}, given));
  const { state } = pressing(deadline.date);
  return box(KIND[state], h("p", { class: "due-left" }, left(deadline, computation)), h("p", {}, given), counted(computation));
}

function box(kind, ...children) {
  const made = notice(kind === "plain" ? "info" : kind, h("h3", {}, t("due.title")), ...children.filter(Boolean));
  made.classList.add("due");
  return made;
}

function left(deadline, computation) {
  const { days, state } = pressing(deadline.date);
  const last = longDate(deadline.date);
  if (state === "passed") return t("due.passed-text", { day: last });
  if (state === "today") return t("due.today-text", { day: last });
  if (!deadline.working_days) return t("due.left-days", { count: days, day: last });
  const today = day.format(new Date());
  const ahead = computation?.days.filter((one) => one.counted && one.date > today).length;
  return ahead ? t("due.left-working", { count: ahead, day: last }) : t("due.until", { day: last });
}

function said({ working_days: working, days, from }) {
  if (!working && !days) return t("due.given-date");
  return t(working ? "due.given-working" : "due.given-days", { count: working ?? days, opening: from === "opening" });
}

function counted(computation) {
  if (!computation?.days.length) return null;
  let place = 0;
  const one = (each) => h("li", { class: each.counted && "counted" }, h("span", {}, longDate(each.date)), h("span", {}, why(each, each.counted ? (place += 1) : 0)));
  return h("details", {}, h("summary", {}, t("due.how")), h("ol", { class: "days" }, computation.days.map(one)));
}

function why({ counted: counts, why: reason, holiday }, place) {
  if (counts) return t("due.counted", { place });
  return reason === "holiday" && holiday ? t("due.holiday-named", { name: holiday }) : t(`due.${reason}`);
}
