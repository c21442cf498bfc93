// Every path that has a page. `portal` paths come last, so that the platform's own words are no portal's name.
const page = (name) => () => import(`./pages/${name}.js`);

/** [pattern, module, what it needs: `session` (a signed-in person), and which of the module's functions draws it]. */
export const routes = [
  ["/", page("choose")],
  ["/verify", page("verify")],
  ["/reset", page("reset")],
  ["/verifier", page("verifier")],

  // public, of a portal
  ["/:portal/", page("home")],
  ["/:portal/register", page("register")],
  ["/:portal/check-mail", page("check_mail")],
  ["/:portal/sign-in", page("sign_in")],
  ["/:portal/reset", page("reset_request")],
  ["/:portal/request", page("request")], // an application's documents and state, by the token kept in sessionStorage
  ["/:portal/request/documents/:kind", page("request_document")],

  // signed in
  ["/:portal/first-entry", page("first_entry"), { session: true, pending: true }],
  ["/:portal/profile", page("profile"), { session: true }],
  ["/:portal/profile/:part", page("profile"), { session: true, draw: "part" }],
  ["/:portal/mailbox", page("mailbox"), { session: true }],
  ["/:portal/mailbox/:id", page("mailbox"), { session: true }],
  ["/:portal/authorize", page("authorize")], // signs in by itself
  ["/:portal/logout", page("logout")],

  // staff and institutions
  ["/:portal/work", page("work"), { session: true }],
  ["/:portal/review", page("review"), { session: true }],
  ["/:portal/review/:id", page("review"), { session: true, draw: "one" }],
  ["/:portal/desk", page("desk"), { session: true }],
  ["/:portal/accounts", page("accounts"), { session: true }],
  ["/:portal/platform", page("platform"), { session: true }],
  ["/:portal/institutions/:id", page("institution"), { session: true }],
  ["/:portal/institutions/:id/compose", page("compose"), { session: true }],
  ["/:portal/institutions/:id/sent", page("sent"), { session: true }],
  ["/:portal/institutions/:id/sent/:notification", page("sent"), { session: true, draw: "one" }],
  ["/:portal/institutions/:id/batches", page("batches"), { session: true }],
  ["/:portal/institutions/:id/batches/:batch", page("batches"), { session: true, draw: "one" }],
  ["/:portal/institutions/:id/keys", page("keys"), { session: true }],
  ["/:portal/institutions/:id/webhook", page("webhook"), { session: true }],
  ["/:portal/institutions/:id/contact", page("institution"), { session: true, draw: "contact" }],
  ["/:portal/institutions/:id/administrators", page("institution"), { session: true, draw: "administrators" }],
  ["/:portal/institutions/:id/counts", page("counts"), { session: true }],
];

/** What a path leads to: `{load, options, params}`, or null. */
export function match(path) {
  for (const [pattern, load, options = {}] of routes) {
    const params = fit(pattern, path);
    if (params) return { load, options, params };
  }
  return null;
}

function fit(pattern, path) {
  const wanted = pattern.split("/");
  // «/demo» and «/demo/» are one page
  const given = (pattern.endsWith("/") && !path.endsWith("/") ? `${path}/` : path).split("/");
  if (wanted.length !== given.length) return null;
  const params = {};
  for (const [place, part] of wanted.entries()) {
    if (part.startsWith(":")) {
      if (!given[place]) return null;
      params[part.slice(1)] = decodeURIComponent(given[place]);
    } else if (part !== given[place]) return null;
  }
  return params;
}
