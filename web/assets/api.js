// The HTTP API as the pages call it.
import { language, t } from "./i18n.js";

/** A refusal: of the API (problem+json), of the network (slug `offline`), or of a gateway that says nothing. */
export class Problem extends Error {
  constructor({ status = 0, slug = "failed", title = "", detail = "", errors = [], retryAfter = null, requestId = null, body = null }) {
    super(detail || title || slug);
    Object.assign(this, { status, slug, title, detail, errors, retryAfter, requestId, body });
  }
}

let whenSignedOut = null;
let whenPending = null;

/** Say what happens on `401 unauthenticated` and `403 steps-pending`: a function that resolves to true once the call can
 * be made again. The router sets them; pages need not. */
export function onInterruption({ signedOut, pending }) {
  whenSignedOut = signedOut;
  whenPending = pending;
}

/** Call the API; JSON in and out. `raw` sends the body as it is (with `headers`), `bearer` is an application's token,
 * `quiet` lets a 401 or pending steps through as a Problem, `signal` aborts. Resolves to the answer's JSON, or null. */
export async function api(method, path, { body, headers = {}, raw = false, bearer, quiet = false, signal } = {}) {
  const response = await send(method, path, { body, headers, raw, bearer, signal });
  if (response.ok) return read(response);
  const problem = await problemOf(response);
  if (await cleared(problem, quiet || bearer)) return api(method, path, { body, headers, raw, bearer, quiet: true, signal });
  throw problem;
}

/** Whether what was in a call's way is gone, so that it can be made again. To the calls of an institution, who has no
 * session lacks a signature; the pages sign nothing. */
async function cleared(problem, quiet) {
  const ways = { "unauthenticated": whenSignedOut, "signature-missing": whenSignedOut, "steps-pending": whenPending };
  const way = quiet ? null : ways[problem.slug];
  if (way && (await way(problem))) return true;
  if (problem.slug === "signature-missing") Object.assign(problem, { title: t("common.signed-out"), detail: t("common.signed-out-text") });
  return false;
}

/** Fetch a file of the API as a Blob, with its name. */
export async function download(path, { bearer, headers = {}, quiet = false } = {}) {
  const response = await send("GET", path, { bearer, headers });
  if (!response.ok) {
    const problem = await problemOf(response);
    if (await cleared(problem, quiet || bearer)) return download(path, { bearer, headers, quiet: true });
    throw problem;
  }
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "");
  return { blob: await response.blob(), name: named ? named[1] : path.split("/").pop() };
}

/** Send a file where an answer said (`{url, method, headers}`), telling the share sent (0 to 1) as it goes. */
export function upload({ url, method = "PUT", headers = {} }, file, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch tells nothing of what was sent
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value); // the browser sets that itself
    }
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(offline());
    request.onload = () => {
      if (request.status < 300) return resolve(parse(request.responseText));
      return reject(asProblem(request.status, parse(request.responseText), request.getResponseHeader("retry-after")));
    };
    request.send(file);
  });
}

async function send(method, path, { body, headers, raw, bearer, signal }) {
  const sent = { "Accept-Language": language, ...headers };
  if (body !== undefined && !raw) sent["Content-Type"] = "application/json";
  if (bearer) sent.Authorization = `Bearer ${bearer}`;
  try {
    return await fetch(path, {
      method,
      headers: sent,
      body: body === undefined || raw ? body : JSON.stringify(body),
      credentials: bearer ? "omit" : "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw offline();
  }
}

function offline() {
  return new Problem({ slug: "offline", detail: t("common.offline") });
}

async function read(response) {
  return response.status === 204 ? null : parse(await response.text());
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function problemOf(response) {
  return asProblem(response.status, parse(await response.text()), response.headers.get("retry-after"));
}

function asProblem(status, body, retryAfter) {
  return new Problem({
    status,
    slug: body?.type?.split(":").pop() ?? "failed",
    title: body?.title ?? t("common.failed"),
    detail: body?.detail ?? t("common.failed-text"),
    errors: body?.errors ?? [],
    retryAfter: retryAfter === null ? null : Number(retryAfter),
    requestId: body?.request_id ?? null,
    body,
  });
}

let portals = new Map();
/** A portal's definition, asked for once in a visit; null where there is none. */
export async function portalOf(id) {
  if (!portals.has(id)) portals.set(id, api("GET", `/v1/portals/${encodeURIComponent(id)}`));
  try {
    return await portals.get(id);
  } catch (problem) {
    portals.delete(id);
    if (problem.status === 404) return null;
    throw problem;
  }
}
