// What somebody of the staff may do here, by the roles of the account: where one lands after signing in.
import { api } from "../api.js";
import { h } from "../dom.js";
import { words } from "../i18n.js";
import area from "../words/staff.js";
import { holding, platforms } from "./staff.js";

words(area);

export async function page({ main, t }) {
  const [me, names] = await Promise.all([api("GET", "/v1/me"), platforms()]);
  const groups = [
    [t("work.applications"), reviews(me, names, t)],
    [t("work.desk"), holding(me, "agent").map((id) => row(`/staff/desk?portal=${id}`, t("work.desk-link", { portal: names(id) }), t("work.desk-text")))],
    [t("work.accounts"), holding(me, "portal_admin").length > 0 && [row("/staff/accounts", t("work.accounts-link"), holding(me, "portal_admin").map(names).join(", "))]],
    [t("work.platform"), holding(me, "platform_admin").length > 0 && [row("/staff/platform", t("work.platform-link"), t("work.platform-text"))]],
    [t("work.institutions"), await Promise.all(holding(me, "institution_admin").map((id) => institution(id, t)))],
  ].filter(([, rows]) => rows.length > 0);
  main.append(h("h1", {}, t("work.title")), h("p", { class: "lead" }, me.profile.full_name));
  for (const [heading, rows] of groups) main.append(h("h2", {}, heading), h("ul", { class: "rows" }, rows));
  if (!groups.length) main.append(h("p", { class: "empty" }, t("work.empty")));
}

function reviews(me, names, t) {
  const own = holding(me, "reviewer").map((id) => row(`/staff/review?portal=${id}`, t("work.review-link", { portal: names(id) }), t("work.review-text")));
  const platform = holding(me, "platform_admin").map(() => row("/staff/review?portal=staff", t("work.review-staff"), t("work.review-staff-text")));
  return [...own, ...platform];
}

async function institution(id, t) {
  const { name } = await api("GET", `/v1/institutions/${encodeURIComponent(id)}`).catch(() => ({ name: id }));
  return row(`/staff/institutions/${encodeURIComponent(id)}`, name, t("work.institution-text"));
}

function row(href, name, text) {
  return h("li", {}, h("a", { href }, h("strong", {}, name), h("span", { class: "quiet" }, text)));
}
