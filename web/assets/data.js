// What a portal wants checked of a person's data: the form's own fields, without number, address and password.
import { api } from "./api.js";

const ELSEWHERE = ["identifier", "email", "password"];

/** The fields of what is held of somebody; what is missing and may be left out is offered too, if it fits the number. */
export function dataFields(portal, data, kind = null) {
  const fits = ({ when }) => !kind || !when?.identifier || when.identifier.includes(kind);
  const fields = portal.sections.filter(({ id }) => id === "applicant").flatMap((section) => section.fields);
  const known = (fields.length ? fields : portal.fields).filter((one) => !ELSEWHERE.includes(one.kind));
  return known.filter((field) => field.name in data || (!field.required && kind && fits(field))).map(({ when, ...field }) => field);
}

/** What was typed, as the API takes it; null says that what was held is to be emptied. */
export function changes(fields, values, data) {
  return Object.fromEntries(fields.filter(({ name }) => name in values || name in data).map(({ name }) => [name, values[name] ?? null]));
}

/** Do something, and let what is refused of these fields stand beside them in their section of the form. */
export async function beside(section, fields, work) {
  try {
    return await work();
  } catch (problem) {
    const names = fields.map(({ name }) => name);
    for (const one of problem.errors ?? []) if (names.includes(one.field.split(".")[0])) one.field = `${section}.${one.field}`;
    throw problem;
  }
}

/** The data as a form shows them: an organisation by its name, which the catalogue has. */
export async function filled(portal, fields, data) {
  const shown = { ...data };
  for (const { name, kind } of fields) if (kind === "organization" && data[name]) shown[name] = await organization(portal, data[name]);
  return shown;
}

async function organization(portal, code) {
  const { items } = await api("GET", `/v1/portals/${portal.id}/organizations?${new URLSearchParams({ q: code })}`);
  const found = items.find((one) => one.code === code);
  return found ? { code, text: `${found.name}, ${found.province} (${code})` } : code;
}

/** Do something that asks for a secret, and let a wrong one stand beside its field, in words of its own. */
export async function proving(field, message, work) {
  try {
    return await work();
  } catch (problem) {
    if (problem.slug === "invalid-credentials") problem.errors = [{ field, message }];
    throw problem;
  }
}
