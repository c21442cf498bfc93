// The proof of work that some steps of some portals want (ALTCHA), in workers of our own: the policy allows no others.
import { Problem } from "./api.js";
import { h, newId } from "./dom.js";
import { language, t } from "./i18n.js";

let loaded = null;

function load() {
  loaded ??= import("/vendor/altcha/altcha.min.js").then(() => {
    globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", () => new Worker("/vendor/altcha/pbkdf2.js", { type: "module" }));
    globalThis.$altcha.i18n.set("es", strings());
    globalThis.$altcha.i18n.set("en", strings());
  });
  document.head.querySelector("link[data-altcha]") ?? document.head.append(h("link", { rel: "stylesheet", href: "/vendor/altcha/altcha.css", data: { altcha: "" } }));
  return loaded;
}

function strings() {
  const keys = ["label", "verifying", "verified", "error", "expired", "loading", "verify", "waitAlert", "reload", "verificationRequired"];
  return { ...Object.fromEntries(keys.map((key) => [key, t(`captcha.${key}`)])), footer: "", ariaLinkLabel: "ALTCHA" };
}

/** The challenge of an action (`register`, `reset`, `identity_check`) where the portal wants one, else null.
 * Returns `{element, solved()}`: `await solved()` is the payload for the body's `captcha`, solved once it is needed. */
export function captcha(portal, action) {
  if (!portal.captcha.includes(action)) return null;
  const place = h("div", { class: "captcha", id: newId("captcha") });
  const challenge = `/v1/captcha?${new URLSearchParams({ action, portal: portal.id })}`;
  let widget = null;
  let payload = null; // of the box that was ticked
  let used = null;
  const ready = load().then(() => {
    widget = h("altcha-widget", { language, challenge, configuration: JSON.stringify({ hideLogo: true, hideFooter: true, humanInteractionSignature: false, minDuration: 0, workers: 2 }) });
    widget.addEventListener("statechange", ({ detail }) => (payload = detail.state === "verified" ? detail.payload : null));
    place.append(widget);
  });

  /** A payload that was not used yet, since each is good once: the one that the person asked for by ticking the box, else
   * one that is worked out now. */
  async function solved() {
    await ready;
    if (payload && payload !== used) return (used = payload);
    widget.reset();
    const answer = new Promise((resolve, reject) => {
      widget.addEventListener("statechange", function heard({ detail }) {
        if (!["verified", "error", "expired"].includes(detail.state)) return;
        widget.removeEventListener("statechange", heard);
        if (detail.state === "verified") resolve(detail.payload);
        else reject(new Problem({ title: t("form.problem"), detail: t("captcha.error") }));
      });
    });
    widget.verify();
    used = await answer;
    return used;
  }

  return { element: place, solved };
}
