// A notification is written, seen as its recipient will see it, and then sent: nothing is sent by the first press.
import { Problem, api, portalOf } from "../api.js";
import { fill, focusHeading, h } from "../dom.js";
import { form } from "../forms.js";
import { longDate, size } from "../i18n.js";
import { callOf, numberOf, opened, pathOf } from "../institution.js";
import { markdown } from "../markdown.js";
import { action, chip, facts, notice, problemNotice, steps } from "../ui.js";
import { attachments, category, deadline, more } from "./compose_parts.js";

const KINDS = ["cedula", "ruc", "passport"];

export async function page(ctx) {
  const { main, params, t } = ctx;
  const { institution } = await opened(ctx, "compose");
  const portals = (await Promise.all(institution.portals.map(portalOf))).filter(Boolean);
  const key = `draft.compose.${institution.id}`;
  const draft = kept(key);
  const heading = h("h1", {}, t("compose.title"));
  const place = h("div", { class: "compose" });
  main.append(heading, place);
  if (institution.status === "suspended") return place.append(notice("warning", t("institution.is-suspended")));

  const parts = { category: category(portals), deadline: deadline(), attachments: attachments(params, keep), more: more() };
  const own = Object.values(parts);
  const made = form({
    fields: fields(portals, t),
    identifiers: KINDS,
    initial: { portal: portals[0]?.id, ...draft?.fields },
    before: own.map(({ element }) => element),
    others: own,
    submit: t("compose.see"),
    label: t("compose.title"),
    onSubmit: async () => {
      // what the API would refuse after the preview is said before it
      if (/<[a-zA-Z/!?]/.test(made.values().body)) return made.showErrors([{ field: "body", message: t("compose.no-html") }]);
      review(letter());
    },
  });
  parts.category.offer(portalNow());
  parts.category.write(draft?.category);
  parts.deadline.write(draft?.deadline);
  parts.attachments.write(draft?.attachments);
  parts.more.write(draft?.more);
  for (const event of ["input", "change"]) made.element.addEventListener(event, keep);
  made.element.addEventListener("change", () => parts.category.offer(portalNow()));
  write();

  function portalNow() {
    return portals.length === 1 ? portals[0].id : made.values().portal;
  }

  function write() {
    heading.textContent = t("compose.title");
    fill(place, steps([t("compose.step-write"), t("compose.step-see")], 0), made.element);
  }

  function letter() {
    const { portal, reference, recipient, subject, body } = made.values();
    const said = { reference, portal: portal ?? portalNow(), recipient, subject, body, attachments: parts.attachments.read(), locale: parts.more.locale() };
    const optional = { category: parts.category.read(), deadline: parts.deadline.read(), available_from: parts.more.read() };
    return { ...said, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value != null)) };
  }

  function keep() {
    const { portal, reference, recipient, subject, body } = made.values();
    const draft = { fields: { portal, reference, recipient, subject, body }, category: parts.category.read(), deadline: parts.deadline.read(), attachments: parts.attachments.keep(), more: parts.more.keep() };
    try {
      sessionStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // without a place to keep it the page still works
    }
  }

  function review(wanted) {
    const said = h("div", {});
    heading.textContent = t("compose.review-title");
    const send = action(t("compose.send"), () => post(wanted, said));
    fill(
      place,
      steps([t("compose.step-write"), t("compose.step-see")], 1),
      said,
      h("p", { class: "lead" }, t("compose.review-lead")),
      facts([
        [t("compose.to"), numberOf(wanted.recipient)],
        [t("compose.reference"), wanted.reference],
        [t("compose.portal"), portals.find(({ id }) => id === wanted.portal)?.name],
        [t("compose.later"), parts.more.shown()],
      ]),
      h("h2", {}, t("compose.as-seen")),
      preview(wanted),
      h("div", { class: "actions" }, send, h("button", { type: "button", class: "secondary", onclick: () => { write(); focusHeading(main); } }, t("compose.correct"))),
    );
    window.scrollTo(0, 0);
    focusHeading(main);
  }

  function preview({ subject, body }) {
    const term = parts.deadline.shown();
    const files = parts.attachments.files();
    return h("article", { class: "letter-preview", "aria-label": t("compose.as-seen") },
      h("p", { class: "quiet" }, `${institution.name} · ${longDate(new Date().toISOString())}`),
      h("h3", {}, subject),
      h("p", {}, parts.category.shown() && [chip(parts.category.shown()), " "], term && chip(term, "info")),
      markdown(body, { top: 4 }),
      files.length > 0 && h("ul", { class: "files" }, files.map((one) => h("li", {}, h("span", {}, one.file_name, " ", h("span", { class: "quiet" }, size(one.size)))))));
  }

  async function post(wanted, said) {
    fill(said);
    try {
      const answer = await api("POST", callOf(params, "/v1/notifications"), { body: wanted });
      sessionStorage.removeItem(key);
      sent(answer, wanted);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!problem.errors.length && problem.slug !== "reference-taken") return fill(said, problemNotice(problem));
      write();
      made.showErrors(problem.errors.length ? problem.errors : [{ field: "reference", message: problem.detail }]);
    }
  }

  function sent({ id, recipient, state }, wanted) {
    const next = state === "accepted" ? "later" : recipient.registered ? "registered" : "unregistered";
    const again = h("button", { type: "button", class: "secondary", onclick: () => ctx.navigate(pathOf(params, "compose")) }, t("compose.another"));
    heading.textContent = t("compose.sent-title");
    fill(
      place,
      notice("done", t(`compose.sent-${next}`, { when: parts.more.shown() })),
      facts([[t("compose.reference"), h("span", { class: "reference" }, wanted.reference)], [t("compose.to"), numberOf(wanted.recipient)], [t("compose.subject"), wanted.subject]]),
      h("p", {}, t("compose.sent-next")),
      h("div", { class: "actions" }, h("a", { class: "button", href: pathOf(params, "sent", id) }, t("compose.follow")), again),
    );
    window.scrollTo(0, 0);
    focusHeading(main);
  }
}

function fields(portals, t) {
  const line = (name, extra) => ({ name, kind: "text", label: t(`compose.${name}`), help: t(`compose.${name}-help`), required: true, autocomplete: "off", ...extra });
  const boxes = portals.map(({ id, name }) => ({ value: id, label: name }));
  return [
    boxes.length > 1 && { name: "portal", kind: "choice", label: t("compose.portal"), help: t("compose.portal-help"), required: true, choices: boxes },
    { name: "recipient", kind: "identifier", label: t("compose.to"), required: true },
    line("reference", { max_length: 100 }),
    line("subject", { max_length: 200 }),
    line("body", { max_length: 40_000 }),
  ].filter(Boolean);
}

function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}
