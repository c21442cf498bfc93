// The review of applications: who waits longest comes first; data beside documents; a decision.
import { api, download, portalOf } from "../api.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { moment, t, words } from "../i18n.js";
import { action, chip, facts, notice, pager, problemNotice, save, timeline } from "../ui.js";
import area from "../words/staff.js";
import { holding, platforms, said } from "./staff.js";

words(area);
const states = ["review", "documents", "confirm", "done", "rejected"];

/** The queue. */
export async function page({ main, query, navigate }) {
  const [me, names] = await Promise.all([api("GET", "/v1/me"), platforms()]);
  const portals = reviewed(me);
  main.append(h("h1", {}, t("review.title")));
  if (!portals.length) return main.append(h("p", { class: "empty" }, t("review.none-role")));
  const portal = portals.includes(query.get("portal")) ? query.get("portal") : portals[0];
  const state = states.includes(query.get("state")) ? query.get("state") : "review";
  const go = (changed) => navigate(`/staff/review?${new URLSearchParams({ portal, state, ...changed })}`);
  const list = await pager({ path: `/v1/review/applications?portal=${portal}&state=${state}`, draw: line, empty: t("review.none") });
  main.append(
    h("p", { class: "lead" }, names(portal), list.items.length > 0 && h("span", { class: "quiet" }, ` · ${t("review.oldest")}`)),
    h(
      "div",
      { class: "filters" },
      portals.length > 1 && select(t("review.portal"), portals.map((id) => [id, names(id)]), portal, (value) => go({ portal: value })),
      select(t("review.state"), states.map((one) => [one, t(`state.${one}`)]), state, (value) => go({ state: value })),
    ),
    list.element,
  );
}

function reviewed(me) {
  const own = holding(me, "reviewer");
  return holding(me, "platform_admin").length ? [...own, "staff"] : own;
}

function select(label, options, chosen, onChange) {
  const control = h("select", { onchange: () => onChange(control.value) }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  return h("label", { class: "filter" }, h("span", {}, label), control);
}

function line({ id, name, scope, created_at: at }) {
  const about = [t("review.since", { when: moment(at) }), scope && t("review.for", { scope })].filter(Boolean).join(" · ");
  return h("li", {}, h("a", { href: pathOf(id) }, h("strong", {}, name || shortened(id)), h("span", { class: "quiet" }, about)));
}

const shortened = (id) => id.split(".").pop();
const pathOf = (id) => `/staff/review/${id.replace(".", "~")}`; // a path with a dot would be a file's
const idOf = (part) => part.replace("~", ".");

/** One application. */
export async function one(ctx) {
  const { main, params } = ctx;
  const application = await api("GET", `/v1/review/applications/${encodeURIComponent(idOf(params.id))}`);
  const portal = await portalOf(application.portal);
  main.classList.add("wide");
  const decision = h("section", { class: "decision" });
  main.append(
    h("p", {}, h("a", { href: `/staff/review?portal=${application.portal}` }, t("review.back"))),
    h("h1", {}, title(application)),
    h("p", {}, chip(t(`state.${application.state}`), application.state === "review" ? "info" : "plain"), " ", h("span", { class: "quiet" }, t("review.since", { when: moment(application.created_at) }))),
    h("div", { class: "beside" }, h("div", {}, data(application, portal)), h("div", {}, h("h2", {}, t("review.documents")), h("ul", { class: "papers" }, application.documents.map((paper) => document(application, paper))), decision)),
  );
  application.state === "review" ? decide(decision, ctx, application) : past(decision, application);
}

function title({ profile, sections, identifier, id }) {
  const own = profile.full_name ?? [profile.given_names, profile.surnames].filter(Boolean).join(" ");
  return own || sections.organization?.legal_name || identifier?.number || shortened(id);
}

// ---- data -----------------------------------------------------------------------------------------------------------

function data(application, portal) {
  const { profile, sections, identifier, email } = application;
  const defined = (id) => portal.sections.find((one) => one.id === id);
  const pairs = (values, fields) => Object.entries(values).map(([name, value]) => pair(name, value, fields, portal));
  const own = [identifier?.number && [t("review.number"), identifier.number], email && [t("review.email"), email], ...pairs(profile, portal.fields)].filter(Boolean);
  const blocks = Object.entries(sections).map(([id, values]) => [defined(id)?.title ?? (areaHas(id) ? t(`review.${id}`) : id), pairs(values, defined(id)?.fields ?? [])]);
  return [
    own.length > 0 && [h("h2", {}, defined("applicant")?.title ?? t("review.applicant")), facts(own)],
    blocks.map(([heading, rows]) => [h("h2", {}, heading), facts(rows)]),
    facts([[t("review.request"), shortened(application.id)]]),
  ].filter(Boolean).flat(3);
}

const areaHas = (id) => `review.${id}` in area.es;

function pair(name, value, fields, portal) {
  const field = fields.find((one) => one.name === name);
  return [field?.label ?? name, said(field, value, portal)];
}

// ---- documents ------------------------------------------------------------------------------------------------------

function document(application, { kind, title: name, received, signature, signed_by: signer }) {
  const item = h("li", {}, h("h3", {}, name), h("p", {}, received ? chip(t(`review.${signature}`), signature === "electronic" ? "done" : "warning") : chip(t("review.missing"), "error")));
  if (!received) return item;
  const open = async () => {
    const { blob } = await download(`/v1/review/applications/${encodeURIComponent(application.id)}/documents/${kind}`);
    const file = `${kind}-${shortened(application.id)}.pdf`;
    save(blob, file);
    status(t("review.opened", { name: file }));
  };
  const button = action(t("review.open"), open, { kind: "secondary", onProblem: (problem) => item.append(problemNotice(problem)) });
  button.setAttribute("aria-label", `${t("review.open")}: ${name}`);
  item.append(h("p", {}, signature === "electronic" ? t("review.signed-by", { name: signer ?? "" }) : t("review.scan-text")), button);
  return item;
}

// ---- decision -------------------------------------------------------------------------------------------------------

function decide(place, ctx, application) {
  const choice = { name: "decision", kind: "choice", label: t("review.decision"), required: true, choices: [
    { value: "approve", label: t("review.approve"), hint: t("review.approve-hint") },
    { value: "reject", label: t("review.reject"), hint: t("review.reject-hint") },
  ] };
  const reason = { name: "reason", kind: "text", label: t("review.reason"), help: t("review.reason-help"), required: true, max_length: 1000 };
  const asked = form({
    fields: [choice, reason],
    submit: t("review.send"),
    draftKey: `review.${application.id}`,
    async onSubmit(values) {
      await api("POST", `/v1/review/applications/${encodeURIComponent(application.id)}/decision`, { body: values });
      await decided(place, ctx, application, values.decision);
    },
  });
  const arrange = () => {
    // the form shows every field that no condition of a definition hides
    asked.control("reason").element.hidden = asked.control("decision").read() !== "reject";
  };
  asked.element.addEventListener("change", arrange);
  arrange();
  fill(place, asked.element);
}

async function decided(place, { main }, application, decision) {
  const done = decision === "approve" ? "approved" : "rejected";
  const queue = await api("GET", `/v1/review/applications?portal=${application.portal}`).catch(() => ({ items: [] }));
  const next = queue.items.find(({ id }) => id !== application.id);
  const told = notice("done", h("h2", { tabindex: "-1" }, t(`review.${done}`)), t(`review.${done}-text`));
  fill(
    place,
    told,
    next
      ? h("div", { class: "actions" }, h("a", { class: "button", href: pathOf(next.id) }, t("review.next")))
      : h("p", {}, t("review.all-done")),
  );
  main.querySelector(".chip")?.replaceWith(chip(t(done === "approved" ? "review.approved" : "state.rejected"), done === "approved" ? "done" : "error"));
  told.querySelector("h2").focus();
}

function past(place, { history }) {
  const rows = history.map(({ state, at, reason }) => ({ at, text: t(`state.${state}`), detail: reason }));
  fill(place, h("h2", {}, t("review.history")), timeline(rows));
}
