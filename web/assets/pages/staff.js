// What the pages of the staff share: who holds which role where, and an application's data in words.
import { api } from "../api.js";
import { h } from "../dom.js";
import { has, longDate, t } from "../i18n.js";

/** Where an account holds a role. */
export function holding(me, role) {
  return me.grants.filter((grant) => grant.role === role).map(({ scope }) => scope);
}

/** A function that names portals by their id. */
export async function platforms() {
  const { items } = await api("GET", "/v1/portals");
  return (id) => items.find((one) => one.id === id)?.name ?? id;
}

/** What a form's field was filled in with, as a person reads it. */
export function said(field, value, portal) {
  if (value == null || value === "") return null;
  if (field?.kind === "yes_no") return t(value ? "common.yes" : "common.no");
  if (field?.kind === "roles") return h("ul", { class: "plain" }, value.map((one) => h("li", {}, wanted(one, portal))));
  if (field?.kind === "choice") return has(`choice.${value}`) ? t(`choice.${value}`) : value;
  if (field?.kind === "organization") return organization(value, portal);
  if (field?.kind === "date") return longDate(value);
  if (typeof value === "object") return value.number ? [value.country, value.number].filter(Boolean).join("-") : JSON.stringify(value);
  return String(value);
}

/** The number at once, and the name as soon as the catalogue tells it. */
function organization(code, portal) {
  const shown = h("span", {}, code);
  api("GET", `/v1/portals/${portal.id}/organizations?q=${encodeURIComponent(code)}`, { quiet: true }).then(
    ({ items }) => (shown.textContent = [items.find((one) => one.code === code)?.name, code].filter(Boolean).join(" · ")),
    () => null, // without the catalogue the number says enough
  );
  return shown;
}

function wanted({ role, action }, portal) {
  const { label = role } = portal.roles.find(({ id }) => id === role) ?? {};
  return [h("strong", {}, t(`form.role-${action}`)), `: ${label}`];
}
