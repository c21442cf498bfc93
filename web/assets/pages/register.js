// Registration: the form of a portal's channel, drawn from its definition.
import { Problem, api } from "../api.js";
import { captcha } from "../captcha.js";
import { fill, focusHeading, h } from "../dom.js";
import { form } from "../forms.js";
import { words } from "../i18n.js";
import { keepApplication, keepMailed } from "../kept.js";
import { facts, notice, steps } from "../ui.js";
import area from "../words/public.js";

words(area);

export async function page(ctx) {
  const { portal, query, main, t } = ctx;
  const open = portal.channels.filter(({ by }) => !by);
  const asked = query.get("channel");
  const channel = open.find(({ id }) => id === asked) ?? (open.length === 1 ? open[0] : null);
  if (!channel) return choose(ctx, open);
  const start = channel.steps[0] === "identity_check" ? identityStep : formStep;
  main.append(start(ctx, channel));
}

function choose({ portal, main, t }, open) {
  const one = ({ id, label }) =>
    h("li", {}, h("a", { href: `/${portal.id}/register?channel=${id}` }, h("strong", {}, label ?? t(`channel.${id}`)), h("span", { class: "quiet" }, t(`channel.${id}-text`))));
  main.append(h("h1", {}, t(open.length ? "register.choose" : "register.closed")), open.length ? h("ul", { class: "rows" }, open.map(one)) : h("p", {}, t("register.closed-text")));
}

/** What the account is for, unless its name says no more than the heading. */
function subject({ procedure }) {
  return procedure && !/^(crear|create)\b/i.test(procedure.title) ? procedure.title : null;
}

function head({ portal, t }, channel, step) {
  const names = channel.steps.map((name) => t(`step.${name}`));
  const [title, lead] = portal.id === "staff" ? [t(`channel.${channel.id}`), t(`channel.${channel.id}-text`)] : [t("register.title"), subject(portal)];
  return [steps(names, channel.steps.indexOf(step)), h("h1", {}, title), lead && h("p", { class: "lead" }, lead)].filter(Boolean);
}

// ---- the identity check: the registry is asked, and shows a mask -----------------------------------------------------

function identityStep(ctx, channel) {
  const { portal, t } = ctx;
  const step = h("div", {});
  const proof = captcha(portal, "identity_check");
  const asked = portal.fields.find(({ kind }) => kind === "identifier");
  const made = form({
    fields: [asked],
    portal,
    identifiers: channel.identifiers,
    submit: t("common.next"),
    draftKey: `${portal.id}.${channel.id}.identity`,
    before: proof ? [proof.element] : [],
    async onSubmit(values) {
      const identifier = values[asked.name];
      const found = await api("POST", `/v1/portals/${portal.id}/identity-checks`, { body: { identifier, ...(proof && { captcha: await proof.solved() }) } });
      if (found.status === "not_found") throw new Problem({ title: t("identity.not-found"), detail: t("identity.not-found-text") });
      fill(step, formStep(ctx, channel, { identifier, preview: found.preview, back: () => back(identifier) }));
      focusHeading(step);
    },
  });
  const first = [...head(ctx, channel, "identity_check"), h("p", {}, t("identity.text")), made.element];
  const back = (identifier) => {
    fill(step, first);
    made.write({ [asked.name]: identifier });
    focusHeading(step);
  };
  return fill(step, first);
}

function known({ identifier, preview, back }, fields, t) {
  const label = (name) => fields.find((one) => one.name === name)?.label ?? t(`identity.${name}`);
  const shown = Object.entries(preview).map(([name, text]) => [label(name), text]);
  return h(
    "div",
    { class: "panel" },
    h("h2", {}, t("identity.is-it-you")),
    facts([[t(`form.${identifier.kind}`), identifier.number], ...shown]),
    h("p", {}, h("button", { type: "button", class: "link", onclick: back }, t("identity.other"))),
  );
}

// ---- the form --------------------------------------------------------------------------------------------------------

function formStep(ctx, channel, checked = null) {
  const { portal, navigate, t } = ctx;
  const proof = captcha(portal, "register");
  const kind = checked?.identifier.kind;
  const sections = sectionsOf(portal, channel, checked);
  const made = form({
    sections,
    portal,
    identifiers: channel.identifiers,
    facts: { channel: [channel.id], ...(kind && { identifier: [kind] }) },
    submit: channel.steps.includes("documents") ? t("register.to-documents") : portal.submit,
    draftKey: `${portal.id}.${channel.id}`,
    before: proof ? [proof.element] : [],
    async onSubmit(values) {
      const identifier = checked?.identifier ?? values.identifier;
      const body = { channel: channel.id, ...values, ...(checked && { identifier }), ...(proof && { captcha: await proof.solved() }) };
      const answer = await api("POST", `/v1/portals/${portal.id}/registrations`, { body });
      made.forget();
      if (answer.next === "documents") {
        keepApplication(portal.id, answer.application);
        return navigate(`/${portal.id}/request`);
      }
      keepMailed(portal.id, { identifier: typed(identifier), email: values.email });
      return navigate(`/${portal.id}/check-mail`);
    },
  });
  const step = h("div", {}, ...head(ctx, channel, "form"));
  if (checked) step.append(known(checked, portal.fields, t));
  if (channel.requirements.length) step.append(h("div", { class: "panel" }, h("h2", {}, t("register.have-ready")), h("ul", {}, channel.requirements.map((one) => h("li", {}, one)))));
  if (checked && Object.keys(checked.preview).length) step.append(notice("info", t("identity.reached")));
  step.append(made.element, h("p", { class: "after-form" }, t("register.have-account"), " ", h("a", { href: `/${portal.id}/sign-in` }, t("common.sign-in"))));
  return step;
}

/** The applicant's own fields are those at the top of the definition (with the password); the number, once checked, and
 * what the registry knows are not asked for again. */
function sectionsOf(portal, channel, checked) {
  const own = portal.fields.filter(({ kind, name }) => !(checked && (kind === "identifier" || name in checked.preview && name !== "email")));
  const fields = portal.id === "staff" ? inOrder(own) : own;
  const known = portal.sections.some(({ id }) => id === "applicant");
  const sections = portal.sections.map((one) => (one.id === "applicant" ? { ...one, fields } : one));
  return known ? sections : [{ id: "applicant", title: null, optional: false, fields }, ...sections];
}

const inOrder = (fields) => [...fields].sort((a, b) => (b.kind === "identifier") - (a.kind === "identifier"));

/** A number as it is typed at sign-in: passports bear their country. */
function typed({ kind, number, country }) {
  return kind === "passport" ? `${country}-${number}` : number;
}
