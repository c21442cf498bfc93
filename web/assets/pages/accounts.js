// Other people's accounts: found by number, corrected, locked, unlocked, closed; everything is written down.
import { api, portalOf } from "../api.js";
import { fill, h } from "../dom.js";
import { form } from "../forms.js";
import { has, shortDate, t, words } from "../i18n.js";
import { chip, confirm, facts, notice, timeline } from "../ui.js";
import area from "../words/staff.js";
import { holding, platforms, said } from "./staff.js";

words(area);

export async function page({ main }) {
  const [me, names] = await Promise.all([api("GET", "/v1/me"), platforms()]);
  const portals = holding(me, "portal_admin");
  main.append(h("h1", {}, t("accounts.title")));
  if (!portals.length) return main.append(h("p", { class: "empty" }, t("accounts.none-role")));
  const result = h("div", { class: "account" });
  const search = form({
    fields: [
      { name: "portal", kind: "choice", label: t("accounts.portal"), required: true, choices: portals.map((id) => ({ value: id, label: names(id) })) },
      { name: "identifier", kind: "text", label: t("accounts.number"), help: t("accounts.number-hint"), required: true, max_length: 40, autocomplete: "off" },
    ],
    submit: t("accounts.search"),
    async onSubmit({ portal, identifier }) {
      fill(result);
      const { items } = await api("GET", `/v1/staff/accounts?${new URLSearchParams({ portal, identifier })}`);
      const definition = await portalOf(portal);
      items.length ? show(result, items[0], definition) : tell(result, notice("info", t("accounts.nobody", { number: identifier, portal: names(portal) })));
    },
  });
  main.append(h("p", { class: "lead" }, t("accounts.lead")), search.element, result);
}

/** Put something where the person looks, and take the focus there. */
function tell(place, ...children) {
  fill(place, ...children);
  const first = place.firstElementChild;
  first.tabIndex = -1;
  first.focus();
}

function show(place, account, portal, done) {
  const field = (name) => portal.fields.find((one) => one.name === name);
  const rows = Object.entries(account.profile).map(([name, value]) => [field(name)?.label ?? name, said(field(name), value, portal)]);
  const active = account.status === "active";
  tell(
    place,
    h("section", { "aria-label": account.identifier.number },
      done && notice("done", done),
      h("h2", {}, nameOf(account)),
      facts([
        [t("accounts.status"), chip(statusOf(account.status), active ? "done" : "error")],
        [t("accounts.number"), account.identifier.number],
        ...rows,
        [t("accounts.email"), account.email],
        [t("accounts.assurance"), t(`accounts.assurance-${account.assurance}`)],
        [t("accounts.since"), shortDate(account.created_at)],
        [t("accounts.roles"), account.grants.map(({ role, scope }) => `${role} (${scope})`).join(", ")],
        [t("accounts.second-factor"), account.second_factor && t("common.yes")],
      ]),
      account.email_pending && notice("info", t("accounts.email-pending")),
      h("h3", {}, t("accounts.actions")),
      correction(place, account, portal),
      active
        ? because(account, "lock", (after) => show(place, after, portal, t("accounts.locked")))
        : because(account, "unlock", (after) => show(place, after, portal, t("accounts.unlocked"))),
      because(account, "close", () => tell(place, notice("done", t("accounts.closed")))),
      h("h3", {}, t("accounts.audit")),
      timeline([...account.audit].reverse().map(told)),
    ),
  );
}

function nameOf({ profile, identifier }) {
  const name = profile.full_name ?? [profile.given_names, profile.surnames].filter(Boolean).join(" ");
  return name || profile.legal_name || identifier.number;
}

const statusOf = (status) => (has(`accounts.status-${status}`) ? t(`accounts.status-${status}`) : status);

function told({ at, act, by, reason }) {
  return { at, text: has(`act.${act}`) ? t(`act.${act}`) : act, detail: [by, reason].filter(Boolean).join(": ") };
}

const reasonField = () => ({ name: "reason", kind: "text", label: t("accounts.reason"), help: t("accounts.reason-help"), required: true, max_length: 180 });

// ---- corrections ----------------------------------------------------------------------------------------------------

function correction(place, account, portal) {
  const names = portal.fields.filter(({ name, kind }) => (kind === "person_name" || name === "legal_name") && name in account.profile);
  const email = { name: "email", kind: "email", label: t("accounts.email"), help: t("accounts.correct-hint"), required: true, autocomplete: "off" };
  const before = { ...account.profile, email: account.email };
  const asked = form({
    fields: [...names.map((one) => ({ ...one, autocomplete: "off" })), email, reasonField()],
    portal,
    initial: before,
    submit: t("accounts.save"),
    async onSubmit({ reason, ...values }) {
      const changes = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== before[name]));
      if (!Object.keys(changes).length) return show(place, account, portal, t("accounts.unchanged"));
      const after = await api("PATCH", `/v1/staff/accounts/${account.id}`, { body: { reason, ...changes } });
      show(place, after, portal, t("accounts.corrected"));
    },
  });
  return folded(t("accounts.correct"), asked.element);
}

// ---- lock, unlock, close --------------------------------------------------------------------------------------------

function because(account, act, onDone) {
  const asked = form({
    fields: [reasonField()],
    submit: t(`accounts.${act}`),
    async onSubmit({ reason }) {
      if (act === "close" && !(await confirm(t("accounts.close"), t("accounts.close-text"), t("accounts.close")))) return;
      onDone(await api("POST", `/v1/staff/accounts/${account.id}/${act}`, { body: { reason } }));
    },
  });
  if (act !== "unlock") asked.element.querySelector("button[type=submit]").classList.add("danger");
  return folded(t(`accounts.${act}`), h("p", {}, t(`accounts.${act}-text`)), asked.element);
}

function folded(summary, ...children) {
  return h("details", {}, h("summary", {}, summary), ...children);
}
