// The notice that mails to somebody's address come back, wherever it is of use: the profile, the mailbox.
import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { t, words } from "./i18n.js";
import { action, notice, problemNotice } from "./ui.js";
import area from "./words/profile.js";

words(area);

/** The notice for an account (`GET /v1/me`) whose mails come back; null where they arrive. */
export function bounced(me, portal) {
  if (me.email_status === "ok") return null;
  const box = notice("warning", h("h2", {}, t("me.bounced-title")), h("p", {}, t(`me.${me.email_status}`, { email: me.email })));
  const right = action(t("me.bounced-right"), async () => {
    await api("PATCH", "/v1/me", { body: { email: me.email } });
    const told = notice("done", t("me.bounced-told"));
    told.setAttribute("role", "status");
    box.replaceWith(told);
  }, { kind: "secondary", onProblem: (problem) => box.append(problemNotice(problem)) });
  box.append(h("div", { class: "actions" }, h("a", { class: "button", href: `/${portal.id}/profile/address` }, t("me.bounced-change")), right));
  return box;
}
