// One document of an application: fetched, signed somewhere else, sent back.
import { download, upload } from "../api.js";
import { fill, h, status } from "../dom.js";
import { t, words } from "../i18n.js";
import { action, fileInput, notice, problemNotice, save } from "../ui.js";
import area from "../words/request.js";
import { none, opened } from "./request.js";

words(area);
const LARGEST = 4_000_000; // bytes: the API takes a little more

export async function page({ portal, params, main, navigate }) {
  const found = await opened(portal);
  if (!found) return none(portal, main);
  const { application, token } = found;
  const document = application.documents.find(({ kind }) => kind === params.kind);
  const overview = `/${portal.id}/request`;
  if (application.state !== "documents") return navigate(overview, { replace: true }); // back, after it was sent in
  main.append(h("p", {}, h("a", { href: overview }, t("document.back"))), h("h1", {}, document?.title ?? t("document.unknown")));
  if (document) main.append(signing(portal, application, document, token));
}

/** The three things to do with a document. `onTaken(answer)` is told of a signed one that was accepted; without it, the
 * way to the next document is shown. */
export function signing(portal, application, document, token, onTaken) {
  const path = `/v1/applications/${application.id}/documents/${document.kind}`;
  const result = h("div", { "aria-live": "polite" });
  if (document.received) fill(result, taken(document.signature, document.signed_by));
  const input = fileInput({
    label: t(document.received ? "document.replace" : "document.upload"),
    hint: t("document.upload-hint"),
    accept: "application/pdf",
    most: LARGEST,
    async onFile(file, progress) {
      const answer = await upload({ url: path, method: "PUT", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/pdf", "Accept-Language": documentLanguage() } }, file, progress);
      fill(result, taken(answer.signature, answer.signer), onTaken ? null : onwards(portal, application, document));
      onTaken?.(answer);
    },
  });
  return h(
    "ol",
    { class: "tasks" },
    task(t("document.download-title"), h("p", {}, t("document.download-text")), fetching(path, document, token)),
    task(t("document.sign-title"), ...how(document)),
    task(t("document.upload-title"), input.element, result),
  );
}

const documentLanguage = () => globalThis.document.documentElement.lang;

function task(heading, ...children) {
  return h("li", {}, h("h2", {}, heading), ...children);
}

function fetching(path, document, token) {
  const place = h("div", { class: "actions" });
  const fetchIt = async () => {
    place.querySelector(".notice")?.remove();
    const { blob } = await download(path, { bearer: token });
    const name = `${document.kind}.pdf`;
    save(blob, name);
    status(t("document.downloaded", { name }));
  };
  place.append(action(t("document.download"), fetchIt, { kind: "secondary", onProblem: (problem) => place.append(problemNotice(problem)) }));
  return place;
}

const signers = { applicant: "applicant", authority: "authority" };

function how({ signer, accept }) {
  const who = signers[signer] ?? (signer.endsWith(".representative") ? "representative" : null);
  const ways = accept.map((way) => h("div", {}, h("dt", {}, t(`document.${way}`)), h("dd", {}, t(`document.${way}-text`))));
  return [who && h("p", {}, `${t("document.who")} `, h("strong", {}, t(`document.signer-${who}`)), "."), h("dl", { class: "ways-to-sign" }, ways)];
}

function taken(signature, name) {
  return notice("done", t(`document.taken-${signature}`, { name: name ?? "" }));
}

function onwards(portal, application, document) {
  document.received = true;
  const next = application.documents.find(({ received }) => !received);
  const base = `/${portal.id}/request`;
  const [href, words] = next ? [`${base}/documents/${next.kind}`, t("document.next", { title: next.title })] : [base, t("document.all")];
  return h("div", { class: "actions" }, h("a", { class: "button", href }, words));
}
