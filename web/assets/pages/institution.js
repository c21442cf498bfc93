// An institution: what can be done for it, where citizens reach it, and who administers it.
import { api, portalOf } from "../api.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { moment } from "../i18n.js";
import { opened, pathOf } from "../institution.js";
import { action, chip, dialog, facts, notice } from "../ui.js";

export async function page(ctx) {
  const { main, params, t } = ctx;
  const seen = await opened(ctx);
  const portals = await Promise.all(seen.institution.portals.map(async (id) => (await portalOf(id))?.name ?? id));
  const place = h("div", {});
  main.classList.remove("wide");
  main.append(h("h1", {}, seen.institution.name), place);
  draw(seen.institution);

  function draw(institution) {
    const suspended = institution.status === "suspended";
    fill(
      place,
      suspended && notice("warning", t("institution.is-suspended")),
      seen.mine && !suspended && h("div", { class: "actions ways" }, h("a", { class: "button", href: pathOf(params, "compose") }, t("institution.compose"))),
      h("ul", { class: "rows" }, seen.parts.filter((part) => part !== "compose").map((part) => row(params, part, t))),
      h("h2", {}, t("institution.data")),
      facts([
        [t("institution.status"), chip(t(`institution.status-${institution.status}`), suspended ? "error" : "done")],
        [t("institution.ruc"), institution.ruc],
        [t("institution.modality"), t(`choice.${institution.modality}`)],
        [t("institution.portals"), portals.join(", ")],
        [t("institution.effect"), effect(institution.effect, t)],
        [t("institution.activated"), institution.activated_at && moment(institution.activated_at)],
      ]),
      seen.platform && ruling(institution, draw, t),
    );
  }
}

function row(params, part, t) {
  return h("li", {}, h("a", { href: pathOf(params, part) }, h("strong", {}, t(`institution.${part}`)), h("span", { class: "quiet" }, t(`institution.${part}-text`))));
}

function effect(rule, t) {
  if (rule == null) return null;
  return rule === "opening" ? t("institution.effect-opening") : t("institution.effect-days", { days: rule });
}

/** The platform's administrators suspend an institution, or let it post again; the reason is kept. */
function ruling(institution, draw, t) {
  const act = institution.status === "suspended" ? "resume" : "suspend";
  const ask = () => dialog(t(`institution.${act}`), (close) => [
    h("p", {}, t(`institution.${act}-text`)),
    form({
      fields: [{ name: "reason", kind: "text", label: t("institution.reason"), help: t("institution.reason-help"), required: true, max_length: 500 }],
      submit: t(`institution.${act}`),
      secondary: h("button", { type: "button", class: "secondary", onclick: () => close() }, t("common.cancel")),
      onSubmit: async (body) => close(await api("POST", `/v1/institutions/${encodeURIComponent(institution.id)}/${act}`, { body })),
    }).element,
  ]);
  const press = action(t(`institution.${act}`), async () => {
    const after = await ask();
    if (!after) return;
    draw(after);
    status(t(`institution.status-${after.status}`));
  }, { kind: act === "suspend" ? "danger" : "" });
  return [
    h("h2", {}, t("institution.ruling")),
    h("div", { class: "actions" }, press),
    institution.audit.length > 0 && trail(institution.audit, t),
  ];
}

function trail(audit, t) {
  const one = ({ at, act, by, reason, detail }) =>
    h("li", {}, h("strong", {}, t(`institution.act-${act}`)), h("time", { datetime: at }, moment(at)), h("p", {}, [by, detail, reason].filter(Boolean).join(" · ")));
  return h("details", {}, h("summary", {}, t("institution.audit", { count: audit.length })), h("ol", { class: "timeline" }, audit.map(one)));
}

/** Where citizens reach the institution. */
export async function contact(ctx) {
  const { main, t } = ctx;
  const { institution } = await opened(ctx, "contact");
  const line = (name, kind, extra = {}) => ({ name, kind, label: t(`institution.contact-${name}`), required: false, ...extra });
  const said = h("div", {});
  const made = form({
    fields: [line("email", "email", { help: t("institution.contact-email-help") }), line("phone", "phone"), line("website", "text", { help: t("institution.contact-website-help"), autocomplete: "url" })],
    initial: institution.contact,
    submit: t("institution.contact-save"),
    label: t("institution.contact"),
    onSubmit: async (values) => {
      fill(said);
      const changed = Object.fromEntries(["email", "phone", "website"].map((name) => [name, values[name] || null]));
      const { contact: after } = await api("PATCH", `/v1/institutions/${encodeURIComponent(institution.id)}`, { body: { contact: changed } });
      made.write({ email: "", phone: "", website: "", ...after });
      fill(said, notice("done", t("institution.contact-saved")));
      status(t("institution.contact-saved"));
    },
  });
  main.append(h("h1", {}, t("institution.contact")), h("p", { class: "lead" }, t("institution.contact-lead")), said, made.element);
}

/** Who administers the institution, and how that is changed. */
export async function administrators(ctx) {
  const { main, portal, t } = ctx;
  const { institution } = await opened(ctx, "administrators");
  main.append(
    h("h1", {}, t("institution.administrators")),
    institution.administrators.length ? h("ul", {}, institution.administrators.map((name) => h("li", {}, name))) : h("p", { class: "empty" }, t("institution.administrators-none")),
    h("p", {}, t("institution.administrators-how")),
    h("div", { class: "actions" }, h("a", { class: "button secondary", href: `/${portal.id}/register?channel=administrator` }, t("institution.administrators-ask"))),
  );
}
