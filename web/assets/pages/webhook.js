// Where an institution's events are posted, and how that fares.
import { Problem, api } from "../api.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { has, moment } from "../i18n.js";
import { opened } from "../institution.js";
import { action, chip, confirm, facts, notice, problemNotice } from "../ui.js";

const COLORS = { active: "done", failing: "warning", paused: "error" };

export async function page(ctx) {
  const { main, params, t } = ctx;
  const path = `/v1/institutions/${encodeURIComponent(params.id)}/webhook`;
  const [, first] = await Promise.all([opened(ctx, "webhook"), found(path)]);
  const said = h("div", {});
  const place = h("div", {});
  main.append(h("h1", {}, t("institution.webhook")), h("p", { class: "lead" }, t("webhook.lead")), said, place);
  draw(first);

  function tell(words) {
    fill(said, notice("done", words));
    status(words);
  }

  function draw(webhook) {
    const onProblem = (problem) => fill(said, problemNotice(problem));
    const made = form({
      fields: [{ name: "url", kind: "text", label: t("webhook.url"), help: t("webhook.url-help"), required: true, autocomplete: "url" }],
      initial: { url: webhook?.url },
      submit: t(webhook ? "webhook.change" : "webhook.set"),
      label: t("institution.webhook"),
      onSubmit: async (body) => {
        draw(await api("PUT", path, { body }));
        tell(t("webhook.saved"));
      },
    });
    const resume = action(t("webhook.resume"), async () => {
      draw(await api("POST", `${path}/resume`, { body: {} }));
      tell(t("webhook.resumed"));
    }, { onProblem });
    const remove = action(t("webhook.remove"), async () => {
      if (!(await confirm(t("webhook.remove-sure"), t("webhook.remove-text"), t("webhook.remove")))) return;
      await api("DELETE", path);
      draw(null);
      tell(t("webhook.removed"));
    }, { kind: "secondary", onProblem });
    fill(
      place,
      webhook && [
        facts([
          [t("webhook.status"), chip(t(`webhook.${webhook.status}`), COLORS[webhook.status])],
          [t("webhook.url"), h("code", {}, webhook.url)],
          [t("webhook.since"), webhook.failing_since && moment(webhook.failing_since)],
          [t("webhook.error"), webhook.last_error && reason(webhook.last_error, t)],
        ]),
        h("div", { class: "actions ways" }, webhook.status !== "active" && resume, remove),
        h("h2", {}, t("webhook.change")),
      ],
      made.element,
    );
  }
}

async function found(path) {
  try {
    return await api("GET", path);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 404) return null;
    throw problem;
  }
}

function reason(code, t) {
  if (code.startsWith("status-")) return t("webhook.error-status", { status: code.slice(7) });
  return has(`webhook.error-${code}`) ? t(`webhook.error-${code}`) : code;
}
