// Every [data-dial] calls, every [data-copy] copies.
import { digits, grouped } from "./format.js";
import { persian, t } from "./strings.js";
import { refused, toast } from "./toasts.js";

/** @param {import("./station.js").Station} station */
export function startDial(station) {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const dialled = /** @type {HTMLElement | null} */ (target?.closest("[data-dial]"));
    const copied = /** @type {HTMLElement | null} */ (target?.closest("[data-copy]"));
    if (dialled && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      dial(station, dialled.dataset.dial || "");
    } else if (copied) {
      event.preventDefault();
      void copy(copied.dataset.copy || "");
    }
  }, { capture: true });
}

/** @param {import("./station.js").Station} station @param {string} number */
export function dial(station, number) {
  if (!number) return;
  station.dial(number).then(
    () => toast("info", t("Calling {number}. Your own phone is connected first.", { number: `\u2066${digits(grouped(number), persian)}\u2069` })),
    refused,
  );
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("good", t("Copied."));
  } catch {
    toast("attention", t("The browser did not allow copying."));
  }
}
