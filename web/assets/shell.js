// What stands around every page: institution and portal above, the way to the account, the footer.
import { fill, h } from "./dom.js";
import { language, switchLanguage, t } from "./i18n.js";

const byId = (id) => document.getElementById(id);

document.documentElement.lang = language;
document.querySelector(".skip").textContent = t("common.skip");
byId("menu").setAttribute("aria-label", t("common.menu"));
byId("foot-verifier").textContent = t("common.verifier");
byId("language").textContent = t("common.other-language");
byId("language").lang = language === "en" ? "es" : "en";
byId("language").addEventListener("click", switchLanguage);

/** Show whose page it is. `options.session` says that somebody is signed in. */
export function dress({ portal }, { session = false } = {}) {
  document.documentElement.style.setProperty("--institution", portal?.color ?? "#0b3d6b");
  byId("brand").href = portal ? `/${portal.id}/` : "/";
  byId("brand-institution").textContent = portal?.institution ?? "Ventanilla";
  byId("brand-portal").textContent = portal?.name ?? t("shell.tagline");
  fill(byId("menu"), portal ? entries(portal, session).map(([path, words]) => link(portal, path, words)) : []);
  if (portal && session) byId("menu").append(signOutButton(portal));
  const contact = portal?.contact;
  fill(
    byId("foot-portal"),
    contact?.email && [t("shell.questions"), " ", h("a", { href: `mailto:${contact.email}` }, contact.email)],
  );
}

function entries(portal, session) {
  if (!session) return [["sign-in", t("common.sign-in")]];
  if (portal.id === "staff") return [["work", t("common.work")], ["profile", t("common.profile")]];
  return [...(portal.mailbox ? [["mailbox", t("common.mailbox")]] : []), ["profile", t("common.profile")]];
}

function link(portal, path, words) {
  const href = `/${portal.id}/${path}`;
  const here = location.pathname === href || location.pathname.startsWith(`${href}/`);
  return h("a", { href, "aria-current": here && "page" }, words);
}

function signOutButton(portal) {
  const leave = async () => (await import("./app.js")).signOut(portal.id);
  return h("button", { type: "button", class: "link", onclick: leave }, t("common.sign-out"));
}

/** Where one goes after signing in. */
export function landing(portal) {
  return `/${portal.id}/${portal.id === "staff" ? "work" : portal.mailbox ? "mailbox" : "profile"}`;
}

/** Set the window's title: the page first, then whose it is. */
export function title(page) {
  const whose = byId("brand-portal").textContent;
  document.title = page && page !== whose ? `${page} – ${whose}` : whose;
}
