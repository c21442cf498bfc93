// A portal's home: what it is for, what it takes, the two ways in, and whom to ask.
import { h } from "../dom.js";
import { facts } from "../ui.js";
import { words } from "../i18n.js";
import area from "../words/public.js";

words(area);

export async function page({ main, portal, t }) {
  const { procedure } = portal;
  const say = (...parts) => main.append(...parts.flat().filter(Boolean));
  say(
    h("h1", {}, portal.name),
    portal.tagline && h("p", { class: "lead" }, sentence(portal.tagline)),
    portal.id === "staff" && h("p", { class: "lead" }, t("home.staff")),
    procedure?.description && h("p", {}, procedure.description),
    ways(portal, t),
  );
  if (procedure) say(about(procedure, t));
  say(presence(portal, t), services(portal, t), questions(portal, t), contact(portal, t));
}

/** A motto in capitals reads as a sentence. */
function sentence(text) {
  return text === text.toUpperCase() ? text[0] + text.slice(1).toLowerCase() : text;
}

function ways(portal, t) {
  const open = portal.channels.some(({ by }) => !by);
  const staff = portal.id === "staff"; // whose people mostly come to enter
  const register = h("a", { class: staff ? "button secondary" : "button", href: `/${portal.id}/register` }, staff ? t("home.activate") : t("common.create"));
  const enter = h("a", { class: staff ? "button" : "button secondary", href: `/${portal.id}/sign-in` }, t("common.sign-in"));
  return h("div", { class: "actions ways" }, staff ? [enter, open && register] : [open && register, enter]);
}

function about(procedure, t) {
  const list = (items, tag = "ul") => h(tag, {}, items.map((one) => h("li", {}, one)));
  return [
    h("h2", {}, t("home.procedure")),
    facts([
      [t("home.what"), procedure.title],
      [t("home.audience"), procedure.audience],
      [t("home.result"), procedure.result],
      [t("home.cost"), procedure.cost],
      [t("home.availability"), procedure.availability],
    ]),
    procedure.requirements.length > 0 && [h("h3", {}, t("home.requirements")), list(procedure.requirements)],
    procedure.steps.length > 0 && h("details", {}, h("summary", {}, t("home.steps")), list(procedure.steps, "ol")),
    procedure.after?.length > 0 && [h("h3", {}, t("home.after")), list([procedure.after].flat())],
    procedure.duties.length > 0 && [h("h3", {}, t("home.duties")), list(procedure.duties)],
    procedure.responsibles.length > 0 && [h("h3", {}, t("home.responsibles")), list(procedure.responsibles)],
  ].flat();
}

/** Channels that somebody else opens, at a counter: what to bring. */
function presence(portal, t) {
  const shown = portal.channels.filter(({ label, requirements }) => label && requirements.length);
  if (!shown.length) return [];
  const one = ({ label, requirements }) => [h("h3", {}, label), h("p", {}, t("home.needs")), h("ul", {}, requirements.map((need) => h("li", {}, need)))];
  return [h("h2", {}, t("home.channels")), ...shown.flatMap(one)];
}

function services(portal, t) {
  if (!portal.services.length) return [];
  const one = ({ name, url }) => h("li", {}, url ? h("a", { href: url, rel: "noreferrer" }, name) : name);
  return [h("h2", {}, t("home.services")), h("ul", {}, portal.services.map(one))];
}

function questions(portal, t) {
  if (!portal.faq.length) return [];
  const one = ({ question, answer }) => h("details", {}, h("summary", {}, question), h("p", {}, answer));
  return [h("h2", {}, t("home.questions")), ...portal.faq.map(one)];
}

function contact({ contact: who, website }, t) {
  const reach = [who.email && mail(who.email), who.phone && phone(who.phone), (who.website ?? website) && site(who.website ?? website)];
  if (!reach.some(Boolean) && !who.offices.length) return [];
  const office = (one) =>
    h("li", {}, h("strong", {}, one.name), one.address && h("div", {}, one.address), one.hours && h("div", {}, one.hours),
      h("div", {}, [one.phone && phone(one.phone), one.phone && one.email && " · ", one.email && mail(one.email)]));
  return [
    h("h2", {}, t("common.contact")),
    facts([[t("home.unit"), who.unit], [t("home.mail"), reach[0]], [t("home.phone"), reach[1]], [t("home.website"), reach[2]], [t("home.social"), who.social.join(", ")]]),
    who.offices.length > 0 && h("details", {}, h("summary", {}, t("home.offices", { count: who.offices.length })), h("ul", { class: "offices" }, who.offices.map(office))),
  ].filter(Boolean);
}

const mail = (address) => h("a", { href: `mailto:${address}` }, address);
const phone = (number) => h("a", { href: `tel:${number.replace(/[^\d+]/g, "")}` }, number);
const site = (url) => h("a", { href: url, rel: "noreferrer" }, url.replace(/^https?:\/\/|\/$/g, ""));
