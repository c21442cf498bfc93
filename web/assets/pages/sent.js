// What an institution has sent: the list, and one notification with its timeline, its receipt, and the way to take it back.
import { api, download, portalOf } from "../api.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { longDate, moment, shortDate, size } from "../i18n.js";
import { callOf, numberOf, opened, pathOf, stateChip, termOf } from "../institution.js";
import { action, dialog, facts, notice, pager, problemNotice, save, timeline } from "../ui.js";

const OPEN = ["accepted", "waiting_for_account", "available", "alerted"]; // may still be taken back

export async function page(ctx) {
  const { main, params, t } = ctx;
  await opened(ctx, "sent");
  main.append(h("h1", {}, t("institution.sent")));
  const rows = new Map();
  const draw = (item) => {
    const row = h("li", {}, h("a", { href: pathOf(params, "sent", item.id), class: "sent-row" },
      h("span", {}, h("strong", {}, item.subject), h("span", { class: "quiet" }, `${item.reference} · ${numberOf(item.recipient)}`)),
      h("span", { class: "sent-state" }, stateChip(item.state), h("span", { class: "quiet" }, shortDate(item.accepted_at)))));
    rows.set(row, `${item.subject} ${item.reference} ${item.recipient.number}`.toLowerCase());
    return row;
  };
  const find = h("input", { type: "search", id: "sent-find", class: "w-long", autocomplete: "off", oninput: sift });
  const nothing = h("p", { class: "empty", hidden: true }, t("sent.nothing"));
  const list = await pager({ path: callOf(params, "/v1/notifications"), draw, empty: t("sent.empty"), onPage: () => sift() });
  function sift() {
    const words = find.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    nothing.hidden = shown > 0 || !rows.size;
    if (find.value) status(t("form.found", { count: shown }));
  }
  if (list.items.length) main.append(h("div", { class: "field" }, h("label", { for: "sent-find" }, t("sent.find")), h("p", { class: "hint" }, t("sent.find-help")), find));
  main.append(list.element, nothing, h("p", { class: "quiet" }, t("sent.lag")));
}

/** One notification. */
export async function one(ctx) {
  const { main, params, t } = ctx;
  const path = `/v1/notifications/${encodeURIComponent(params.notification)}`;
  const [{ institution }, found] = await Promise.all([opened(ctx, "sent"), api("GET", callOf(params, path))]);
  const portal = await portalOf(found.portal);
  const place = h("div", {});
  main.append(h("h1", {}, found.subject), place);
  draw(found);

  function draw(letter, done) {
    const said = h("div", {});
    const get = (kind) => async () => {
      const { blob } = await download(callOf(params, `${path}/receipt`), { headers: { Accept: kind } });
      save(blob, `${t("sent.receipt-name")}-${letter.reference.replace(/[^\w.-]+/g, "-")}.${kind.split("/")[1]}`);
    };
    const onProblem = (problem) => fill(said, problemNotice(problem));
    const receipts = letter.receipts.map(({ media_type: kind }, at) => action(t(`sent.receipt-${kind.split("/")[1]}`), get(kind), { kind: at ? "link" : "", onProblem }));
    fill(
      place,
      done && notice("done", done),
      said,
      h("p", {}, stateChip(letter.state), " ", h("span", {}, t(`sent.state-${letter.state}-text`))),
      facts([
        [t("compose.to"), numberOf(letter.recipient)],
        [t("compose.reference"), letter.reference],
        [t("compose.portal"), portal?.name ?? letter.portal],
        [t("compose.category"), portal?.categories.find(({ id }) => id === letter.category)?.name ?? letter.category],
        [t("compose.deadline"), letter.deadline && term(letter.deadline, t)],
        [t("compose.later"), letter.available_from && moment(letter.available_from)],
        [t("sent.effect"), letter.takes_effect_at && moment(letter.takes_effect_at)],
        [t("sent.cancel-reason"), letter.cancel_reason],
        [t("compose.attachments"), letter.attachments.length > 0 && files(letter)],
        [t("sent.digest"), h("code", {}, letter.digest)],
      ]),
      counted(letter, t),
      h("h2", {}, t("sent.timeline")),
      timeline(letter.timeline.map(({ state, at, reason }) => ({ at, text: t(`sent.moment-${state}`), detail: reason && t(`sent.bounce-${reason}`) }))),
      receipts.length > 0 && [h("h2", {}, t("sent.receipt")), h("p", {}, t("sent.receipt-text"), " ", h("a", { href: "/verifier" }, t("common.verifier")), "."), h("div", { class: "actions" }, receipts)],
      OPEN.includes(letter.state) && institution.status !== "suspended" && [h("h2", {}, t("sent.cancel")), h("p", {}, t("sent.cancel-text")), h("div", { class: "actions" }, action(t("sent.cancel"), cancel, { kind: "danger" }))],
    );
  }

  function files({ attachments }) {
    return h("ul", { class: "plain" }, attachments.map(({ id, file_name: name, size: bytes }) =>
      h("li", {}, h("a", { href: callOf(params, `${path}/attachments/${encodeURIComponent(id)}`), download: name }, name), " ", h("span", { class: "quiet" }, size(bytes)))));
  }

  /** How the deadline was counted, fetched when somebody wants to see it. */
  function counted({ deadline }) {
    if (!deadline || !(deadline.working_days || deadline.days)) return null;
    const days = h("div", {});
    const open = async (event) => {
      if (!event.target.open || days.childNodes.length) return;
      try {
        const told = await api("GET", callOf(params, `${path}/deadline`));
        const why = (day) => (day.counted ? t("sent.term-counted") : (day.holiday ?? t(`sent.term-why-${day.why}`)));
        fill(days, told.days.length ? h("ol", { class: "days" }, told.days.map((day) => h("li", { class: day.counted && "counted" }, h("span", {}, longDate(day.date)), h("span", { class: "quiet" }, why(day))))) : h("p", {}, t("sent.term-not-yet")));
      } catch (problem) {
        fill(days, problemNotice(problem));
      }
    };
    return h("details", { ontoggle: open }, h("summary", {}, t("sent.term-how")), days);
  }

  async function cancel() {
    const after = await dialog(t("sent.cancel-sure"), (close) => [
      h("p", {}, t("sent.cancel-text")),
      form({
        fields: [{ name: "reason", kind: "text", label: t("sent.reason"), help: t("sent.reason-help"), required: false, max_length: 500 }],
        submit: t("sent.cancel-yes"),
        secondary: h("button", { type: "button", class: "secondary", onclick: () => close() }, t("sent.cancel-no")),
        onSubmit: async (body) => close(await api("POST", callOf(params, `${path}/cancel`), { body })),
      }).element,
    ]);
    if (!after) return;
    draw(after, t("sent.cancelled"));
    status(t("sent.cancelled"));
  }
}

function term(deadline, t) {
  const counted = deadline.working_days || deadline.days ? termOf(deadline) : null;
  const until = deadline.date && t("sent.term-until", { day: longDate(deadline.date) });
  return [until, counted].filter(Boolean).join(" · ");
}
