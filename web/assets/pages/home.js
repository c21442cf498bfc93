// A portal's home: what it is for, and the two ways in.
import { h } from "../dom.js";
import { words } from "../i18n.js";
import area from "../words/public.js";

words(area);

export async function page({ main, portal, t }) {
  main.append(
    h("h1", {}, portal.name),
    h("p", { class: "actions" }, h("a", { class: "button", href: `/${portal.id}/sign-in` }, t("common.sign-in")), h("a", { class: "button secondary", href: `/${portal.id}/register` }, t("common.create"))),
  );
}
