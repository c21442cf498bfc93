// A forgotten password, or a link that has expired: a mail is asked for.
import { api } from "../api.js";
import { captcha } from "../captcha.js";
import { fill, focusHeading, h } from "../dom.js";
import { narrow, number } from "../enter.js";
import { form } from "../forms.js";
import { words } from "../i18n.js";
import area from "../words/account.js";

words(area);

export async function page({ main, portal, query, t }) {
  const proof = captcha(portal, "reset");
  const isGone = query.has("gone");
  const made = form({
    fields: [number(portal)],
    before: proof ? [proof.element] : [],
    submit: t("reset.submit"),
    async onSubmit({ identifier }) {
      await api("POST", "/v1/resets", { body: { portal: portal.id, identifier, ...(proof && { captcha: await proof.solved() }) } });
      sent();
    },
  });
  const ask = () => fill(main, h("h1", {}, t(isGone ? "gone.ask" : "reset.title")), h("p", { class: "lead" }, t(isGone ? "reset.gone-text" : "reset.text")), made.element);
  function sent() {
    const again = h("button", { type: "button", class: "secondary", onclick: () => { ask(); focusHeading(main); } }, t("reset.again"));
    fill(
      main,
      h("h1", {}, t("reset.sent-title")),
      h("p", { class: "lead" }, t("reset.sent")),
      h("ul", {}, h("li", {}, t("reset.sent-spam")), h("li", {}, t("reset.sent-unconfirmed"))),
      h("div", { class: "actions" }, again),
    );
    focusHeading(main);
  }
  ask();
}
