// A mailed link that no longer works, and the way to a new one.
import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { t, words } from "./i18n.js";
import area from "./words/account.js";

words(area);

/** Show that a link is gone, and where another is asked for: a link tells nobody whose it is, so the portal is chosen.
 * That of a changed address comes anew from the profile. */
export async function gone(main, { missing = false, isAddress = false } = {}) {
  const { items } = await api("GET", "/v1/portals");
  const row = ({ id, name, institution }) =>
    h("li", {}, h("a", { href: `/${id}/${isAddress ? "profile/address" : "reset?gone=1"}` }, h("strong", {}, name), h("span", { class: "quiet" }, institution)));
  fill(
    main,
    h("h1", {}, t("gone.title")),
    h("p", { class: "lead" }, t(missing ? "gone.none" : isAddress ? "gone.address" : "gone.text")),
    !isAddress && h("p", {}, t("gone.used")),
    h("h2", {}, t("gone.ask")),
    h("p", {}, t("gone.which")),
    h("ul", { class: "rows" }, items.map(row)),
  );
}
