// A form drawn from fields: errors beside them and in a summary, one submission, a draft that outlives the page.
import { Problem } from "./api.js";
import { fill, h, newId } from "./dom.js";
import { field } from "./fields.js";
import { t } from "./i18n.js";

/** Draw a form.
 * `fields` (values at the top) or `sections` (`{id, title, optional, when, fields}`; those of `top` (default `applicant`)
 * stand at the top, others under their id). `facts` (`{channel: ["self"]}`) decide `when` beside what is typed.
 * `submit` is the button's text; `onSubmit(values, form)` sends, and may throw a Problem. `initial` are values;
 * `draftKey` keeps what is typed in sessionStorage; `before` are elements above the button; `ctx.portal` gives roles etc.
 * `others` are controls among `before` whose errors are the form's too: `{name, def: {label}, element, setError(text),
 * focus(), check?()}`. `secondary` is an element beside the button. Returns `{element, values(), write(values), control(name), showProblem(p)}`. */
export function form(options) {
  const { sections = [{ id: options.top ?? "applicant", fields: options.fields }], top = "applicant", portal, identifiers = portal?.identifiers, facts = {}, submit, onSubmit, initial, draftKey, before = [], secondary, label, others = [] } = options;
  const summary = h("div", { class: "error-summary", role: "alert", tabindex: "-1", hidden: true });
  const button = h("button", { type: "submit" }, submit);
  let sending = false;
  let done = false;
  let made = null; // controls speak up while they are made
  const parts = sections.map((section) => part(section, section.id === (options.top ?? top), { portal, identifiers, onChange: changed }));
  const element = h("form", { novalidate: true, class: "form", "aria-label": label }, summary, parts.map((one) => one.element), before, h("div", { class: "actions" }, button, secondary));

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return; // a double click sends once
    if (!showErrors(localErrors())) return;
    busy(true);
    try {
      await onSubmit(values(), made);
      done = true;
      forget();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      showProblem(problem);
    } finally {
      busy(false);
    }
  });

  function busy(now) {
    sending = now;
    button.setAttribute("aria-disabled", String(now));
    button.setAttribute("aria-busy", String(now));
    button.textContent = now ? t("common.sending") : submit;
  }

  function known() {
    const all = { ...facts };
    for (const { controls } of parts) {
      for (const one of controls) {
        if (one.kindOf) all.identifier ??= [one.kindOf()];
        if (one.kind === "roles") all.choosesRoles = true; // what is asked of some roles waits until one of them is wanted
        if (one.kind === "roles" && one.read().length) {
          all.action = one.read().map(({ action }) => action);
          all.roles = one.read().filter(({ action }) => action === "access").map(({ role }) => role);
        }
      }
    }
    return all;
  }

  function changed() {
    if (!made) return;
    arrange();
    keep();
  }

  function arrange() {
    const now = known();
    for (const one of parts) one.arrange(now);
  }

  function values() {
    return Object.assign({}, ...parts.filter((one) => one.isAsked()).map((one) => one.values()));
  }

  function localErrors() {
    const own = others.map((one) => ({ field: one.name, message: one.check?.() })).filter(({ message }) => message);
    return [...parts.filter((one) => one.isAsked()).flatMap((one) => one.errors()), ...own];
  }

  function find(path) {
    for (const one of parts) for (const control of one.controls) if (one.path(control) === path || path.startsWith(`${one.path(control)}.`)) return control;
    return others.find(({ name }) => path === name || path.startsWith(`${name}.`)) ?? null;
  }

  function showErrors(errors, heading) {
    for (const one of [...parts.flatMap(({ controls }) => controls), ...others]) one.setError(null);
    const shown = errors.map(({ field: path, message }) => {
      const control = find(path);
      control?.setError(message);
      if (!control) return h("li", {}, message);
      const go = (event) => {
        event.preventDefault();
        control.focus();
      };
      return h("li", {}, h("a", { href: `#${(control.element.id ||= newId("at"))}`, onclick: go }, `${control.def.label}: ${message}`));
    });
    summary.hidden = !shown.length && !heading;
    if (summary.hidden) return true;
    fill(summary, h("h2", {}, heading ?? t("form.errors", { count: shown.length })), shown.length > 0 && h("ul", {}, shown));
    summary.focus();
    return false;
  }

  /** Show a refusal of the API: its errors beside their fields, else its words above the form. */
  function showProblem(problem) {
    if (problem.errors.length) return showErrors(problem.errors);
    showErrors([], problem.title || t("form.problem"));
    summary.append(h("p", {}, problem.detail));
    if (problem.retryAfter) summary.append(h("p", {}, t("common.retry-after", { seconds: problem.retryAfter })));
    return false;
  }

  function keep() {
    if (!draftKey || done) return;
    try {
      sessionStorage.setItem(`draft.${draftKey}`, JSON.stringify(Object.assign({}, ...parts.map((one) => one.draft()))));
    } catch {
      // without a place to keep it the form still works
    }
  }

  function forget() {
    if (draftKey) sessionStorage.removeItem(`draft.${draftKey}`);
  }

  function draft() {
    try {
      return (draftKey && JSON.parse(sessionStorage.getItem(`draft.${draftKey}`))) || null;
    } catch {
      return null;
    }
  }

  function write(given) {
    for (const one of parts) one.write(given ?? {});
    arrange();
  }

  made = { element, values, write, showProblem, showErrors, forget, busy, control: find };
  write({ ...initial, ...draft() });
  return made;
}

function part(section, atTop, ctx) {
  const controls = section.fields.map((def) => field(def, { ...ctx, own: atTop }));
  const box = h("div", { class: "fields" }, controls.map((one) => one.element));
  const more = section.optional && h("input", { type: "checkbox", onchange: () => { box.hidden = !more.checked; ctx.onChange(); } });
  const add = more && h("label", { class: "choice" }, more, h("span", {}, t("form.add-section", { title: section.title })));
  const element = section.title || more
    ? h("section", { class: "form-section" }, section.title && h("h2", {}, section.title), add, box)
    : box;
  if (more) box.hidden = true;
  let demanded = false;
  const asked = () => controls.filter((one) => !one.element.hidden);
  const path = (control) => (atTop ? control.name : `${section.id}.${control.name}`);
  const said = (all, get) => {
    const values = Object.fromEntries(all.map((one) => [one.name, get(one)]).filter(([, value]) => value !== undefined));
    return atTop ? values : { [section.id]: values };
  };

  return {
    element,
    controls,
    path,
    isAsked: () => !element.hidden && !box.hidden,
    arrange(known) {
      element.hidden = !applies(section.when, known);
      demanded = section.id === "former_user" && (known.action ?? []).includes("deactivation");
      if (more) {
        add.hidden = demanded;
        box.hidden = !demanded && !more.checked;
      }
      for (const one of controls) one.element.hidden = !applies(one.def.when, { ...(known.choosesRoles && { roles: [] }), ...known });
    },
    values: () => said(asked(), (one) => (one.isEmpty?.() && !one.def.required) || one.read() === "" || one.read() === null ? undefined : one.read()),
    draft: () => said(controls.filter((one) => !one.secret), (one) => (one.draft ? one.draft() : one.read())),
    errors: () => asked().map((one) => ({ field: path(one), message: one.check() })).filter(({ message }) => message),
    write(given) {
      const mine = atTop ? given : (given[section.id] ?? {});
      for (const one of controls) if (mine[one.name] != null) one.write(mine[one.name]);
      if (more && !atTop && Object.values(mine).some((value) => (value?.number ?? value) !== "" && value != null)) more.checked = true;
    },
  };
}

/** Whether a condition holds of what is known; what is unknown does not count (as the API reads it). */
export function applies(when, facts) {
  return Object.entries(when ?? {}).every(([name, values]) => !(name in facts) || facts[name].some((one) => values.includes(one)));
}
