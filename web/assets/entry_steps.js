// The steps of an entry, which the profile offers again later: each draws itself and tells what is pending afterwards.
import { api } from "./api.js";
import { changes, dataFields, filled, proving } from "./data.js";
import { h, svg } from "./dom.js";
import { codeField, narrow } from "./enter.js";
import { form } from "./forms.js";
import { t, words } from "./i18n.js";
import { markdown } from "./markdown.js";
import { action, facts, problemNotice, save } from "./ui.js";
import { qrcode } from "/vendor/qrcode-generator/qrcode.js";
import area from "./words/account.js";

words(area);

/** A new password by the old one. */
export function changePassword({ portal, isFirst, done, submit = t("entry.save") }) {
  const current = isFirst && portal.channels.some(({ credential }) => credential === "temporary") ? "entry.temporary" : "entry.current";
  const made = form({
    portal,
    fields: [
      { name: "current", kind: "password", label: t(current), required: true, current: true },
      { name: "new", kind: "password", label: t("entry.new"), required: true },
    ],
    submit,
    onSubmit: async (values) => done(await proving("current", t("entry.wrong-password"), () => api("POST", "/v1/me/password", { body: values }))),
  });
  return [made.element];
}

/** The profile's data, to be found right or corrected. */
export async function checkData({ portal, me, done, submit = t("entry.data-right") }) {
  const fields = dataFields(portal, me.profile, me.identifier.kind);
  const made = form({
    portal,
    fields,
    initial: await filled(portal, fields, me.profile),
    submit,
    onSubmit: async (values) => done(await api("PATCH", "/v1/me", { body: changes(fields, values, me.profile) })),
  });
  return [facts([[t("entry.identifier"), me.identifier.number], [t("entry.email"), me.email]]), made.element];
}

/** As many questions as the portal asks for; `again` asks for the password too. */
export function chooseQuestions({ portal, done, again = false, submit = t("entry.save") }) {
  const { ask, questions } = portal.security_questions;
  const choices = questions.map(({ id, text }) => ({ value: id, label: text }));
  const fields = Array.from({ length: ask }, (_, place) => [
    { name: `answers.${place}.question`, kind: "choice", label: t("entry.question", { n: place + 1 }), required: true, choices },
    { name: `answers.${place}.answer`, kind: "text", label: t("entry.answer", { n: place + 1 }), help: place ? undefined : t("entry.answer-hint"), required: true, max_length: 200, autocomplete: "off" },
  ]).flat();
  if (again) fields.push({ name: "current_password", kind: "password", label: t("entry.current"), required: true, current: true });
  const made = form({
    portal,
    fields,
    submit,
    async onSubmit(values, self) {
      const answers = Array.from({ length: ask }, (_, place) => ({ question: values[`answers.${place}.question`], answer: values[`answers.${place}.answer`] }));
      const twice = answers.findIndex(({ question }, place) => answers.findIndex((one) => one.question === question) < place);
      if (twice >= 0) return self.showErrors([{ field: `answers.${twice}.question`, message: t("entry.question-twice") }]);
      const body = { answers, ...(again && { current_password: values.current_password }) };
      return done(await proving("current_password", t("entry.wrong-password"), () => api("POST", "/v1/me/security-questions", { body })));
    },
  });
  for (let place = 0; place < ask; place += 1) tellWhole(made.control(`answers.${place}.question`).element);
  return [h("p", { class: "lead" }, t("entry.questions-text", { ask })), made.element];
}

/** On a phone a list cuts a long question off: it is told whole below. */
function tellWhole(element) {
  const list = element.querySelector("select");
  const whole = h("p", { class: "hint whole-question" });
  list?.addEventListener("change", () => (whole.textContent = list.value && list.selectedOptions[0].textContent));
  element.append(whole);
}

/** The portal's texts, to be read and accepted; `refuse` is an element beside the button. */
export function acceptTerms({ portal, me, done, refuse }) {
  const accepted = (one) => me.consents.some(({ id, version }) => id === one.id && version === one.version);
  const open = portal.terms.filter((one) => !accepted(one));
  const press = action(t("entry.terms-accept"), async () => done(await api("POST", "/v1/me/terms", { body: { accept: open.map(({ id }) => id) } })), {
    onProblem: (problem) => press.parentElement.before(problemNotice(problem)),
  });
  return [h("p", { class: "lead" }, t("entry.terms-text")), ...open.map((one) => termsText(one)), h("div", { class: "actions" }, press, refuse)];
}

/** One text with its version, as it is read. */
export function termsText({ title, version, text }) {
  const words = text.replace(/^\s*#\s.*\n/, ""); // the title stands above
  return h("section", { class: "terms" }, h("h2", {}, title), h("p", { class: "quiet" }, t("entry.terms-version", { version })), markdown(words, { top: 3 }));
}

/** An authenticator app: its code to read, then its first number, then the recovery codes. `begun` is the API's answer;
 * `draw(heading, …)` shows the codes in place of what stood there. */
export function enrolApp({ begun, draw, done }) {
  const made = form({
    fields: [codeField(t("entry.first-code"))],
    submit: t("enter.confirm"),
    onSubmit: async (values) => {
      const { recovery_codes: codes } = await api("POST", "/v1/me/second-factor", { body: values });
      draw(t("entry.codes-title"), ...recovery(codes, done));
    },
  });
  const byHand = h("details", {}, h("summary", {}, t("entry.by-hand")), h("p", {}, t("entry.by-hand-text")), h("p", { class: "reference" }, begun.secret.match(/.{1,4}/g).join(" ")), h("p", {}, h("a", { href: begun.otpauth_uri }, t("entry.open-app"))));
  const step = (...children) => h("li", {}, children);
  return [h("ol", { class: "tasks" }, step(h("p", {}, t("entry.app"))), step(h("p", {}, t("entry.scan")), qr(begun.otpauth_uri), byHand), step(narrow(made).element))];
}

function recovery(codes, done) {
  const text = new Blob([codes.join("\r\n")], { type: "text/plain" });
  return [
    h("p", { class: "lead" }, t("entry.codes-text")),
    h("ul", { class: "codes panel" }, codes.map((code) => h("li", {}, code))),
    h("div", { class: "actions" },
      h("button", { type: "button", class: "secondary", onclick: () => save(text, t("entry.codes-file")) }, t("entry.codes-save")),
      h("button", { type: "button", onclick: () => done(null) }, t("entry.codes-kept"))),
  ];
}

function qr(address) {
  const code = qrcode(0, "M");
  code.addData(address);
  code.make();
  const size = code.getModuleCount();
  let path = "";
  for (let row = 0; row < size; row += 1) for (let column = 0; column < size; column += 1) if (code.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
  return svg("svg", { class: "qr", viewBox: `0 0 ${size + 8} ${size + 8}`, role: "img", "aria-label": t("entry.qr"), "shape-rendering": "crispEdges" },
    svg("rect", { width: "100%", height: "100%", class: "qr-ground" }), svg("path", { d: path, class: "qr-dots" }));
}
