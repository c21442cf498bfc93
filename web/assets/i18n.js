// Words in the person's language, and dates and numbers as Ecuador writes them.
import common from "./words/common.js";

const KEPT = "language";
const ZONE = "America/Guayaquil";
const known = { es: {}, en: {} };

/** The language of the pages: Spanish, unless the person chose English. */
export const language = choose();

function choose() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked === "es" || asked === "en") keep(asked);
  try {
    return localStorage.getItem(KEPT) === "en" ? "en" : "es";
  } catch {
    return asked === "en" ? "en" : "es";
  }
}

function keep(chosen) {
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // a browser that keeps nothing shows Spanish
  }
}

/** Show everything in the other language; the page is loaded anew, what was typed is kept as a draft. */
export function switchLanguage() {
  keep(language === "es" ? "en" : "es");
  location.reload();
}

/** Add an area's words: `{es: {key: "…" | (values) => "…"}, en: {…}}`. */
export function words(area) {
  Object.assign(known.es, area.es);
  Object.assign(known.en, area.en);
}

/** The words of a key, `{name}` replaced by its value; a key without English falls back to Spanish. */
export function t(key, values = {}) {
  const found = known[language][key] ?? known.es[key];
  if (found === undefined) {
    console.error(`no words for ${key}`);
    return key;
  }
  if (typeof found === "function") return found(values);
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Whether there are words for a key: for codes that the API may add to. */
export function has(key) {
  return key in known.es;
}

const locale = language === "en" ? "en-GB" : "es-EC";
const asDate = new Intl.DateTimeFormat(locale, { timeZone: ZONE, dateStyle: "full" });
const asShort = new Intl.DateTimeFormat(locale, { timeZone: ZONE, day: "numeric", month: "short", year: "numeric" });
const asHour = new Intl.DateTimeFormat(locale, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });
const asNumber = new Intl.NumberFormat(locale);

/** An instant, or a day (`YYYY-MM-DD`), as a Date of that day in Ecuador. */
function read(when) {
  return new Date(/^\d{4}-\d\d-\d\d$/.test(when) ? `${when}T12:00:00-05:00` : when);
}

/** «viernes, 15 de enero de 2027». */
export function longDate(when) {
  return asDate.format(read(when));
}

/** «15 ene 2027». */
export function shortDate(when) {
  return asShort.format(read(when));
}

/** «14:05». */
export function hour(when) {
  return asHour.format(read(when));
}

/** «viernes, 15 de enero de 2027, 14:05». */
export function moment(when) {
  return `${longDate(when)}, ${hour(when)}`;
}

/** «12.345». */
export function number(value) {
  return asNumber.format(value);
}

/** «1,4 MB». */
export function size(bytes) {
  const [value, unit] = bytes < 1e3 ? [bytes, "B"] : bytes < 1e6 ? [bytes / 1e3, "KB"] : [bytes / 1e6, "MB"];
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value)} ${unit}`;
}

words(common);
