// An application after its form: what is to be signed, sending it in, and what became of it.
import { Problem, api } from "../api.js";
import { h } from "../dom.js";
import { t, words } from "../i18n.js";
import { keepApplication, keptApplication } from "../kept.js";
import { action, chip, notice, problemNotice, steps, timeline } from "../ui.js";
import area from "../words/request.js";
import common from "../words/public.js";
import { signing } from "./request_document.js";

words(common); // the names of the steps
words(area);

export async function page(ctx) {
  const { portal, main } = ctx;
  const found = await opened(portal);
  if (!found) return none(portal, main);
  const { application, token } = found;
  const channel = portal.channels.find(({ id }) => id === application.channel);
  const place = channel?.steps.indexOf(application.state) ?? -1;
  if (place >= 0) main.append(steps(channel.steps.map((name) => t(`step.${name}`)), place));
  application.state === "documents" ? documents(ctx, application, token) : outcome(ctx, application, token);
}

/** The application that this tab keeps, as it stands: `{application, token}`, or null. */
export async function opened(portal) {
  const kept = keptApplication(portal.id);
  if (!kept) return null;
  try {
    return { application: await api("GET", `/v1/applications/${kept.id}`, { bearer: kept.access_token }), token: kept.access_token };
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
    keepApplication(portal.id, null);
    return null;
  }
}

/** Say that there is no application here. */
export function none(portal, main) {
  main.append(
    h("h1", {}, t("request.none")),
    h("p", {}, t("request.none-text")),
    h("div", { class: "actions" }, h("a", { class: "button", href: `/${portal.id}/register` }, t("request.start"))),
  );
}

// ---- documents ------------------------------------------------------------------------------------------------------

function documents({ portal, main, navigate }, application, token) {
  const due = application.documents;
  const send = async () => {
    await api("POST", `/v1/applications/${application.id}/submit`, { bearer: token });
    await navigate(`/${portal.id}/request`, { replace: true });
  };
  const ready = h("div", { class: "ready", hidden: application.missing.length > 0 });
  ready.append(
    due.length > 1 ? notice("info", t("request.all-received")) : "",
    h("div", { class: "actions" }, action(t("request.submit"), send, { onProblem: (problem) => ready.prepend(problemNotice(problem)) })),
  );
  if (due.length === 1) {
    main.append(h("h1", {}, t("request.title-one")), h("p", { class: "lead" }, due[0].title), tabWarning(), signing(portal, application, due[0], token, () => (ready.hidden = false)), ready);
    return;
  }
  main.append(
    h("h1", {}, t("request.title")),
    h("p", { class: "lead" }, t("request.lead", { count: due.length })),
    tabWarning(),
    h("ul", { class: "rows task-list" }, due.map((one) => line(portal, one))),
    application.missing.length > 0 ? h("p", { class: "quiet" }, t("request.left", { count: application.missing.length })) : ready,
  );
}

const tabWarning = () => notice("warning", t("request.keep-open"));

function line(portal, { kind, title, received }) {
  const mark = received ? chip(t("request.received"), "done") : chip(t("request.waiting"));
  return h("li", {}, h("a", { href: `/${portal.id}/request/documents/${kind}` }, h("strong", {}, title), mark));
}

// ---- what became of it ----------------------------------------------------------------------------------------------

const over = ["rejected", "refused"];

function outcome({ portal, main, navigate }, application, token) {
  const { state, history } = application;
  const reason = history.at(-1)?.reason;
  const place = h("div", { class: "actions" });
  if (state === "identity_check") {
    const again = async () => {
      await api("POST", `/v1/applications/${application.id}/submit`, { bearer: token });
      await navigate(`/${portal.id}/request`, { replace: true });
    };
    place.append(action(t("request.again"), again, { onProblem: (problem) => place.before(problemNotice(problem)) }));
  } else if (over.includes(state)) {
    place.append(h("a", { class: "button", href: `/${portal.id}/register` }, t("request.start")));
  } else if (state === "confirm") {
    place.append(h("a", { class: "button secondary", href: `/${portal.id}/check-mail` }, t("request.mail-missing")));
  } else if (state === "done") {
    place.append(h("a", { class: "button", href: `/${portal.id}/sign-in` }, t("common.sign-in")));
  }
  main.append(
    h("h1", {}, t(`request.title-${state}`)),
    h("p", { class: "lead" }, t(`request.text-${state}`)),
    reason ? notice("error", h("p", {}, h("strong", {}, t("request.reason"))), reason) : "",
    h("div", { class: "panel" }, h("p", {}, t("request.number")), h("p", { class: "reference" }, shortened(application.id))),
    h("h2", {}, t("request.history")),
    timeline(history.map(({ state: entered, at }) => ({ at, text: t(`request.was-${entered}`) }))),
    place,
  );
}

/** The number that people say: what stands before the point only tells the system where to look. */
const shortened = (id) => id.split(".").pop();
