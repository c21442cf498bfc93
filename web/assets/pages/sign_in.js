// Sign-in: as a page, and as a dialog over a page whose session has ended.
import { fill, focusHeading, h, status } from "../dom.js";
import { afterwards, enter } from "../enter.js";
import { t } from "../i18n.js";
import { landing } from "../shell.js";
import { dialog, notice } from "../ui.js";

export async function page({ main, portal, query, navigate }) {
  const draw = (heading, ...elements) => {
    fill(main, h("h1", {}, heading), ...elements);
    if (main.isConnected) focusHeading(main);
  };
  const extras = [others(portal)];
  const next = afterwards(query, landing(portal));
  enter({ portal, draw, extras }).then((pending) => {
    navigate(pending.length ? `/${portal.id}/first-entry?next=${encodeURIComponent(next)}` : next, { replace: true });
  });
  if (query.has("next") && !next.startsWith(`/${portal.id}/authorize`)) main.firstChild.after(notice("info", t("enter.closed")));
}

function others(portal) {
  const open = portal.channels.some(({ by }) => !by);
  return h(
    "div",
    { class: "after-form" },
    h("p", {}, h("a", { href: `/${portal.id}/reset` }, t("enter.forgot"))),
    h("p", {}, h("a", { href: `/${portal.id}/check-mail` }, t("enter.mail-missing"))),
    open && h("p", {}, t("enter.new"), " ", h("a", { href: `/${portal.id}/register` }, t("common.create"))),
  );
}

let asking = null; // several calls may find the session gone at the same time: they wait for one dialog

/** Ask for number and password over the page; a promise of true once signed in, of false where it was put off. */
export function signInDialog({ portal }) {
  asking ??= dialog(t("enter.dialog"), (close) => {
    const place = h("div", {});
    const draw = (heading, ...elements) => {
      fill(place, heading !== t("enter.title") && h("h3", {}, heading), ...elements);
      place.querySelector("input")?.focus();
    };
    enter({ portal, draw }).then(() => {
      status(t("enter.done"));
      close(true);
    });
    const later = h("button", { type: "button", class: "link", onclick: () => close(false) }, t("common.cancel"));
    return [h("p", {}, t("enter.dialog-text")), place, h("p", { class: "after-form" }, later)];
  }).then((done) => {
    asking = null;
    return Boolean(done);
  });
  return asking;
}
