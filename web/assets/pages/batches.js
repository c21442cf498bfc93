// Many notifications in one file: handed over, followed line by line, and its results to keep.
import { Problem, api } from "../api.js";
import { sha256 } from "../digest.js";
import { fill, h, status } from "../dom.js";
import { form } from "../forms.js";
import { moment, number } from "../i18n.js";
import { callOf, opened, pathOf } from "../institution.js";
import { chip, facts, fileInput, notice, sendFile, table } from "../ui.js";

const MOST_AT_ONCE = { lines: 1000, bytes: 4_000_000 };
const MOST_BYTES = 200e6; // more is for a program: a browser reads the whole file to sign for it
const SHOWN = 200;
const COLORS = { uploading: "plain", running: "info", done: "done", refused: "error" };
const EXAMPLE = '{"reference": "RES-2027-001", "portal": "buzonec", "recipient": {"kind": "cedula", "number": "1710034065"}, "subject": "Resolución de su trámite", "body": "Estimada ciudadana…", "deadline": {"working_days": 10}}';

export async function page(ctx) {
  const { main, params, navigate, t } = ctx;
  await opened(ctx, "batches");
  const kept = known(params);
  const input = fileInput({ label: t("batch.file"), hint: t("batch.file-help"), most: MOST_BYTES, onFile });
  async function onFile(file, progress) {
    progress(0);
    const id = await hand(params, file, progress);
    remember(params, { id, name: file.name, at: new Date().toISOString() });
    navigate(pathOf(params, "batches", id));
  }
  const find = form({
    fields: [{ name: "id", kind: "text", label: t("batch.number"), required: true, max_length: 60, autocomplete: "off" }],
    submit: t("batch.look"),
    label: t("batch.find"),
    onSubmit: async ({ id }) => navigate(pathOf(params, "batches", id)),
  });
  main.append(
    h("h1", {}, t("institution.batches")),
    h("p", { class: "lead" }, t("batch.lead")),
    input.element,
    h("details", {}, h("summary", {}, t("batch.format")), h("p", {}, t("batch.format-text")), h("pre", { tabindex: "0" }, h("code", {}, EXAMPLE)), h("p", {}, t("batch.again"))),
    h("h2", {}, t("batch.before")),
    kept.length
      ? h("ul", { class: "rows" }, kept.map(({ id, name, at }) => h("li", {}, h("a", { href: pathOf(params, "batches", id) }, h("strong", {}, name), h("span", { class: "quiet" }, moment(at))))))
      : h("p", { class: "quiet" }, t("batch.before-none")),
    h("details", {}, h("summary", {}, t("batch.find")), find.element),
  );
}

/** Hand a file over: a small one as a body, a large one by a link; resolves to the batch's number. */
async function hand(params, file, progress) {
  const path = callOf(params, "/v1/batches");
  const text = file.size <= MOST_AT_ONCE.bytes ? await file.text() : null;
  if (text !== null && text.split("\n").length <= MOST_AT_ONCE.lines) {
    return (await api("POST", path, { body: text, raw: true, headers: { "Content-Type": "application/x-ndjson" } })).id;
  }
  const made = await api("POST", path, { body: { upload: { size: file.size, sha256: await sha256(await file.arrayBuffer()) } } });
  await sendFile(made, file, progress);
  await api("POST", callOf(params, `/v1/batches/${encodeURIComponent(made.id)}/start`));
  return made.id;
}

// no call lists batches: those of this tab are remembered in it
const keyOf = ({ id }) => `batches.${id}`;

function known(params) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(params))) ?? [];
  } catch {
    return [];
  }
}

function remember(params, batch) {
  try {
    sessionStorage.setItem(keyOf(params), JSON.stringify([batch, ...known(params)].slice(0, 20)));
  } catch {
    // its number stands on its page
  }
}

/** One batch: how far it has come, then what became of its lines. */
export async function one(ctx) {
  const { main, params, t } = ctx;
  const path = `/v1/batches/${encodeURIComponent(params.batch)}`;
  await opened(ctx, "batches");
  const place = h("div", {});
  const name = known(params).find(({ id }) => id === params.batch)?.name;
  main.append(h("h1", {}, name ? t("batch.title-of", { name }) : t("batch.title")), place);
  draw(await api("GET", callOf(params, path)));

  function draw(batch) {
    const { accepted, replayed, refused, left } = batch.progress;
    const settled = accepted + replayed + refused;
    const results = h("div", {});
    fill(
      place,
      h("p", {}, chip(t(`batch.${batch.status}`), COLORS[batch.status]), " ", batch.status === "running" && t("batch.running-text")),
      batch.status === "running" && h("progress", { "aria-label": t("batch.progress"), max: batch.lines || 1, value: settled }),
      batch.status !== "refused" && h("dl", { class: "figures" }, [["lines", batch.lines], ["accepted", accepted], ["replayed", replayed], ["refused", refused], ["left", left]]
        .filter(([kind, value]) => value != null && (kind !== "left" || value > 0)).map(([kind, value]) => h("div", { class: kind === "refused" && value > 0 && "figure-error" }, h("dt", {}, t(`batch.count-${kind}`)), h("dd", {}, number(value))))),
      batch.problem && notice("error", ...(batch.problem.errors.length ? batch.problem.errors.map(({ message }) => message) : [batch.problem.detail])),
      results,
      facts([[t("batch.number"), h("code", {}, batch.id)], [t("batch.created"), moment(batch.created_at)], [t("batch.expires"), moment(batch.expires_at)]]),
    );
    if (batch.status === "running") return follow(batch, settled);
    if (batch.results) return told(results);
  }

  /** Ask again until it is done, as long as somebody looks. */
  function follow(batch, settled) {
    setTimeout(async () => {
      if (!place.isConnected) return;
      try {
        const next = await api("GET", callOf(params, path));
        draw(next);
        if (next.status !== "running") status(t(`batch.${next.status}`));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        follow(batch, settled); // the line may come back
      }
    }, document.hidden ? 10_000 : 1_000);
  }

  async function told(place) {
    const url = callOf(params, `${path}/results`);
    const get = h("a", { class: "button secondary", href: url, download: `resultados-${params.batch}.jsonl` }, t("batch.download"));
    fill(place, h("div", { class: "actions ways" }, get));
    let lines;
    try {
      lines = await read(url);
    } catch {
      return; // they can still be downloaded
    }
    const refused = lines.filter((line) => line.status === "refused");
    const good = lines.filter((line) => line.status !== "refused");
    if (refused.length) place.append(section(t("batch.refused-title", { count: refused.length }), refused, t, [
      { label: t("batch.line"), cell: ({ line }) => number(line) },
      { label: t("compose.reference"), cell: ({ reference }) => reference ?? "–" },
      { label: t("batch.why"), cell: why },
    ]));
    if (good.length) place.append(h("details", { open: !refused.length }, h("summary", {}, t("batch.good-title", { count: good.length })), section(null, good, t, [
      { label: t("batch.line"), cell: ({ line }) => number(line) },
      { label: t("compose.reference"), cell: ({ id, reference }) => h("a", { href: pathOf(params, "sent", id) }, reference) },
      { label: t("batch.result"), cell: (line) => t(`batch.line-${line.status}`) },
    ])));
  }

  async function read(url) {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) throw new Problem({ status: response.status });
    return (await response.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }
}

function why({ problem }) {
  const said = problem.errors.map(({ field, message }) => h("li", {}, h("code", {}, field), ` ${message}`));
  return said.length ? h("ul", { class: "plain" }, said) : problem.detail;
}

function section(title, lines, t, columns) {
  return h("section", {}, title && h("h2", {}, title), table({ caption: h("span", { class: "sr" }, title ?? t("batch.results")), columns, rows: lines.slice(0, SHOWN) }), lines.length > SHOWN && h("p", { class: "quiet" }, t("batch.first", { count: SHOWN })));
}
