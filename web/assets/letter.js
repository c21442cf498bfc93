// One letter: sealed until the person opens it, then whole.
import { api, download } from "./api.js";
import { fill, focusHeading, h, status } from "./dom.js";
import { dueBox } from "./due.js";
import { has, moment, size, t } from "./i18n.js";
import { markdown } from "./markdown.js";
import { action, facts, notice, problemNotice, save, timeline } from "./ui.js";

const pathOf = (id) => `/v1/inbox/${encodeURIComponent(id)}`;

/** What went wrong, as a notice; nothing was typed here that could be lost. */
export function refusal(problem) {
  return problemNotice(problem.slug === "offline" ? { title: t("letter.offline"), detail: t("letter.offline-text") } : problem);
}

/** Draw a letter into `place`: whole where it was opened before, else sealed. `line` is what the list knows of it, `back` the
 * way to the list, `category(id)` a kind's name, `onOpen(letter)` is told of its opening. */
export async function drawLetter(place, id, { line, back, category, onOpen }) {
  const whole = (letter, focus) => read(letter).then((parts) => {
    fill(place, back, parts);
    if (focus) focusHeading(place);
  });
  try {
    if (line && !line.opened_at) return fill(place, back, await sealed());
    return await whole(await api("GET", pathOf(id)));
  } catch (problem) {
    if (problem.slug === "not-opened") return fill(place, back, await sealed());
    if (!problem.status) throw problem;
    return fill(place, back, h("h2", {}, t("letter.unavailable")), notice("warning", problem.detail));
  }

  async function sealed() {
    const computation = await countOf(line?.deadline);
    const said = h("div", {});
    const open = async () => {
      const letter = await api("POST", `${pathOf(id)}/opening`);
      onOpen(letter);
      await whole(letter, true);
      status(t("letter.opened"));
    };
    return [
      h("h2", {}, line?.subject ?? t("letter.sealed-unknown")),
      line && head(line),
      line?.deadline && dueBox(line.deadline, computation),
      h("p", {}, t("letter.sealed"), line?.deadline?.from === "opening" && ` ${t("letter.sealed-deadline")}`),
      h("div", { class: "actions" }, action(t("letter.open"), open, { onProblem: (problem) => fill(said, refusal(problem)) })),
      said,
    ];
  }

  function head(letter) {
    return facts([
      [t("letter.from"), letter.institution.name],
      [t("letter.received"), moment(letter.received_at)],
      [t("letter.opened-at"), letter.opened_at && moment(letter.opened_at)],
      [t("letter.effect"), letter.takes_effect_at && moment(letter.takes_effect_at)],
      [t("letter.category"), letter.category && category(letter.category)],
      [t("letter.reference"), letter.reference],
    ]);
  }

  async function read(letter) {
    const computation = await countOf(letter.deadline);
    const text = markdown(letter.body, { top: 3 });
    text.lang = letter.locale;
    return [
      h("h2", {}, letter.subject),
      head(letter),
      dueBox(letter.deadline, computation),
      text,
      letter.attachments.length > 0 && [h("h3", {}, t("letter.attachments")), attachments(letter)],
      h("h3", {}, t("letter.receipt")),
      h("p", {}, t("letter.receipt-text"), " ", h("a", { href: "/verifier" }, t("common.verifier")), "."),
      receipts(letter),
      h("h3", {}, t("letter.timeline")),
      timeline(letter.timeline.map(({ state, at, reason }) => ({ at, text: t(state === "opened" ? "letter.moment-opened" : `letter.${state}`), detail: reason && has(`letter.bounced-${reason}`) && t(`letter.bounced-${reason}`) }))),
      contact(letter.institution),
      h("details", {}, h("summary", {}, t("letter.digest")), h("p", {}, h("code", {}, letter.digest)), h("p", { class: "quiet" }, t("letter.digest-text"))),
    ];
  }

  /** How the days were counted, where they were. */
  async function countOf(deadline) {
    return deadline?.date && (deadline.working_days || deadline.days) ? api("GET", `${pathOf(id)}/deadline`) : null;
  }

  /** A file is fetched by the browser itself; that the session still holds is made sure of first. */
  function attachments(letter) {
    const said = h("div", {});
    const one = ({ id: file, file_name: name, size: bytes }) => {
      const href = `${pathOf(id)}/attachments/${encodeURIComponent(file)}`;
      const get = async (event) => {
        event.preventDefault();
        try {
          await api("GET", pathOf(id));
          location.assign(href);
        } catch (problem) {
          fill(said, refusal(problem));
        }
      };
      return h("li", {}, h("a", { href, onclick: get }, name), h("span", { class: "quiet" }, size(bytes)));
    };
    return [h("ul", { class: "files" }, letter.attachments.map(one)), said];
  }

  function receipts(letter) {
    const said = h("div", {});
    const get = (format) => async () => {
      await api("GET", pathOf(id)); // a lost session is asked for before
      const { blob } = await download(`${pathOf(id)}/receipt?format=${format}`);
      save(blob, `${t("letter.receipt-name")}-${letter.reference.replace(/[^\w.-]+/g, "-")}.${format}`);
      fill(said);
      status(t("letter.saved"));
    };
    const onProblem = (problem) => fill(said, refusal(problem));
    return [h("div", { class: "actions" }, action(t("letter.receipt-pdf"), get("pdf"), { kind: "secondary", onProblem }), action(t("letter.receipt-json"), get("json"), { kind: "link", onProblem })), said];
  }
}

const LINKS = { email: (value) => `mailto:${value}`, phone: (value) => `tel:${value.replace(/[^\d+]/g, "")}`, website: (value) => value };

function contact({ contact: known }) {
  const named = Object.entries(known).filter(([name, value]) => value && has(`letter.${name}`));
  if (!named.length) return null;
  const linked = (name, value) => (name in LINKS && (name !== "website" || /^https?:\/\//i.test(value)) ? h("a", { href: LINKS[name](value), rel: "noreferrer noopener" }, value) : value);
  return [h("h3", {}, t("letter.contact")), facts(named.map(([name, value]) => [t(`letter.${name}`), linked(name, value)]))];
}
