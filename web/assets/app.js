// The start, and the way from page to page.
import { Problem, api, onInterruption, portalOf } from "./api.js";
import { fill, focusHeading, h, status } from "./dom.js";
import { t } from "./i18n.js";
import { match } from "./routes.js";
import { dress, title } from "./shell.js";

const main = document.getElementById("main");
let turn = 0; // of the page that is being drawn: an answer that comes late draws nothing

/** Go to a path of these pages; `replace` leaves no step back. */
export function navigate(to, { replace = false } = {}) {
  const url = new URL(to, location.href);
  if (url.origin !== location.origin || !match(url.pathname)) return location.assign(url);
  history[replace ? "replaceState" : "pushState"]({}, "", url);
  return draw();
}

async function draw() {
  const mine = (turn += 1);
  const found = match(location.pathname);
  // what stood there stays until the next page has something to show
  const waiting = setTimeout(() => fill(main, h("p", { class: "waiting" }, t("common.waiting"))), 400);
  try {
    const loading = found?.load();
    loading?.catch(() => {}); // told where it is awaited
    const portal = found?.params.portal ? await portalOf(found.params.portal) : null;
    const missing = !found || (found.params.portal && !portal);
    const place = h("div", { class: "page" });
    const ctx = context(found, portal, place);
    interruptions(ctx, found?.options ?? {}, () => place.isConnected);
    dress(ctx, missing ? {} : found.options);
    if (missing) notFound(ctx);
    else await ((module) => (module[found.options.draw ?? "page"] ?? module.page)(ctx))(await loading);
    if (mine !== turn) return;
    show(place);
  } catch (error) {
    if (mine === turn && error !== gone) show(failed(error));
  } finally {
    clearTimeout(waiting);
  }
}

function show(place) {
  document.body.classList.remove("starting");
  fill(main, place);
  const heading = place.querySelector("h1");
  title(heading?.textContent);
  window.scrollTo(0, 0);
  if (started) focusHeading(main);
  started = true;
}
let started = false; // a page that was opened by its address leaves the focus where the browser puts it
const gone = new Problem({ slug: "gone-elsewhere" });

function context(found, portal, place) {
  const query = new URLSearchParams(location.search);
  return { params: found?.params ?? {}, query, hash: new URLSearchParams(location.hash.slice(1)), portal, t, navigate, main: place };
}

/** Before a page shows, a lost session leads to the sign-in page and back; afterwards a dialog signs in beside what was typed. */
function interruptions(ctx, options, isShown) {
  const here = location.pathname + location.search;
  const at = (page) => `/${ctx.params.portal}/${page}?next=${encodeURIComponent(here)}`;
  const lead = (page) => {
    queueMicrotask(() => navigate(at(page), { replace: true }));
    throw gone;
  };
  onInterruption({
    signedOut: async () => {
      if (!ctx.params.portal) return false;
      if (!isShown()) return options.session ? lead("sign-in") : false;
      return (await import("./pages/sign_in.js")).signInDialog(ctx);
    },
    pending: async () => (ctx.params.portal && !options.pending ? lead("first-entry") : false),
  });
}

function notFound(ctx) {
  ctx.main.append(
    h("h1", {}, t("common.not-found")),
    h("p", {}, t("common.not-found-text")),
    h("p", {}, h("a", { href: "/" }, t("common.all-portals"))),
  );
}

function failed(error) {
  const known = error instanceof Problem;
  if (!known) console.error(error);
  status(t("common.failed"));
  return h(
    "div",
    { class: "page" },
    h("h1", {}, known && error.title ? error.title : t("common.failed")),
    h("p", {}, known ? error.detail : t("common.failed-text")),
    known && error.requestId && h("p", { class: "quiet" }, error.requestId),
    h("p", {}, h("button", { type: "button", onclick: draw }, t("common.again"))),
  );
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin || !match(link.pathname)) return;
  if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
  event.preventDefault();
  navigate(link.href);
});
window.addEventListener("popstate", draw);

/** End the session and go to the portal's home. */
export async function signOut(portal) {
  await api("DELETE", "/v1/sessions/current", { quiet: true }).catch((problem) => {
    if (problem.status !== 401) throw problem;
  });
  return navigate(`/${portal}/`);
}

draw();
