// The mail is on its way: where to look, how long it is good, and how to have it sent again.
import { api } from "../api.js";
import { captcha } from "../captcha.js";
import { h } from "../dom.js";
import { form } from "../forms.js";
import { words } from "../i18n.js";
import { keepMailed, keptMailed } from "../kept.js";
import { action, notice, problemNotice, steps } from "../ui.js";
import area from "../words/public.js";

words(area);

export async function page({ portal, main, t }) {
  const who = keptMailed(portal.id);
  const channel = portal.channels.find(({ by }) => !by);
  if (channel && who) main.append(steps(channel.steps.map((name) => t(`step.${name}`)), channel.steps.indexOf("confirm")));
  const temporary = channel?.credential === "temporary";
  main.append(...[
    h("h1", {}, t("mail.title")),
    h("p", { class: "lead" }, who?.email ? t("mail.sent-to", { email: masked(who.email) }) : t("mail.sent")),
    h("p", {}, t(temporary ? "mail.next-key" : "mail.next", { hours: portal.confirm_hours })),
    temporary && h("p", {}, h("a", { class: "button", href: `/${portal.id}/sign-in` }, t("common.sign-in"))),
    h("h2", {}, t("mail.missing")),
    h("ul", {}, ["spam", "wait", "typed"].map((key) => h("li", {}, t(`mail.${key}`)))),
    again(portal, who, t),
    h("p", {}, h("a", { href: `/${portal.id}/register` }, t("mail.other-address"))),
  ].filter(Boolean));
}

function again(portal, who, t) {
  const place = h("div", { class: who ? "again" : "panel" });
  const proof = captcha(portal, "reset");
  const send = async (identifier) => {
    await api("POST", "/v1/resets", { body: { portal: portal.id, identifier, ...(proof && { captcha: await proof.solved() }) } });
    place.querySelectorAll(".notice").forEach((one) => one.remove());
    const told = notice("done", t("mail.sent-again"));
    told.setAttribute("role", "status");
    place.append(told);
  };
  if (who) {
    const onProblem = (problem) => place.append(problemNotice(problem));
    place.append(proof?.element ?? "", action(t("mail.again"), () => send(who.identifier), { kind: "secondary", onProblem }));
    return place;
  }
  const fields = [{ name: "identifier", kind: "text", label: t("mail.number"), help: t("mail.number-hint"), required: true, autocomplete: "username" }];
  const made = form({
    fields,
    submit: t("mail.again"),
    before: proof ? [proof.element] : [],
    async onSubmit({ identifier }) {
      await send(identifier);
      keepMailed(portal.id, { identifier });
    },
  });
  place.append(made.element);
  return place;
}

/** «a***@gad.gob.ec»: whoever looks over the shoulder learns little. */
function masked(email) {
  return email.replace(/^(.)[^@]*/, "$1***");
}
