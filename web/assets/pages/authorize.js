// A system wants to sign somebody in with their account here (OpenID Connect): who asks, what it will learn, yes or no.
import { Problem, api } from "../api.js";
import { fill, h } from "../dom.js";
import { words } from "../i18n.js";
import { action, notice, problemNotice } from "../ui.js";
import area from "../words/verifier.js";

words(area);

export async function page({ portal, t, navigate, main }) {
  const path = `/v1/portals/${encodeURIComponent(portal.id)}/authorize`;
  const query = location.search.slice(1);
  const asked = await ask();
  if (asked instanceof Problem) return failed(asked);
  const client = asked.client.name;
  const first = { sign_in: "sign-in", steps: "first-entry" }[asked.next];
  if (first) return lead(first);
  if (asked.next === "second_factor") return factor();
  if (asked.next === "continue" || !asked.consent) return goOn();
  return consent();

  async function ask() {
    try {
      return await api("GET", `${path}/request?${query}`, { quiet: true });
    } catch (problem) {
      if (problem.slug === "offline" || !problem.status || problem.status >= 500) throw problem;
      return problem;
    }
  }

  function lead(page) {
    const here = location.pathname + location.search;
    main.append(h("h1", {}, t("common.sign-in")));
    queueMicrotask(() => navigate(`/${portal.id}/${page}?next=${encodeURIComponent(here)}`, { replace: true }));
  }

  function consent() {
    const said = h("div", {});
    const onProblem = (problem) => fill(said, problemNotice(problem));
    main.append(
      h("h1", {}, t("authorize.title", { client })),
      h("p", { class: "lead" }, t("authorize.lead", { client, portal: portal.name })),
      h("ul", { class: "scopes" }, asked.scopes.map(({ text }) => h("li", {}, text))),
      h("p", { class: "quiet" }, t("authorize.after")),
      said,
      h("div", { class: "actions" }, action(t("authorize.approve"), () => answer(true), { onProblem }), action(t("authorize.deny"), () => answer(false), { kind: "secondary", onProblem })),
    );
  }

  async function goOn() {
    await answer(true);
    main.append(h("h1", {}, t("authorize.going", { client })), h("p", {}, t("authorize.going-text")));
  }

  async function answer(approve) {
    const { redirect_to: target } = await api("POST", path, { body: { query, approve } });
    location.replace(target);
  }

  function factor() {
    main.append(
      h("h1", {}, t("authorize.factor")),
      h("p", {}, t("authorize.factor-text", { client })),
      h("div", { class: "actions" }, h("a", { class: "button", href: `/${portal.id}/profile` }, t("authorize.to-profile"))),
    );
  }

  function failed(problem) {
    main.append(
      h("h1", {}, t("authorize.failed")),
      notice("error", problem.detail),
      h("p", {}, t("authorize.failed-help")),
      h("p", {}, h("a", { href: `/${portal.id}/` }, t("authorize.home"))),
    );
  }
}
