// What can be done with one's own account, each on a page of its own.
import { api, download } from "../api.js";
import { signOut } from "../app.js";
import { changes, dataFields, filled, proving } from "../data.js";
import { device } from "../device.js";
import { fill, focusHeading, h, status } from "../dom.js";
import { narrow } from "../enter.js";
import { changePassword, chooseQuestions, enrolApp, termsText } from "../entry_steps.js";
import { form } from "../forms.js";
import { longDate, moment, t } from "../i18n.js";
import { action, chip, confirm, facts, notice, problemNotice, save } from "../ui.js";

const lead = (key) => h("p", { class: "lead" }, t(key));
const password = () => ({ name: "current_password", kind: "password", label: t("me.current-password"), required: true, current: true });
const known = (work) => proving("current_password", t("entry.wrong-password"), work);

async function data({ me, portal, show, done }) {
  const fields = dataFields(portal, me.profile, me.identifier.kind);
  const onSubmit = async (values) => {
    await api("PATCH", "/v1/me", { body: changes(fields, values, me.profile) });
    done(t("me.data-saved"));
  };
  show(t("me.data"), form({ portal, fields, initial: await filled(portal, fields, me.profile), submit: t("me.save"), draftKey: `data.${portal.id}`, onSubmit }).element);
}

function address({ me, portal, show, done }) {
  const fields = [{ name: "email", kind: "email", label: t("me.address-new"), required: true }, password()];
  const onSubmit = async (values) => {
    const after = await known(() => api("PATCH", "/v1/me", { body: values }));
    done(t(after.email_pending ? "me.address-sent" : "me.address-same", { email: values.email }));
  };
  show(t("me.address"), facts([[t("me.email"), me.email]]), form({ portal, fields, submit: t("me.address-submit"), onSubmit }).element);
}

function newPassword({ portal, show, done }) {
  show(t("me.password"), lead("me.password-text"), ...changePassword({ portal, submit: t("me.password-submit"), done: () => done(t("me.password-saved")) }));
}

function secondFactor({ show, done }) {
  const fields = [password(), { name: "code", kind: "text", label: t("me.second-factor-code"), required: true, max_length: 40, autocomplete: "one-time-code" }];
  let proved = false;
  const begin = (values) => api("POST", "/v1/me/second-factor", { body: { current_password: values.current_password } });
  const onSubmit = async (values) => {
    // the present app is proven first: for ten minutes it may then be replaced
    if (!proved) await api("POST", "/v1/sessions/current/second-factor", { body: { code: values.code } });
    proved = true; // a code works once: a mistyped password asks for no other
    const begun = await known(() => begin(values));
    show(t("entry.second_factor_enrolment-title"), ...enrolApp({ begun, draw: show, done: () => done(t("me.second-factor-saved")) }));
  };
  show(t("me.second-factor"), lead("me.second-factor-lead"), narrow(form({ fields, submit: t("me.second-factor-submit"), onSubmit })).element);
}

function questions({ portal, show, done }) {
  show(t("me.questions"), ...chooseQuestions({ portal, again: true, submit: t("me.questions-submit"), done: () => done(t("me.questions-saved")) }));
}

async function sessions({ portal, show }) {
  const { items } = await api("GET", "/v1/sessions");
  const list = h("ul", { class: "rows sessions" });
  const end = (id) => api("DELETE", `/v1/sessions/${encodeURIComponent(id)}`);
  const wrong = (problem) => list.before(problemNotice(problem));
  for (const one of items) {
    const name = device(one.device);
    const line = h("li", {}, h("div", {}, h("strong", {}, name), h("span", { class: "quiet" }, t("me.sessions-seen", { when: moment(one.last_seen_at) }))));
    if (one.current) line.append(chip(t("me.sessions-current"), "done"));
    else {
      const press = action(t("me.sessions-end"), async () => {
        await end(one.id);
        line.remove();
        status(t("me.sessions-ended"));
        focusHeading();
      }, { kind: "secondary", onProblem: wrong });
      press.setAttribute("aria-label", t("me.sessions-end-of", { device: name }));
      line.append(press);
    }
    list.append(line);
  }
  const all = action(t("me.sessions-all"), async () => {
    for (const { id, current } of (await api("GET", "/v1/sessions")).items) if (!current) await end(id);
    await signOut(portal.id);
  }, { onProblem: wrong });
  show(t("me.sessions"), lead("me.sessions-lead"), list, h("div", { class: "actions" }, all));
}

function terms({ me, portal, show }) {
  const one = (text) => {
    const mine = me.consents.find(({ id }) => id === text.id);
    return [
      termsText(text),
      mine?.accepted_at && h("p", { class: "quiet" }, t("me.terms-accepted", { when: moment(mine.accepted_at) })),
      mine && mine.version !== text.version && h("p", { class: "quiet" }, t("me.terms-earlier", mine)),
    ];
  };
  show(t("me.terms"), ...portal.terms.flatMap(one).filter(Boolean));
}

async function systems({ show }) {
  const { items } = await api("GET", "/v1/me/consents");
  const list = h("ul", { class: "rows sessions" }, items.map(({ client, name, scopes, accepted_at: at }) => {
    const line = h("li", {}, h("div", {}, h("strong", {}, name), h("span", {}, scopes.map(({ text }) => text).join(" · ")), h("span", { class: "quiet" }, t("me.systems-since", { when: longDate(at) }))));
    const press = action(t("me.systems-end"), async () => {
      await api("DELETE", `/v1/me/consents/${encodeURIComponent(client)}`);
      line.remove();
      status(t("me.systems-ended"));
      focusHeading();
    }, { kind: "secondary", onProblem: (problem) => list.before(problemNotice(problem)) });
    press.setAttribute("aria-label", t("me.systems-end-of", { name }));
    line.append(press);
    return line;
  }));
  show(t("me.systems"), items.length ? lead("me.systems-lead") : h("p", { class: "empty" }, t("me.systems-empty")), list);
}

function exporting({ show }) {
  const place = h("div", {});
  const press = action(t("me.export-submit"), async () => {
    const { blob } = await download("/v1/me/export");
    save(blob, t("me.export-file"));
    const told = notice("done", t("me.export-done"));
    told.setAttribute("role", "status");
    fill(place, told);
  }, { onProblem: (problem) => fill(place, problemNotice(problem)) });
  show(t("me.export"), lead("me.export-lead"), place, press);
}

function closing({ portal, main, show }) {
  const onSubmit = async (values) => {
    if (!(await confirm(t("me.close-sure"), t("me.close-sure-text"), t("me.close-submit")))) return;
    await known(() => api("POST", "/v1/me/close", { body: values }));
    fill(main, h("h1", {}, t("me.closed-title")), h("p", { class: "lead" }, t("me.closed")), h("p", {}, h("a", { class: "button", href: `/${portal.id}/` }, t("common.next"))));
    focusHeading(main);
  };
  const made = form({ fields: [password()], submit: t("me.close-submit"), onSubmit });
  made.element.querySelector("[type=submit]").classList.add("danger");
  show(t("me.close"), lead("me.close-lead"), portal.mailbox && notice("warning", t("me.close-mailbox")), made.element);
}

export const parts = { data, address, password: newPassword, "second-factor": secondFactor, questions, sessions, terms, systems, export: exporting, close: closing };
