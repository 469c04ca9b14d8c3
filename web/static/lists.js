// Lists of records: columns, views, rows on a page, marks, and moving by keyboard (arrows from the search box on, j, k, Enter, x).
import { dressFilters } from "./filter_builder.js";
import { visit } from "./pages.js";

const SEARCH = "#list-search input[name=q]";

/** Begins to look after every list that comes onto the page. */
export function startLists() {
  document.addEventListener("click", clicked);
  document.addEventListener("change", changed);
  document.addEventListener("keydown", pressed);
  document.addEventListener("htmx:load", (event) => dress(/** @type {ParentNode} */ (event.target)));
  dress(document);
}

/** @param {ParentNode} within */
function dress(within) {
  dressFilters(within.parentNode || within);
  for (const place of document.querySelectorAll("[data-view-form]:empty")) {
    const form = /** @type {HTMLTemplateElement | null} */ (document.querySelector("#view-form"));
    if (form) place.append(form.content.cloneNode(true));
  }
}

/** @param {MouseEvent} event */
function clicked(event) {
  const toggle = event.target instanceof Element ? event.target.closest("[data-narrowing]") : null;
  if (toggle) return toggle.setAttribute("aria-expanded", String(toggle.getAttribute("aria-expanded") !== "true"));
  const page = event.target instanceof Element && event.target.closest("[data-mark-page]") ? /** @type {HTMLInputElement | null} */ (document.querySelector("[data-mark-all]")) : null;
  if (page) {
    page.checked = true;
    return markAll(page);
  }
  const button = event.target instanceof Element ? event.target.closest("#column-panel [data-apply]") : null;
  const panel = /** @type {HTMLElement | null} */ (button?.closest("#column-panel") || null);
  if (!panel) return;
  const names = [...panel.querySelectorAll("input:checked")].map((one) => /** @type {HTMLInputElement} */ (one).value);
  visit(joined(panel.dataset.address || "", `columns=${encodeURIComponent(names.join(","))}`));
}

/** @param {Event} event */
function changed(event) {
  const target = /** @type {HTMLElement | null} */ (event.target instanceof HTMLElement ? event.target : null);
  if (target?.dataset.per !== undefined) visit(joined(target.dataset.per, `per=${/** @type {HTMLSelectElement} */ (target).value}`));
  else if (target?.dataset.go !== undefined) visit(/** @type {HTMLSelectElement} */ (target).value);
  else if (target?.matches("[data-mark-all]")) markAll(/** @type {HTMLInputElement} */ (target));
  if (target?.matches("[name=marked]")) show(/** @type {HTMLInputElement} */ (target));
}

/** @param {HTMLInputElement} all */
function markAll(all) {
  for (const one of /** @type {NodeListOf<HTMLInputElement>} */ (all.closest("table")?.querySelectorAll("[name=marked]") || [])) {
    one.checked = all.checked;
    show(one);
  }
  all.dispatchEvent(new CustomEvent("records:marked", { bubbles: true }));
}

/** @param {HTMLInputElement} one */
function show(one) {
  one.closest("tr")?.classList.toggle("selected", one.checked);
  one.dispatchEvent(new CustomEvent("records:marked", { bubbles: true }));
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const table = /** @type {HTMLTableElement | null} */ (document.querySelector("table.records"));
  const target = event.target instanceof Element ? event.target : null;
  if (!table || !target || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || target.closest("dialog")) return;
  const rows = [...table.querySelectorAll("tbody tr")];
  if (target.matches(SEARCH)) return fromSearch(event, /** @type {HTMLInputElement} */ (target), rows);
  if (target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const arrow = now >= 0 && table.dataset.edits === undefined ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : undefined;
  const step = { KeyJ: 1, KeyK: -1 }[event.code] ?? arrow;
  if (event.key === "ArrowUp" && now === 0) {
    /** @type {HTMLElement | null} */ (document.querySelector(SEARCH))?.focus();
    event.preventDefault();
  } else if (step) {
    enter(rows[Math.min(Math.max(now + step, 0), rows.length - 1)]);
    event.preventDefault();
  } else if (event.code === "KeyX" && now >= 0) {
    const box = /** @type {HTMLInputElement | null} */ (rows[now].querySelector("[name=marked]"));
    if (box) {
      box.checked = !box.checked;
      show(box);
    }
    event.preventDefault();
  }
}

/** From the search box: the arrow down goes to the rows, and so does Escape when nothing is typed. @param {KeyboardEvent} event @param {HTMLInputElement} box @param {Element[]} rows */
function fromSearch(event, box, rows) {
  if (event.isComposing || !rows.length || !(event.key === "ArrowDown" || (event.key === "Escape" && !box.value))) return;
  enter(rows[0]);
  event.preventDefault();
}

/** @param {Element | undefined} row */
function enter(row) {
  const link = /** @type {HTMLElement | null | undefined} */ (row?.querySelector("th a"));
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

/** @param {string} address @param {string} part */
function joined(address, part) {
  return `${address}${address.includes("?") ? "&" : "?"}${part}`;
}
