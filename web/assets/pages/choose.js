// The choice of portal: where a visit begins.
import { api } from "../api.js";
import { h } from "../dom.js";
import { words } from "../i18n.js";
import area from "../words/public.js";

words(area);

export async function page({ main, t }) {
  const { items } = await api("GET", "/v1/portals");
  const people = items.filter(({ id }) => id !== "staff");
  main.append(
    h("h1", {}, t("choose.title")),
    h("p", { class: "lead" }, t("choose.lead")),
    h("ul", { class: "rows" }, people.map(row)),
  );
  if (items.length > people.length) {
    main.append(h("h2", {}, t("choose.staff")), h("p", {}, h("a", { href: "/staff/" }, t("choose.staff-link"))));
  }
}

function row({ id, name, institution }) {
  return h("li", {}, h("a", { href: `/${id}/` }, h("strong", {}, name), h("span", { class: "quiet" }, institution)));
}
