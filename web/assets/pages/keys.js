// The public keys of an institution's systems: several at once, so that one can take over from another.
import { api } from "../api.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { moment, shortDate } from "../i18n.js";
import { opened } from "../institution.js";
import { action, chip, confirm, facts, notice, problemNotice } from "../ui.js";

const COLORS = { active: "done", early: "info", expired: "plain", revoked: "error" };
const ALGORITHMS = { "ed25519": "Ed25519", "ecdsa-p256-sha256": "ECDSA P-256", "rsa-pss-sha512": "RSA-PSS" };

export async function page(ctx) {
  const { main, params, t } = ctx;
  const path = `/v1/institutions/${encodeURIComponent(params.id)}/keys`;
  const [, { items }] = await Promise.all([opened(ctx, "keys"), api("GET", path)]);
  const said = h("div", {});
  const list = h("div", {});
  const add = form({
    fields: [
      { name: "name", kind: "text", label: t("keys.name"), help: t("keys.name-help"), required: false, max_length: 40, autocomplete: "off" },
      { name: "public_key", kind: "text", label: t("keys.public"), help: t("keys.public-help"), required: true, max_length: 16_384, autocomplete: "off" },
      { name: "not_after", kind: "date", label: t("keys.until"), help: t("keys.until-help"), required: false },
      { name: "test", kind: "yes_no", label: t("keys.test"), help: t("keys.test-help"), required: true },
    ],
    initial: { test: false },
    submit: t("keys.add"),
    label: t("keys.add"),
    onSubmit: async ({ name, public_key: typed, not_after: until, test }) => {
      const body = { public_key: read(typed), test, ...(name && { name }), ...(until && { not_after: `${until}T23:59:59-05:00` }) };
      const made = await api("POST", path, { body });
      add.write({ name: "", public_key: "", not_after: "", test: false });
      await renew(t("keys.added", { id: made.key_id }));
    },
  });
  main.append(h("h1", {}, t("institution.keys")), h("p", { class: "lead" }, t("keys.lead")), said, list, h("h2", {}, t("keys.add")), h("p", {}, t("keys.private")), add.element);
  draw(items);

  async function renew(done) {
    draw((await api("GET", path)).items);
    fill(said, notice("done", done));
    said.firstChild.tabIndex = -1;
    said.firstChild.focus();
    status(done);
  }

  function draw(keys) {
    const order = ["active", "early", "expired", "revoked"];
    const sorted = [...keys].sort((one, other) => order.indexOf(one.state) - order.indexOf(other.state));
    fill(list, keys.length ? sorted.map(card) : h("p", { class: "empty" }, t("keys.none")));
  }

  function card(key) {
    const live = key.state === "active" || key.state === "early";
    const revoke = async () => {
      if (!(await confirm(t("keys.revoke-sure"), t("keys.revoke-text", { id: key.key_id }), t("keys.revoke")))) return;
      await api("DELETE", `${path}/${encodeURIComponent(key.key_id)}`);
      await renew(t("keys.revoked-done", { id: key.key_id }));
    };
    return h("section", { class: "key-card" },
      h("h2", {}, h("code", {}, key.key_id)),
      h("p", {}, chip(t(`keys.${key.state}`), COLORS[key.state]), " ", key.test && chip(t("keys.is-test"), "warning")),
      facts([
        [t("keys.algorithm"), ALGORITHMS[key.algorithm] ?? key.algorithm],
        [t("keys.created"), shortDate(key.created_at)],
        [t("keys.from"), key.not_before && moment(key.not_before)],
        [t("keys.until"), key.not_after && moment(key.not_after)],
        [t("keys.used"), key.last_used_at ? moment(key.last_used_at) : t("keys.never")],
        [t("keys.revoked-at"), key.revoked_at && moment(key.revoked_at)],
      ]),
      h("details", {}, h("summary", {}, t("keys.show")), h("p", { class: "quiet" }, t("keys.fingerprint")), h("p", {}, h("code", {}, key.fingerprint)), h("pre", { tabindex: "0" }, h("code", {}, key.public_key))),
      live && h("div", { class: "actions" }, action(t("keys.revoke"), revoke, { kind: "secondary", onProblem: (problem) => fill(said, problemNotice(problem)) })));
  }
}

/** A JWK as an object, PEM as it is. */
function read(typed) {
  if (!typed.trimStart().startsWith("{")) return typed;
  try {
    return JSON.parse(typed);
  } catch {
    return typed; // the API says that it cannot be read
  }
}
