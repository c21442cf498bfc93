// What comes before anything else at an entry: one step after the other, in the order of the API.
import { Problem, api } from "../api.js";
import { signOut } from "../app.js";
import { fill, focusHeading, h } from "../dom.js";
import { afterwards, isProof, prove } from "../enter.js";
import { acceptTerms, changePassword, checkData, chooseQuestions, enrolApp } from "../entry_steps.js";
import { words } from "../i18n.js";
import { landing } from "../shell.js";
import { steps } from "../ui.js";
import area from "../words/account.js";

words(area);

const lead = (text, elements) => [h("p", { class: "lead" }, text), ...elements];

export async function page({ main, portal, query, t, navigate }) {
  const end = afterwards(query, landing(portal));
  const draw = (heading, ...elements) => {
    const at = way.indexOf(now);
    fill(main, way.length > 1 && at >= 0 && steps(way.map((one) => t(`entry.${one}`)), at), h("h1", {}, heading), ...elements);
    if (main.isConnected) focusHeading(main);
  };
  let way = []; // all steps of this entry
  let now = null;

  const drawn = {
    change_password: () => draw(t("entry.change_password-title"), ...lead(t("entry.change_password-text"), changePassword({ portal, isFirst: true, done }))),
    check_data: async (me) => draw(t("entry.check_data-title"), ...lead(t("verify.check-text"), await checkData({ portal, me, done }))),
    security_questions: () => draw(t("entry.security_questions-title"), ...chooseQuestions({ portal, done })),
    accept_terms: (me) => draw(t("entry.accept_terms"), ...acceptTerms({ portal, me, done, refuse: h("button", { type: "button", class: "link", onclick: () => signOut(portal.id) }, t("entry.terms-refuse")) })),
    second_factor_enrolment: async () => draw(t("entry.second_factor_enrolment-title"), ...enrolApp({ begun: await api("POST", "/v1/me/second-factor", { body: {} }), draw, done })),
  };

  async function done() {
    try {
      await go(await api("GET", "/v1/me"));
    } catch (problem) {
      if (!(problem instanceof Problem) || !isProof(problem.body?.pending?.[0])) throw problem;
      prove({ portal, answer: problem.body, draw }).then(done);
    }
  }

  async function go(me) {
    [now] = me.pending;
    if (!now) return queueMicrotask(() => navigate(end, { replace: true }));
    if (!way.includes(now)) way = me.pending;
    return drawn[now](me);
  }

  await done();
}
