// A mailed link was followed: the address is proven, the password typed again or chosen, or a changed address confirmed.
import { Problem, api, portalOf } from "../api.js";
import { beside, changes, dataFields, filled, proving } from "../data.js";
import { fill, focusHeading, h } from "../dom.js";
import { form } from "../forms.js";
import { gone } from "../gone.js";
import { words } from "../i18n.js";
import { dress } from "../shell.js";
import { action, problemNotice } from "../ui.js";
import area from "../words/account.js";

words(area);

export async function page(ctx) {
  const { hash, main, t } = ctx;
  const token = hash.get("token");
  if (!token) return gone(main, { missing: true });
  const isAddress = token.startsWith("address.");
  const show = (...elements) => {
    fill(main, ...elements);
    if (main.isConnected) focusHeading(main);
  };

  async function follow(path, body) {
    try {
      return await api("POST", path, { body, quiet: true });
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.slug !== "token-gone") throw problem;
      await gone(main, { isAddress });
      focusHeading(main);
      return null;
    }
  }

  function done(portal) {
    const enter = h("a", { class: "button", href: `/${portal.id}/sign-in` }, t("common.sign-in"));
    const about = isAddress ? "verify.address-done" : "verify.done";
    show(h("h1", {}, t(`${about}-title`)), h("p", { class: "lead" }, t(about)), h("p", { class: "actions" }, enter));
  }

  async function settle(path, body, portal) {
    const answer = await follow(path, { token, ...body });
    if (answer?.status === "active") done(portal);
  }

  // a changed address is taken over by the call itself, which waits for a press: mail scanners open links too
  if (isAddress) return show(...confirmation());
  return ask();

  function confirmation() {
    const press = action(t("verify.address-submit"), ask, { onProblem: (problem) => press.before(problemNotice(problem)) });
    return [h("h1", {}, t("verify.title")), h("p", { class: "lead" }, t("verify.address-text")), press];
  }

  async function ask() {
    const asked = await follow("/v1/verifications", { token });
    if (asked) await next(asked);
  }

  async function next(asked) {
    const portal = await portalOf(asked.portal);
    dress({ portal });
    if (asked.status === "active") return done(portal);
    if (asked.next === "password") {
      const made = form({
        fields: [{ name: "password", kind: "password", label: t("enter.password"), required: true, current: true }],
        submit: t("verify.submit"),
        onSubmit: (values) => proving("password", t("verify.wrong"), () => settle("/v1/verifications", values, portal)),
      });
      const again = h("p", { class: "quiet after-form" }, t("verify.forgot-text"), " ", h("a", { href: `/${portal.id}/register` }, t("common.create")));
      return show(h("h1", {}, t("verify.title-password")), h("p", { class: "lead" }, t("verify.password-text")), made.element, again);
    }
    const fields = asked.data ? dataFields(portal, asked.data) : [];
    const made = form({
      portal,
      sections: [
        ...(fields.length ? [{ id: "data", title: t("verify.check-title"), fields }] : []),
        { id: "applicant", title: fields.length ? t("verify.set-title") : null, fields: chosen(asked, t) },
      ],
      initial: { data: await filled(portal, fields, asked.data ?? {}) },
      submit: t("verify.submit"),
      onSubmit: ({ data, ...values }) => proving("code", t("reset.wrong"), () => beside("data", fields, () => settle("/v1/verifications/password", { ...values, ...(fields.length && { data: changes(fields, data, asked.data) }) }, portal))),
    });
    show(h("h1", {}, t(fields.length ? "verify.title-password" : "verify.set-title")), h("p", { class: "lead" }, t(fields.length ? "verify.check-text" : "verify.set-text")), made.element);
  }
}

function chosen(asked, t) {
  const code = { name: "code", kind: "text", label: t("verify.code"), help: t("verify.code-hint"), required: true, max_length: 20, autocomplete: "off" };
  return [...(asked.code_required ? [code] : []), { name: "password", kind: "password", label: t("entry.new"), required: true }];
}
