// While a form of a record is filled: records that it may mean already. Nothing is held up by it; one may save all the same.
import { h, icon } from "./elements.js";
import { t } from "./strings.js";

/** @type {WeakMap<HTMLElement, number>} */
const waiting = new WeakMap();
const DELAY = 400;

/** Begins to look after every form of a record. */
export function startSimilar() {
  document.addEventListener("change", ({ target }) => {
    const form = target instanceof Element ? /** @type {HTMLFormElement | null} */ (target.closest("form")) : null;
    const place = /** @type {HTMLElement | null} */ (form?.querySelector("[data-duplicates]") || null);
    if (!form || !place) return;
    clearTimeout(waiting.get(place));
    waiting.set(place, window.setTimeout(() => void ask(form, place), DELAY));
  });
}

/** @param {HTMLFormElement} form @param {HTMLElement} place */
async function ask(form, place) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  const query = place.dataset.record ? `?record=${place.dataset.record}` : "";
  const answer = await fetch(`/records/${place.dataset.duplicates}/similar${query}`, { method: "POST", body }).catch(() => null);
  const { items } = answer?.ok && !answer.redirected ? await answer.json() : { items: [] };
  place.replaceChildren(...(items.length ? [notice(items)] : []));
}

/** @param {{title: string, url: string, expert: string, reasons: string[]}[]} items */
function notice(items) {
  const rows = items.map((one) =>
    h("li", {}, one.url ? h("a", { href: one.url, target: "_blank", rel: "noopener" }, h("bdi", {}, one.title)) : t("A record of {name} that you may not see", { name: one.expert || "–" }),
      one.reasons.length ? h("span", { class: "muted" }, " ", t("same: {what}", { what: one.reasons.join(t(", ")) })) : ""),
  );
  return h("div", { class: "notice attention" }, icon("warning"), h("div", { class: "grow" }, h("p", { class: "strong" }, t("This may be there already. You can save it all the same.")), h("ul", {}, ...rows)));
}
