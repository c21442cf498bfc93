// How notifications fared in a month: figures, a chart, and the numbers behind it.
import { api } from "../api.js";
import { fill, h, svg } from "../dom.js";
import { language, longDate, number, shortDate } from "../i18n.js";
import { opened } from "../institution.js";
import { table } from "../ui.js";

const KINDS = ["sent", "alerted", "delivered", "opened", "bounced", "complained", "cancelled"];

export async function page(ctx) {
  const { main, params, t } = ctx;
  await opened(ctx, "counts");
  main.append(h("h1", {}, t("counts.title")));
  await month(ctx, `/v1/institutions/${encodeURIComponent(params.id)}/counts`);
}

/** Draw a month's counts of a path of the API; `?month=2027-01` names the month. */
export async function month({ main, query, t }, path) {
  const now = today().slice(0, 7);
  const asked = /^\d{4}-(0[1-9]|1[0-2])$/.test(query.get("month") ?? "") ? query.get("month") : now;
  const counts = await api("GET", `${path}?month=${asked}`);
  main.append(
    h("h2", { class: "counts-month" }, nameOf(asked)),
    h("nav", { class: "counts-way", "aria-label": t("counts.months") }, link(asked, -1, t("counts.before")), asked < now && link(asked, 1, t("counts.after"))),
    h("dl", { class: "figures" }, figures(counts.month, t)),
  );
  if (!counts.days.length) return main.append(h("p", { class: "empty" }, t("counts.none")));
  main.append(figure(asked, counts.days, t), details(counts.days, t));
}

function today() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "America/Guayaquil" }).format(new Date());
}

function nameOf(asked) {
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : "es-EC", { month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${asked}-01T00:00:00Z`));
}

function link(asked, step, words) {
  const [year, place] = asked.split("-").map(Number);
  const to = new Date(Date.UTC(year, place - 1 + step, 1)).toISOString().slice(0, 7);
  return h("a", { href: `${location.pathname}?month=${to}` }, words);
}

function figures(month, t) {
  const share = month.alerted ? Math.round((100 * month.delivered) / month.alerted) : null;
  const median = month.median_seconds_to_opening;
  const one = (name, value, note) => h("div", {}, h("dt", {}, t(`counts.${name}`)), h("dd", {}, value), note && h("dd", { class: "quiet" }, note));
  return [
    one("sent", number(month.sent)),
    one("opened", number(month.opened), median != null && t("counts.median", { time: span(median, t) })),
    one("alerted", number(month.alerted), share != null && t("counts.delivered-share", { share })),
    one("bounced", number(month.bounced)),
    one("cancelled", number(month.cancelled)),
  ];
}

function span(seconds, t) {
  if (seconds < 5400) return t("counts.minutes", { count: Math.max(1, Math.round(seconds / 60)) });
  if (seconds < 172_800) return t("counts.hours", { count: Math.round(seconds / 3600) });
  return t("counts.days", { count: Math.round(seconds / 86_400) });
}

/** The chart, drawn anew where the screen turns. */
function figure(asked, days, t) {
  const phone = matchMedia("(max-width: 599px)");
  const place = h("div", {}, chart(asked, days, phone.matches, t));
  phone.addEventListener("change", () => fill(place, chart(asked, days, phone.matches, t)));
  const key = (kind) => h("span", { class: `key key-${kind}` }, t(`counts.${kind}`));
  return h("figure", { class: "chart" }, h("figcaption", {}, key("sent"), key("opened"), h("span", { class: "quiet" }, t("counts.by-day"))), place);
}

/** Two bars a day: sent and opened. The numbers stand in the table under it, for who cannot see it. */
function chart(asked, days, narrow, t) {
  const [width, height, foot] = [narrow ? 330 : 900, narrow ? 200 : 260, 24];
  const [year, place] = asked.split("-").map(Number);
  const last = new Date(Date.UTC(year, place, 0)).getUTCDate();
  const step = scale(Math.max(...days.flatMap(({ sent, opened }) => [sent, opened]), 1));
  const top = step * Math.max(1, Math.ceil(Math.max(...days.flatMap(({ sent, opened }) => [sent, opened]), 1) / step));
  const left = 14 + 7 * number(top).length;
  const slot = (width - left - 8) / last; // the last day's number is wider than its bars
  const y = (value) => 10 + (height - foot - 10) * (1 - value / top);
  const lines = Array.from({ length: top / step + 1 }, (_, count) => count * step).map((value) => [
    svg("line", { x1: left, x2: width, y1: y(value), y2: y(value), class: value ? "chart-line" : "chart-ground" }),
    svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, number(value)),
  ]);
  const marks = Array.from({ length: last }, (_, day) => day + 1).filter((day) => day === 1 || day % 5 === 0);
  const names = marks.map((day) => svg("text", { x: left + slot * (day - 0.5), y: height - 6, "text-anchor": "middle" }, day));
  const bar = Math.max(2, slot * 0.36);
  const bars = days.flatMap((day) => {
    const x = left + slot * (Number(day.date.slice(8)) - 0.5);
    const one = (kind, at) => day[kind] > 0 && svg("rect", { x: at, y: y(day[kind]), width: bar, height: y(0) - y(day[kind]), class: `chart-${kind}` }, svg("title", {}, `${longDate(day.date)}: ${day[kind]} ${t(`counts.${kind}`).toLowerCase()}`));
    return [one("sent", x - bar), one("opened", x)];
  });
  const said = t("counts.chart", { month: nameOf(asked) });
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said }, lines, names, bars);
}

/** A round step for about four lines. */
function scale(most) {
  const rough = most / 4;
  const ten = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return [1, 2, 5, 10].map((times) => times * ten).find((step) => step >= rough);
}

function details(days, t) {
  const columns = [{ label: t("counts.day"), cell: ({ date }) => shortDate(date) }, ...KINDS.map((kind) => ({ label: t(`counts.${kind}`), cell: (day) => number(day[kind]), number: true }))];
  return h("details", {}, h("summary", {}, t("counts.numbers")), table({ caption: t("counts.table"), columns, rows: days }));
}
