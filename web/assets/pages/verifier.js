// The public verifier: whether a receipt is the platform's, and unchanged. The file does not leave the browser.
import { api } from "../api.js";
import { fill, focusHeading, h } from "../dom.js";
import { has, moment, words } from "../i18n.js";
import { Refused, check } from "../receipt.js";
import { facts, fileInput, notice, timeline } from "../ui.js";
import area from "../words/verifier.js";

words(area);

const MOST = 10e6;

export async function page({ t, main }) {
  const verdict = h("section", { class: "verdict" });
  const input = fileInput({ label: t("verifier.file"), hint: t("verifier.file-help"), accept: "application/pdf,application/json", most: MOST, onFile: judge });
  main.append(
    h("h1", {}, t("verifier.title")),
    h("p", { class: "lead" }, t("verifier.lead")),
    input.element,
    verdict,
    h("details", {}, h("summary", {}, t("verifier.how")), h("p", {}, t("verifier.how-text"), " ", h("a", { href: "/v1/keys" }, t("verifier.keys")), ".")),
  );

  async function judge(file) {
    fill(verdict);
    const [{ keys }, bytes] = await Promise.all([api("GET", "/v1/keys"), file.arrayBuffer()]);
    try {
      fill(verdict, whole(file.name, await check(new Uint8Array(bytes), keys)));
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      fill(verdict, notice("error", h("h2", {}, t("verifier.no")), h("p", {}, h("strong", {}, file.name)), t(`verifier.${refused.code}`), t("verifier.what-next")));
    }
    focusHeading(verdict);
  }

  function whole(name, { manifest, receipt, kid }) {
    const trial = manifest.institution.startsWith("test-");
    return [
      notice(trial ? "warning" : "done", h("h2", {}, t("verifier.whole")), t("verifier.whole-text"), trial && h("p", {}, h("strong", {}, t("verifier.test")))),
      facts([
        [t("verifier.name"), name],
        [t("verifier.institution"), receipt?.institution.name ?? manifest.institution],
        [t("verifier.reference"), manifest.reference],
        [t("verifier.subject"), receipt?.subject],
        [t("verifier.recipient"), receipt && recipient(receipt.recipient)],
        [t("verifier.made"), moment(manifest.iat * 1000)],
        [t("verifier.issuer"), manifest.iss],
        [t("verifier.notification"), manifest.notification],
        [t("verifier.content"), h("code", {}, manifest.content)],
        [t("verifier.key-id"), h("code", {}, kid)],
      ]),
      receipt && [h("h3", {}, t("verifier.timeline")), timeline(receipt.timeline.map(({ state, at }) => ({ at, text: has(`verifier.${state}`) ? t(`verifier.${state}`) : state })))],
    ];
  }

  function recipient({ kind, number }) {
    return has(`form.${kind}`) ? `${t(`form.${kind}`)} ${number}` : number;
  }
}
