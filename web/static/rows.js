// Rows of a form (numbers, addresses): added, removed and moved in place. The buttons send the form where there is no JavaScript.
import { t } from "./strings.js";
import { toast } from "./toasts.js";

const NAMED = ["name", "id", "for", "data-do", "data-field", "data-colour-of", "data-name", "aria-describedby", "aria-labelledby", "aria-controls", "href"];

const FAR = 1000;

/** Gives every row its place in the names and ids of all that is in it; by way of far places, because radio buttons that share a name for a moment forget. @param {HTMLElement} rows */
function renumber(rows) {
  for (const from of [FAR, 0]) [...rows.querySelectorAll(":scope > .form-rows > [data-row]")].forEach((row, place) => put(rows.dataset.rows || "", row, place + from));
}

/** @param {string} name @param {Element} row @param {number} place */
function put(name, row, place) {
  const names = new RegExp(`(^|\\s)${name}\\.(\\d+|__)\\.`, "g");
  const ids = new RegExp(`\\bf-${name}-(\\d+|__)-`, "g");
  const acts = new RegExp(`^${name}:(up|down|remove):(\\d+|__)$`);
  for (const element of row.querySelectorAll("*")) {
    for (const key of NAMED) {
      const text = element.getAttribute(key);
      if (!text) continue;
      const next = text.replace(names, `$1${name}.${place}.`).replace(ids, `f-${name}-${place}-`).replace(acts, `${name}:$1:${place}`);
      if (next !== text) element.setAttribute(key, next);
    }
  }
}

/** @param {HTMLElement} rows @returns {HTMLElement} */
function add(rows) {
  const template = /** @type {HTMLTemplateElement} */ (rows.querySelector(":scope > template"));
  const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild);
  rows.querySelector(":scope > .form-rows")?.append(row);
  renumber(rows);
  /** @type {HTMLElement | null} */ (row.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  return row;
}

/** @param {HTMLElement} rows @param {HTMLElement} row */
function remove(rows, row) {
  const behind = row.nextElementSibling;
  const filled = [.../** @type {NodeListOf<HTMLInputElement>} */ (row.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=color]), textarea"))].some((one) => one.value.trim());
  row.remove();
  renumber(rows);
  changed(rows);
  /** @type {HTMLElement | null} */ (rows.querySelector(":scope > button[data-do]"))?.focus();
  const undo = () => {
    if (behind?.isConnected) behind.before(row);
    else rows.querySelector(":scope > .form-rows")?.append(row);
    renumber(rows);
    changed(rows);
  };
  if (filled) toast("info", t("The row was removed."), { label: t("Undo"), act: undo });
}

/** @param {HTMLElement} rows @param {HTMLElement} row @param {boolean} up @param {HTMLElement} button */
function move(rows, row, up, button) {
  if (up) row.previousElementSibling?.before(row);
  else row.nextElementSibling?.after(row);
  renumber(rows);
  changed(rows);
  button.focus();
}

/** @param {HTMLElement} rows */
function changed(rows) {
  rows.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The buttons of rows send the form no more: what they do is done here. @param {ParentNode} within */
export function dressRows(within) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (within.querySelectorAll("[data-rows] button[name=do], [data-row] button[name=do]"))) {
    button.dataset.do = button.value;
    button.type = "button";
    button.removeAttribute("name");
  }
  for (const template of within.querySelectorAll("template")) dressRows(template.content);
}

export function startRows() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? /** @type {HTMLButtonElement | null} */ (event.target.closest("[data-rows] button[data-do]")) : null;
    const rows = /** @type {HTMLElement | null} */ (button?.closest("[data-rows]") ?? null);
    if (!button || !rows) return;
    event.preventDefault();
    const act = (button.dataset.do || "").split(":")[1];
    const row = /** @type {HTMLElement | null} */ (button.closest("[data-row]"));
    if (act === "add") add(rows);
    else if (row && act === "remove") remove(rows, row);
    else if (row) move(rows, row, act === "up", button);
  }, { capture: true });
}
