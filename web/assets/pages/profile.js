// One's own account: what is held, and one page for each thing to do with it.
import { api } from "../api.js";
import { bounced } from "../bounced.js";
import { filled } from "../data.js";
import { fill, focusHeading, h } from "../dom.js";
import { longDate, words } from "../i18n.js";
import { facts, notice } from "../ui.js";
import account from "../words/account.js";
import area from "../words/profile.js";
import { parts } from "./profile_parts.js";
import { said } from "./staff.js";

words(account);
words(area);

/** Which things there are to do, for this account of this portal. */
function offered(me, portal, systems) {
  return ["data", "address", "password", me.second_factor && "second-factor", portal.security_questions && "questions", "sessions", portal.terms.length && "terms", systems && "systems", "export", "close"].filter(Boolean);
}

export async function page({ main, portal, t }) {
  const [me, systems] = await Promise.all([api("GET", "/v1/me"), consents()]);
  const fields = [...portal.sections.flatMap((section) => section.fields), ...portal.fields];
  const profile = await filled(portal, fields, me.profile);
  const held = Object.entries(profile).map(([name, value]) => {
    const field = fields.find((one) => one.name === name);
    return [field?.label, field && said(field, value?.text ?? value, portal)];
  });
  main.append(
    h("h1", {}, t("me.title")),
    bounced(me, portal) ?? "",
    me.email_pending ? notice("info", t("me.address-waiting")) : "",
    facts([
      [t("me.number"), me.identifier.number],
      ...held.filter(([label]) => label),
      [t("me.email"), me.email],
      [t("me.assurance"), t(`me.assurance-${me.assurance}`)],
      [t("me.since"), longDate(me.created_at)],
    ]),
    h("h2", {}, t("me.manage")),
    h("ul", { class: "rows" }, offered(me, portal, systems).map((name) => row(portal, name, me, t))),
  );
}

function row(portal, name, me, t) {
  const count = name === "second-factor" ? me.second_factor.recovery_codes_left : me.security_questions.length;
  return h("li", {}, h("a", { href: `/${portal.id}/profile/${name}` }, h("strong", {}, t(`me.${name}`)), h("span", { class: "quiet" }, t(`me.${name}-text`, { count }))));
}

/** One of the things to do. */
export async function part(ctx) {
  const { main, portal, params, t, navigate } = ctx;
  const me = await api("GET", "/v1/me");
  if (!Object.hasOwn(parts, params.part) || (params.part !== "systems" && !offered(me, portal, true).includes(params.part))) return navigate(`/${portal.id}/profile`, { replace: true });
  const back = h("p", {}, h("a", { class: "back", href: `/${portal.id}/profile` }, `‹ ${t("me.back")}`));
  const show = (heading, ...elements) => {
    fill(main, back, h("h1", {}, heading), ...elements);
    if (main.isConnected) focusHeading(main);
  };
  /** Say what was done, and lead back. */
  const done = (text) => {
    const told = notice("done", h("p", {}, text));
    told.setAttribute("role", "status");
    show(t(`me.${params.part}`), told, h("p", {}, h("a", { class: "button", href: `/${portal.id}/profile` }, t("common.back"))));
  };
  await parts[params.part]({ ...ctx, me, show, done });
}

/** What systems may know, or null where this installation signs nobody in elsewhere. */
async function consents() {
  return (await api("GET", "/v1/me/consents").catch((problem) => (problem.status === 404 ? null : Promise.reject(problem))))?.items ?? null;
}
