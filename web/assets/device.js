// What a browser said of itself, as a person would name it.
import { t } from "./i18n.js";

const browsers = [["Edge", /Edg(A|iOS)?\//], ["Opera", /OPR\//], ["Samsung Internet", /SamsungBrowser\//], ["Firefox", /(Firefox|FxiOS)\//], ["Chrome", /(Chrome|CriOS|HeadlessChrome)\//], ["Safari", /Safari\//]];
const systems = [["me.device-phone", /Android/], ["me.device-iphone", /iPhone|iPad/], ["Windows", /Windows/], ["macOS", /Mac OS X/], ["Linux", /Linux/]];

/** «Firefox en Windows». */
export function device(said) {
  const [browser] = browsers.find(([, pattern]) => pattern.test(said)) ?? [];
  const [system] = systems.find(([, pattern]) => pattern.test(said)) ?? [];
  if (!browser || !system) return t("me.device-unknown");
  return t("me.device-on", { browser, system: system.startsWith("me.") ? t(system) : system });
}
