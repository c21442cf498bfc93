// What the pages of an institution share: whose they are, the way between them, and how its calls are made.
import { api } from "./api.js";
import { h } from "./dom.js";
import { t, words } from "./i18n.js";
import { chip } from "./ui.js";
import compose from "./words/compose.js";
import institution from "./words/institution.js";
import systems from "./words/institution_systems.js";
import sent from "./words/sent.js";

for (const area of [institution, compose, sent, systems]) words(area);

const OWN = ["compose", "sent", "batches", "counts", "keys", "webhook", "contact", "administrators"];
const PLATFORM = ["counts", "keys", "contact", "administrators"]; // what the platform's administrators may see of any
const COLORS = { accepted: "plain", waiting_for_account: "warning", available: "info", alerted: "info", opened: "done", cancelled: "plain", deadline_passed: "error" };

/** The path of one of an institution's pages. */
export function pathOf({ portal, id }, ...parts) {
  return ["", portal, "institutions", id, ...parts].map(encodeURIComponent).join("/");
}

/** A path of the API on behalf of an institution: who administers several must name one. */
export function callOf({ id }, path, query = {}) {
  return `${path}?${new URLSearchParams({ ...query, institution: id })}`;
}

/** Read the institution and who looks at it, and draw what stands above each of its pages. Resolves to
 * `{institution, mine, platform, parts}`: whether it is administered by who looks, or by the whole platform. */
export async function opened({ params, main }, part) {
  const [institution, me] = await Promise.all([api("GET", `/v1/institutions/${encodeURIComponent(params.id)}`), api("GET", "/v1/me")]);
  const mine = me.grants.some(({ role, scope }) => role === "institution_admin" && scope === institution.id);
  const platform = me.grants.some(({ role }) => role === "platform_admin");
  const parts = mine ? OWN : PLATFORM;
  main.classList.add("wide");
  if (part) main.append(way(params, institution, parts, part));
  return { institution, mine, platform, parts };
}

function way(params, institution, parts, part) {
  const one = (name) => h("li", {}, h("a", { href: pathOf(params, name), "aria-current": name === part && "page" }, t(`institution.way-${name}`)));
  return h("nav", { class: "institution-way", "aria-label": institution.name },
    h("a", { class: "institution-home", href: pathOf(params) }, h("span", { "aria-hidden": "true" }, "‹ "), institution.name),
    h("ul", {}, parts.map(one)));
}

/** A notification's state as a label. */
export function stateChip(state) {
  return chip(t(`sent.state-${state}`), COLORS[state] ?? "plain");
}

/** An identifier as a person reads it. */
export function numberOf({ kind, number, country }) {
  return `${t(`form.${kind}`)} ${country ? `${country}-` : ""}${number}`;
}

/** A term's length in words. */
export function termOf(deadline) {
  const { working_days: working, days, from } = deadline;
  return t(working ? "sent.term-working" : "sent.term-calendar", { count: working ?? days, from: t(`sent.term-from-${from ?? "availability"}`) });
}
