// The whole platform, for who administers it: its counts, and any institution by its number.
import { h } from "../dom.js";
import { form } from "../forms.js";
import { pathOf } from "../institution.js";
import { month } from "./counts.js";

export async function page(ctx) {
  const { main, params, navigate, t } = ctx;
  main.classList.add("wide");
  const find = form({
    fields: [{ name: "id", kind: "text", label: t("platform.number"), help: t("platform.number-help"), required: true, max_length: 60 }],
    submit: t("platform.open"),
    label: t("platform.find"),
    onSubmit: async ({ id }) => navigate(pathOf({ portal: params.portal, id })),
  });
  main.append(h("h1", {}, t("platform.title")), h("h2", {}, t("platform.find")), h("p", {}, t("platform.find-text")), find.element);
  await month(ctx, "/v1/counts");
}
