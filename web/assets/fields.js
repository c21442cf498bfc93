// The kinds of fields of a portal's definition, each as a control that can be read, written and told its error.
import { countries } from "./countries.js";
import { h, newId } from "./dom.js";
import { has, t } from "./i18n.js";
import { organization } from "./organization.js";
import { password } from "./password.js";

/** A label, hint and error around a control. Returns `{element, focus, setError}`; `describe(id list)` is told which
 * texts belong to the control. */
export function frame({ label, required = true, hint, control, describe = control, group = false }) {
  const id = (control.id ||= newId("field"));
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const optional = required ? null : h("span", { class: "optional" }, ` (${t("common.optional")})`);
  const note = hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  const parts = [note, error, control];
  const element = group
    ? h("fieldset", { class: "field" }, h("legend", {}, label, optional), ...parts)
    : h("div", { class: "field" }, h("label", { for: id }, label, optional), ...parts);
  const target = group ? element : describe;
  const refer = () => {
    const ids = [note && note.id, !error.hidden && error.id].filter(Boolean).join(" ");
    ids ? target.setAttribute("aria-describedby", ids) : target.removeAttribute("aria-describedby");
  };
  refer();
  return {
    element,
    focus: () => (group ? element.querySelector("input, select, textarea, button") : control).focus(),
    setError(message) {
      error.hidden = !message;
      error.replaceChildren(...(message ? [h("span", { class: "sr" }, `${t("common.error")}: `), message] : []));
      element.classList.toggle("wrong", Boolean(message));
      for (const input of element.querySelectorAll("input, select, textarea")) {
        message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
      }
      refer();
    },
  };
}

const inputs = {
  person_name: { autocomplete: "name", class: "w-long", autocapitalize: "words", spellcheck: "false" },
  email: { type: "email", inputmode: "email", autocomplete: "email", class: "w-long", spellcheck: "false", autocapitalize: "none" },
  phone: { type: "tel", inputmode: "tel", autocomplete: "tel", class: "w-phone" },
  ruc: { inputmode: "numeric", class: "w-ruc", autocomplete: "off" },
  date: { type: "date", class: "w-date" },
  text: { class: "w-long" },
};
const completes = { given_names: "given-name", surnames: "family-name", legal_name: "organization", position: "organization-title", mobile_phone: "tel", work_phone: "tel" };
const hints = { email: "form.hint-email", phone: "form.hint-phone", ruc: "form.hint-ruc" };

/** Make the control of a field: `{name, kind, element, read(), write(value), setError(text), check(), focus()}`.
 * `check()` returns what is plainly wrong before anything is sent, or null. `ctx`: `{portal, identifiers, onChange}`, and
 * `own: false` where the data are somebody else's. */
export function field(def, ctx = {}) {
  const made = (kinds[def.kind] ?? line)(def, ctx);
  const empty = (value) => value == null || value === "" || (Array.isArray(value) && !value.length);
  return {
    name: def.name,
    kind: def.kind,
    def,
    ...made,
    check() {
      const value = made.read();
      const nothing = made.isEmpty ? made.isEmpty() : empty(value);
      if (nothing) return def.required ? t(made.choice ? "form.required-choice" : "form.required") : null;
      return made.wrong ? made.wrong(value) : null;
    },
  };
}

function line(def, { onChange, own = true }) {
  const long = def.kind === "text" && def.max_length > 200;
  const control = h(long ? "textarea" : "input", {
    ...(long ? { rows: 4 } : { type: "text" }),
    ...(inputs[def.kind] ?? inputs.text),
    autocomplete: def.autocomplete ?? completes[def.name] ?? inputs[def.kind]?.autocomplete,
    maxlength: def.max_length,
    name: def.name,
    enterkeyhint: long ? null : "next",
    "aria-required": def.required ? "true" : null,
    oninput: onChange,
  });
  const framed = frame({ label: def.label, required: def.required, hint: def.help ?? hintOf(def, own), control });
  const wrong = def.kind === "ruc" ? (value) => digits(value, 13, "form.the-ruc") : null;
  return { ...framed, read: () => control.value.trim(), write: (value) => (control.value = value ?? ""), wrong, input: control };
}

function hintOf({ kind, name }, own) {
  const key = name === "work_phone" ? "form.hint-work-phone" : kind === "email" && !own ? "form.hint-email-of-others" : hints[kind];
  return key ? t(key) : null;
}

function digits(value, wanted, what) {
  const got = value.replace(/\D/g, "").length;
  return got === wanted ? null : t("form.digits", { what: t(what), wanted, got });
}

function choice(def, { onChange }) {
  const options = (def.choices ?? []).map((one) => (typeof one === "string" ? { value: one, label: words(def.name, one) } : one));
  if (options.length === 1 && def.required) return settled(def, options[0]);
  if (options.length > 6) return select(def, options, onChange);
  return radios(def, options, onChange);
}

/** A choice of one is no question: it is told. */
function settled(def, { value, label }) {
  const element = h("div", { class: "field settled" }, h("p", {}, h("strong", {}, def.label)), h("p", {}, label));
  return { element, focus: () => {}, setError: () => {}, read: () => value, write: () => {} };
}

function words(name, value) {
  const key = has(`choice.${name}.${value}`) ? `choice.${name}.${value}` : `choice.${value}`;
  return has(key) ? t(key) : value;
}

function select(def, options, onChange) {
  const control = h("select", { name: def.name, class: "w-long", onchange: onChange }, h("option", { value: "" }, t("form.choose")));
  control.append(...options.map(({ value, label }) => h("option", { value }, label)));
  const framed = frame({ label: def.label, required: def.required, hint: def.help, control });
  return { ...framed, choice: true, read: () => control.value, write: (value) => (control.value = value ?? "") };
}

/** A choice of few, as buttons to press. */
export function radios(def, options, onChange, first = null) {
  const name = newId(def.name);
  const items = options.map(({ value, label, hint }) =>
    h("label", { class: "choice" }, h("input", { type: "radio", name, value: String(value), checked: value === first, onchange: onChange }), h("span", {}, label, hint && h("span", { class: "hint" }, hint))),
  );
  const control = h("div", { class: options.length <= 3 ? "choices choices-row" : "choices" }, items);
  const all = () => [...control.querySelectorAll("input")];
  const framed = frame({ label: def.label, required: def.required, hint: def.help, control, group: true });
  const read = () => options.find(({ value }) => all().some((one) => one.checked && one.value === String(value)))?.value ?? null;
  const write = (value) => all().forEach((one) => (one.checked = one.value === String(value)));
  return { ...framed, choice: true, read, write };
}

function yesNo(def, { onChange }) {
  return radios(def, [{ value: true, label: t("common.yes") }, { value: false, label: t("common.no") }], onChange);
}

const lengths = { cedula: 10, ruc: 13 };

/** A number of one of several kinds; the kind is asked for where there are several. */
function identifier(def, { identifiers = ["cedula"], onChange }) {
  const kinds = def.pattern ? ["cedula"] : identifiers;
  const number = h("input", { type: "text", name: def.name, autocomplete: "off", spellcheck: "false", enterkeyhint: "next", oninput: onChange });
  const listed = kinds.includes("passport") ? countries().map(({ code, name }) => h("option", { value: code }, name)) : [];
  const country = h("select", { class: "w-long", autocomplete: "country", id: newId("country"), onchange: onChange }, h("option", { value: "" }, t("form.choose")), listed);
  const abroad = h("div", { class: "field", hidden: true }, h("label", { for: country.id }, t("form.country")), country);
  const framed = frame({ label: kinds.length > 1 ? t("form.number") : def.label, hint: def.help ?? " ", control: number });
  const kind = radios({ name: "kind", label: def.label, required: def.required }, kinds.map((value) => ({ value, label: t(`form.${value}`) })), changed, kinds[0]);
  const hint = framed.element.querySelector(".hint");
  const current = () => (kinds.length > 1 ? kind.read() : kinds[0]);
  function changed() {
    const now = current();
    number.inputMode = now === "passport" ? "text" : "numeric";
    number.className = now === "cedula" ? "w-cedula" : "w-ruc";
    hint.textContent = def.help ?? t(`form.hint-${now}`);
    abroad.hidden = now !== "passport";
    onChange?.();
  }
  const element = kinds.length > 1 ? h("div", { class: "stack" }, kind.element, framed.element, abroad) : framed.element;
  changed();
  return {
    ...framed,
    element,
    kindOf: current,
    isEmpty: () => !number.value.trim(),
    read: () => ({ kind: current(), number: number.value.trim(), ...(current() === "passport" ? { country: country.value } : {}) }),
    write(value) {
      if (kinds.length > 1 && value?.kind) kind.write(value.kind);
      number.value = value?.number ?? "";
      country.value = value?.country ?? "";
      changed();
    },
    wrong: (value) => (lengths[value.kind] ? digits(value.number, lengths[value.kind], `form.the-${value.kind}`) : null),
  };
}

/** Roles of the portal, each with what is wanted of it; in the definition's order. */
function roles(def, { portal, onChange }) {
  const wanted = ["", "access", "deactivation"];
  const each = portal.roles.map((role) => ({
    role,
    choice: radios({ name: role.id, label: role.label, help: role.help, required: true }, wanted.map((value) => ({ value, label: t(`form.role-${value || "none"}`) })), onChange, ""),
  }));
  const control = h("div", { class: "roles" }, each.map(({ choice }) => choice.element));
  const framed = frame({ label: def.label, required: def.required, hint: def.help, control, group: true });
  const read = () => each.map(({ role, choice }) => ({ role: role.id, action: choice.read() })).filter(({ action }) => action);
  const write = (value) => each.forEach(({ role, choice }) => choice.write(value?.find((one) => one.role === role.id)?.action ?? ""));
  return { ...framed, choice: true, read, write };
}

const kinds = { identifier, choice, yes_no: yesNo, roles, organization, password };
