// Entering, wherever it happens: number and password, then what the session has still to prove.
import { api } from "./api.js";
import { h } from "./dom.js";
import { form } from "./forms.js";
import { t, words } from "./i18n.js";
import area from "./words/account.js";

words(area);

/** Where somebody goes afterwards: what the address says, if it is a path of ours, else what is given. */
export function afterwards(query, otherwise) {
  const next = query.get("next");
  return next && /^\/(?![/\\])/.test(next) ? next : otherwise;
}

/** Make a form's number and code as wide as what they hold. */
export function narrow(made, portal = null) {
  const [number, code] = [made.control("identifier"), made.control("code")].map((control) => control?.input);
  if (number) number.className = onlyCedula(portal) ? "w-cedula" : "w-ruc";
  if (number && onlyCedula(portal)) number.inputMode = "numeric";
  if (code) code.className = "w-cedula"; // a recovery code is longer than the app's
  return made;
}

const onlyCedula = (portal) => Boolean(portal?.identifiers.every((kind) => kind === "cedula"));

/** Ask for number and password, then for the proofs that the session wants. `draw(heading, …elements)` shows each;
 * resolves to the steps that are still pending. */
export function enter({ portal, draw, extras = [], submit = t("common.sign-in") }) {
  return new Promise((resolve) => {
    const made = form({
      label: t("enter.title"),
      fields: [number(portal), { name: "password", kind: "password", label: t("enter.password"), help: isTemporary(portal) ? t("enter.password-hint-temporary") : undefined, required: true, current: true }],
      initial: { identifier: lastNumber(portal) },
      submit,
      async onSubmit(values) {
        const answer = await api("POST", "/v1/sessions", { body: { portal: portal.id, ...values }, quiet: true });
        keepNumber(portal, values.identifier);
        prove({ portal, answer, draw }).then(resolve);
      },
    });
    draw(t("enter.title"), narrow(made, portal).element, ...extras);
  });
}

/** Ask for what a session has still to prove (`{pending, question}`); resolves to the steps that are left. */
export function prove({ portal, answer, draw }) {
  const [first] = answer.pending;
  const kind = proofs[first];
  if (!kind) return Promise.resolve(answer.pending);
  return new Promise((resolve) => {
    const passed = (next) => prove({ portal, answer: next, draw }).then(resolve);
    draw(...kind(portal, answer, passed));
  });
}

/** Whether a step is one of these proofs. */
export const isProof = (step) => step in proofs;

const proofs = {
  second_factor(portal, answer, passed) {
    const made = form({
      label: t("enter.code-title"),
      fields: [codeField()],
      submit: t("enter.confirm"),
      onSubmit: async (values) => passed(await api("POST", "/v1/sessions/current/second-factor", { body: values, quiet: true })),
    });
    const help = h("details", {}, h("summary", {}, t("enter.recovery")), h("p", {}, t("enter.recovery-text")));
    return [t("enter.code-title"), narrow(made).element, help];
  },
  security_question(portal, answer, passed) {
    const question = portal.security_questions?.questions.find(({ id }) => id === answer.question);
    const { element } = form({
      label: t("enter.question-title"),
      fields: [{ name: "answer", kind: "text", label: question?.text ?? answer.question, help: t("enter.answer-hint"), required: true, max_length: 200, autocomplete: "off" }],
      submit: t("enter.confirm"),
      onSubmit: async (values) => passed(await api("POST", "/v1/sessions/current/security-question", { body: { question: answer.question, ...values }, quiet: true })),
    });
    return [t("enter.question-title"), h("p", {}, t("enter.question-text")), element];
  },
};

/** The field of what an authenticator app shows. */
export function codeField(help = t("enter.code-hint")) {
  return { name: "code", kind: "text", label: t("enter.code"), help, required: true, max_length: 40, autocomplete: "one-time-code" };
}

/** The field of the number as it is typed at sign-in. */
export function number(portal) {
  return { name: "identifier", kind: "text", label: t("enter.number"), help: t(onlyCedula(portal) ? "enter.number-hint-cedula" : "enter.number-hint"), required: true, max_length: 40, autocomplete: "username" };
}

const isTemporary = (portal) => portal.channels.some(({ credential }) => credential === "temporary");

const key = (portal) => `number.${portal.id}`;
function lastNumber(portal) {
  try {
    return sessionStorage.getItem(key(portal)) ?? "";
  } catch {
    return "";
  }
}
function keepNumber(portal, typed) {
  try {
    sessionStorage.setItem(key(portal), typed);
  } catch {
    // a browser that keeps nothing asks again
  }
}
