// A password: shown or hidden, with a live account of the portal's policy.
import { fill, h, newId } from "./dom.js";
import { frame } from "./fields.js";
import { t } from "./i18n.js";

const rules = {
  digit: /\d/,
  letter: /\p{L}/u,
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  symbol: /[^\p{L}\d\s]/u,
};

/** The field of kind `password`. With `def.policy` (or the portal's) it is a new one; `def.current` asks for the old. */
export function password(def, { portal, onChange }) {
  const policy = def.current ? null : (def.policy ?? portal?.password_policy);
  const input = h("input", {
    type: "password",
    name: def.name,
    id: newId("password"),
    class: "w-long",
    autocomplete: def.current ? "current-password" : "new-password",
    spellcheck: "false",
    autocapitalize: "none",
    maxlength: policy?.max_length,
    enterkeyhint: "go",
    oninput: () => {
      account();
      onChange?.();
    },
  });
  const show = h("button", { type: "button", class: "secondary reveal", "aria-controls": input.id, onclick: () => reveal(input.type === "password") });
  const list = h("ul", { class: "policy", id: `${input.id}-policy` });
  const control = h("div", { class: "password" }, h("div", { class: "with-button" }, input, show), policy && list);
  control.id = `${input.id}-box`;
  const framed = frame({ label: def.label, required: def.required, hint: def.help ?? hint(policy), control, describe: input });
  framed.element.querySelector("label").htmlFor = input.id;
  reveal(false);
  account();

  function reveal(visible) {
    input.type = visible ? "text" : "password";
    show.textContent = t(visible ? "form.hide" : "form.show");
    show.setAttribute("aria-label", t(visible ? "form.hide-password" : "form.show-password"));
  }

  function account() {
    if (policy) fill(list, faults(policy, input.value).map(({ text, met }) => item(text, met)));
  }

  return { ...framed, focus: () => input.focus(), read: () => input.value, write: (value) => { input.value = value ?? ""; account(); }, secret: true, input };
}

function hint(policy) {
  return policy && policy.min_length >= 12 ? t("form.policy-phrase") : null;
}

function faults(policy, typed) {
  const count = [...typed].length;
  const all = [{ text: t("form.policy-length", { min: policy.min_length, count }), met: count >= policy.min_length }];
  for (const name of policy.require) if (rules[name]) all.push({ text: t(`form.policy-${name}`), met: rules[name].test(typed) });
  return all;
}

function item(text, met) {
  return h("li", { class: met ? "met" : "" }, h("span", { class: "sr" }, `${t(met ? "form.policy-met" : "form.policy-unmet")}: `), text);
}
