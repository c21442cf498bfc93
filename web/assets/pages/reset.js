// Behind the mailed link of a reset: the code where the portal mails one, then the data to check and the new password.
import { Problem, api, portalOf } from "../api.js";
import { beside, changes, dataFields, filled, proving } from "../data.js";
import { fill, focusHeading, h } from "../dom.js";
import { narrow, number } from "../enter.js";
import { form } from "../forms.js";
import { gone } from "../gone.js";
import { words } from "../i18n.js";
import { dress } from "../shell.js";
import area from "../words/account.js";

words(area);

export async function page({ hash, main, t }) {
  const token = hash.get("token");
  if (!token) return gone(main, { missing: true });
  const show = (...elements) => {
    fill(main, ...elements);
    if (main.isConnected) focusHeading(main);
  };

  /** Call, and show the way to a new link where this one is gone. */
  async function call(path, body) {
    try {
      return (await api("POST", path, { body: { token, ...body }, quiet: true })) ?? {};
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.slug !== "token-gone") throw problem;
      await gone(main);
      focusHeading(main);
      return null;
    }
  }

  function askCode() {
    const made = form({
      fields: [number(null), { name: "code", kind: "text", label: t("reset.code"), help: t("reset.code-hint"), required: true, max_length: 20, autocomplete: "one-time-code" }],
      submit: t("common.next"),
      async onSubmit(values) {
        const opened = await proving("code", t("reset.wrong"), () => call("/v1/resets/open", values));
        if (opened) await askPassword(opened, values);
      },
    });
    show(h("h1", {}, t("reset.code-title")), h("p", { class: "lead" }, t("reset.code-text")), narrow(made).element);
  }

  async function askPassword(opened, said) {
    const portal = await portalOf(opened.portal);
    dress({ portal });
    const fields = dataFields(portal, opened.data);
    const made = form({
      portal,
      sections: [
        ...(fields.length ? [{ id: "data", title: t("verify.check-title"), fields }] : []),
        { id: "applicant", title: fields.length ? t("reset.new-title") : null, fields: [{ name: "password", kind: "password", label: t("entry.new"), required: true }] },
      ],
      initial: { data: await filled(portal, fields, opened.data) },
      submit: t("reset.new-submit"),
      async onSubmit({ data, password }) {
        const body = { ...said, password, ...(fields.length && { data: changes(fields, data, opened.data) }) };
        if (await beside("data", fields, () => call("/v1/resets/confirm", body))) done(portal);
      },
    });
    show(h("h1", {}, t(fields.length ? "reset.title" : "reset.new-title")), h("p", { class: "lead" }, t(fields.length ? "reset.data-text" : "reset.new-text")), made.element);
  }

  function done(portal) {
    const enter = h("a", { class: "button", href: `/${portal.id}/sign-in` }, t("common.sign-in"));
    show(h("h1", {}, t("reset.done-title")), h("p", { class: "lead" }, t("reset.done")), h("p", { class: "actions" }, enter));
  }

  try {
    const opened = await call("/v1/resets/open", {});
    if (opened) await askPassword(opened, {});
  } catch (problem) {
    if (problem.status !== 422) throw problem; // the portal mails a code: it is asked for
    askCode();
  }
}
