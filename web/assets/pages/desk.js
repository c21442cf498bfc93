// Registration in person: an agent types what the card says, and hands a code over.
import { Problem, api, portalOf } from "../api.js";
import { fill, focusHeading, h } from "../dom.js";
import { frame } from "../fields.js";
import { form } from "../forms.js";
import { t, words } from "../i18n.js";
import { notice } from "../ui.js";
import area from "../words/staff.js";
import { holding, platforms } from "./staff.js";

words(area);

export async function page({ main, query, navigate }) {
  const [me, names] = await Promise.all([api("GET", "/v1/me"), platforms()]);
  const portals = holding(me, "agent");
  const chosen = portals.includes(query.get("portal")) ? query.get("portal") : portals[0];
  const portal = chosen && (await portalOf(chosen));
  const channel = portal?.channels.find(({ by }) => by === "agent");
  if (!channel) return main.append(h("h1", {}, t("desk.title")), h("p", { class: "empty" }, t("desk.none")));
  const place = h("div", {});
  const others = portals.filter((id) => id !== chosen).map((id) => h("a", { href: `/staff/desk?portal=${id}` }, names(id)));
  main.append(place);
  if (others.length) main.append(h("p", { class: "quiet" }, others));
  const start = () => {
    fill(place, asking(portal, channel, (answer, email) => {
      fill(place, told(answer, email, start));
      focusHeading(place);
    }));
    focusHeading(place);
  };
  start();
}

function asking(portal, channel, onDone) {
  const seen = confirmation();
  const made = form({
    sections: addressed(portal.sections.length ? portal.sections : [{ id: "applicant", fields: portal.fields }]),
    portal,
    identifiers: channel.identifiers,
    facts: { channel: [channel.id] },
    submit: t("desk.submit"),
    draftKey: `desk.${portal.id}`,
    before: [seen.element],
    async onSubmit(values) {
      seen.setError(seen.checked() ? null : t("desk.seen-missing"));
      if (!seen.checked()) throw new Problem({ title: t("desk.seen-missing") });
      const answer = await api("POST", `/v1/portals/${portal.id}/registrations`, { body: { channel: channel.id, ...values } });
      made.forget();
      onDone(answer, values.email);
    },
  });
  return [
    h("h1", {}, t("desk.title")),
    h("p", { class: "lead" }, portal.name),
    channel.requirements.length > 0 && h("div", { class: "panel" }, h("p", {}, t("desk.lead")), h("ul", {}, channel.requirements.map((one) => h("li", {}, one)))),
    made.element,
  ];
}

/** The address is not of who types it. */
function addressed(sections) {
  const told = (field) => (field.kind === "email" ? { ...field, help: t("desk.email-help"), autocomplete: "off" } : field);
  return sections.map((section) => ({ ...section, fields: section.fields.map(told) }));
}

function confirmation() {
  const box = h("input", { type: "checkbox" });
  const control = h("div", {}, h("label", { class: "choice" }, box, h("span", {}, t("desk.seen"))));
  return { ...frame({ label: t("desk.seen-title"), control, group: true }), checked: () => box.checked };
}

function told({ code, existing }, email, again) {
  return [
    h("h1", {}, t("desk.done")),
    h("div", { class: "panel code-panel" }, h("p", {}, t("desk.code")), h("p", { class: "reference big-code" }, code)),
    notice("warning", t("desk.once")),
    existing && notice("info", t("desk.existing")),
    h("h2", {}, t("desk.then")),
    h("ol", {}, h("li", {}, t("desk.then-mail", { email })), h("li", {}, t("desk.then-code")), h("li", {}, t("desk.then-password"))),
    h("div", { class: "actions" }, h("button", { type: "button", onclick: again }, t("desk.another")), h("button", { type: "button", class: "secondary", onclick: () => window.print() }, t("desk.print"))),
  ];
}
