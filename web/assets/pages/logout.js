// A system that somebody signed in to from here wants them signed out: nobody is, unless they say so.
import { api } from "../api.js";
import { fill, h } from "../dom.js";
import { words } from "../i18n.js";
import { landing } from "../shell.js";
import { action, problemNotice } from "../ui.js";
import area from "../words/verifier.js";

words(area);

export async function page({ portal, t, navigate, main }) {
  const said = h("div", {});
  const leave = async () => {
    const path = `/v1/portals/${encodeURIComponent(portal.id)}/logout`;
    const { redirect_to: target } = await api("POST", path, { body: { query: location.search.slice(1) }, quiet: true });
    if (target) location.replace(target);
    else navigate(`/${portal.id}/`, { replace: true });
  };
  main.append(
    h("h1", {}, t("logout.title")),
    h("p", { class: "lead" }, t("logout.text", { portal: portal.name })),
    said,
    h("div", { class: "actions" },
      action(t("logout.yes"), leave, { onProblem: (problem) => fill(said, problemNotice(problem)) }),
      h("a", { class: "button secondary", href: landing(portal) }, t("logout.no"))),
  );
}
