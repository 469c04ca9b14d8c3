// The bar of what can be done with marked rows: how many there are, all that were found, and what is sent.
import { digits } from "./format.js";
import { visit } from "./pages.js";
import { persian, t } from "./strings.js";

/** Looks after the bar of every list. */
export function startMass() {
  document.addEventListener("records:marked", show);
  document.addEventListener("click", clicked);
  document.addEventListener("change", (event) => event.target instanceof Element && event.target.matches("[data-everything]") && show());
}

/** @returns {HTMLFormElement | null} */
function bar() {
  return document.querySelector("#mass-bar");
}

function marked() {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("table.records [name=marked]:checked"))].map((one) => one.value);
}

function everything() {
  return Boolean(/** @type {HTMLInputElement | null} */ (bar()?.querySelector("[data-everything]"))?.checked);
}

function show() {
  const form = bar();
  if (!form) return;
  const ids = marked();
  form.hidden = !ids.length;
  if (!ids.length) for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-everything]"))) box.checked = false;
  /** @type {HTMLInputElement} */ (form.elements.namedItem("ids")).value = everything() ? "" : ids.join(",");
  /** @type {HTMLInputElement} */ (form.elements.namedItem("all")).value = everything() ? "1" : "";
  const word = form.querySelector("[data-marked]");
  if (word) word.textContent = t("{n} marked", { n: digits(ids.length, persian) });
}

/** @param {MouseEvent} event */
function clicked(event) {
  const form = bar();
  if (!form || !(event.target instanceof Element)) return;
  const letters = /** @type {HTMLElement | null} */ (event.target.closest("[data-letters]"));
  if (letters || event.target.closest("[data-change]")) {
    const address = (letters ? letters.dataset.letters : form.dataset.form) || "";
    const what = everything() ? "all=1" : `ids=${marked().join(",")}`;
    visit(`${address}${address.includes("?") ? "&" : "?"}${what}`);
  } else if (event.target.closest("[data-unmark]")) {
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("table.records .mark input:checked"))) {
      box.checked = false;
      box.closest("tr")?.classList.remove("selected");
    }
    show();
  }
}
