// One field edited where it stands: a double click, or Enter or F2 on a cell of a list, opens the field's own editor; Enter saves, Esc leaves.
// Arrows walk the cells of a list; on a record's page every value has a button.
import { h } from "./elements.js";
import { prepare } from "./forms.js";
import { redraw, settle } from "./pages.js";
import { apart } from "./quick.js";
import { t } from "./strings.js";
import { colour } from "./theme.js";
import { toast } from "./toasts.js";

const NARROW = 640;
const EDGE = 8;

/** @typedef {{place: HTMLElement, address: string, label: string}} Spot where a value stands, where its editor is, and what it is called */

export function startCells() {
  document.addEventListener("dblclick", (event) => {
    const spot = event.target instanceof Element && !event.target.closest("a, button, input, select, textarea, dialog") ? spotOf(event.target) : null;
    if (!spot) return;
    event.preventDefault();
    getSelection()?.removeAllRanges();
    void open(spot);
  });
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-edit-value]") : null;
    const spot = button && spotOf(button);
    if (spot) void open(spot);
  });
  document.addEventListener("keydown", pressed);
}

/** @param {Element} element @returns {Spot | null} */
function spotOf(element) {
  const cell = /** @type {HTMLTableCellElement | null} */ (element.closest("table.records[data-edits] tbody :is(td, th)"));
  if (cell) {
    const table = /** @type {HTMLTableElement} */ (cell.closest("table"));
    const head = table.tHead?.rows[0].cells[cell.cellIndex];
    const id = /** @type {HTMLElement} */ (cell.closest("tr")).dataset.id;
    if (!head?.dataset.column || head.dataset.fixed !== undefined) return null;
    return { place: cell, address: `${table.dataset.address}/${id}/cell/${head.dataset.column}`, label: head.textContent?.trim() || "" };
  }
  const value = /** @type {HTMLElement | null} */ (element.closest("[data-edit-at]"));
  if (!value) return null;
  return { place: value, address: value.dataset.editAt || "", label: value.dataset.label || "" };
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (!target || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || target.closest("dialog")) return;
  const cell = /** @type {HTMLTableCellElement | null} */ (target.closest("table.records[data-edits] tbody :is(td, th)"));
  if (!cell || (target.matches("input, select, textarea") && event.key !== "F2")) return;
  const onCell = target === cell;
  if (event.key === "F2" || (event.key === "Enter" && onCell)) {
    const spot = spotOf(cell);
    event.preventDefault();
    if (spot) void open(spot);
  } else if (event.key.startsWith("Arrow")) walk(event, cell);
  else if (event.key === "Escape" && onCell) /** @type {HTMLElement | null} */ (cell.closest("tr")?.querySelector("th a"))?.focus();
}

/** @param {KeyboardEvent} event @param {HTMLTableCellElement} cell */
function walk(event, cell) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const onward = getComputedStyle(cell).direction === "rtl" ? -1 : 1;
  const [down, across] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -onward], ArrowRight: [0, onward] }[event.key] || [0, 0];
  const rows = [.../** @type {HTMLTableSectionElement} */ (row.parentElement).rows];
  const next = rows[rows.indexOf(row) + down]?.cells[cell.cellIndex + across];
  if (!next || next.matches(".pick")) return;
  event.preventDefault();
  stand(next);
}

/** Puts the focus on a cell: its link where it is the record's name. @param {HTMLElement} cell */
function stand(cell) {
  const link = cell.matches("th") ? /** @type {HTMLElement | null} */ (cell.querySelector("a")) : null;
  if (!link) cell.tabIndex = -1;
  (link || cell).focus();
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** @param {Spot} spot */
async function open(spot) {
  const answer = await fetch(spot.address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return toast("bad", (await said(answer)) || t("That did not work. Please try again."));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.cell-editor", { "aria-label": spot.label }));
  document.body.append(dialog);
  dialog.showModal();
  fill(dialog, await answer.text());
  const form = () => /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  const begun = typed(form());
  lay(dialog, spot.place);
  dialog.addEventListener("close", () => {
    dialog.remove();
    back(spot);
  });
  dialog.addEventListener("click", (event) => {
    const outside = event.target === dialog && !inside(dialog, event);
    if ((event.target instanceof Element && event.target.closest("[data-close]")) || (outside && typed(form()) === begun)) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const way = event.target instanceof Element && event.target.matches("select, [type=checkbox], [type=radio]");
    if (event.key !== "Enter" || !way || event.ctrlKey) return;
    event.preventDefault();
    form().requestSubmit();
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    void save(dialog, spot, begun);
  });
}

/** @param {HTMLDialogElement} dialog @param {string} text the server's editor */
function fill(dialog, text) {
  const made = new DOMParser().parseFromString(text, "text/html");
  apart(made.body);
  dialog.replaceChildren(...[...made.body.children].map((one) => document.importNode(one, true)));
  colour(dialog);
  const form = dialog.querySelector("form");
  if (form) prepare(form);
  const first = /** @type {HTMLInputElement | null} */ (dialog.querySelector(".field :is(input:not([type=hidden]), select, textarea, [contenteditable])"));
  first?.focus();
  if (first?.matches("input:not([type=checkbox], [type=radio], [type=color], [type=file])")) first.select();
}

/** Beside the value, inside the window; on a phone the stylesheet lays it at the foot. @param {HTMLElement} dialog @param {HTMLElement} place */
function lay(dialog, place) {
  if (innerWidth <= NARROW) return;
  const at = place.getBoundingClientRect();
  const own = dialog.getBoundingClientRect();
  const start = getComputedStyle(place).direction === "rtl" ? at.right - own.width : at.left;
  dialog.style.left = `${Math.max(EDGE, Math.min(start, innerWidth - own.width - EDGE))}px`;
  dialog.style.top = `${Math.max(EDGE, Math.min(at.top, innerHeight - own.height - EDGE))}px`;
}

/** @param {HTMLElement} dialog @param {MouseEvent} event */
function inside(dialog, event) {
  const at = dialog.getBoundingClientRect();
  return event.clientX >= at.left && event.clientX <= at.right && event.clientY >= at.top && event.clientY <= at.bottom;
}

/** What stands in a form, but for its version. @param {HTMLFormElement} form @returns {string} */
function typed(form) {
  const data = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  data.delete("version");
  return data.toString();
}

/** @param {Spot} spot */
function columns(spot) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (spot.place.closest("table.records")?.querySelectorAll("thead [data-column]") || [])].map((one) => one.dataset.column).join(",");
}

/** @param {HTMLDialogElement} dialog @param {Spot} spot @param {string} begun */
async function save(dialog, spot, begun) {
  const form = /** @type {HTMLFormElement} */ (dialog.querySelector("form"));
  if (typed(form) === begun) return dialog.close();
  const version = String(new FormData(form).get("version"));
  const answer = await send(spot, typed(form), version);
  if (!answer) return toast("bad", t("The server does not answer. What you typed is kept; please try again."));
  if (answer.ok) {
    const saved = await answer.json();
    dialog.close();
    return shown(spot, saved, begun);
  }
  if (answer.headers.get("Content-Type")?.startsWith("text/html") && (answer.status === 422 || answer.status === 409)) {
    fill(dialog, await answer.text());
    return lay(dialog, spot.place);
  }
  return toast("bad", (await said(answer)) || t("That did not work. Please try again."));
}

/** @param {Spot} spot @param {string} data @param {string | number} version */
function send(spot, data, version) {
  const body = `${data}&version=${version}`;
  const headers = { "HX-Request": "true", "X-Columns": columns(spot), "Content-Type": "application/x-www-form-urlencoded" };
  return fetch(spot.address, { method: "POST", headers, body }).catch(() => null);
}

/** @param {Spot} spot @param {{version: number, title: string, colour: string, cells: Record<string, string>}} saved @param {string} before what stood in the editor at first; "" when this was an undo */
function shown(spot, saved, before) {
  const row = spot.place.closest("tr[data-id]");
  const table = /** @type {HTMLTableElement | null} */ (spot.place.closest("table.records"));
  if (row && table) {
    for (const [at, head] of [.../** @type {HTMLTableRowElement} */ (table.tHead?.rows[0]).cells].entries()) {
      const cell = /** @type {HTMLTableRowElement} */ (row).cells[at];
      if (head.dataset.column && head.dataset.column in saved.cells && cell.matches("td")) cell.innerHTML = saved.cells[head.dataset.column];
    }
    const title = row.querySelector("th a bdi");
    if (title) title.textContent = saved.title;
    settle(/** @type {HTMLElement} */ (row));
    back(spot);
  } else void redraw(".record-head", "[data-shelves]", ".columns > aside").then(() => back(spot));
  if (!before) return toast("good", t("Taken back: {what}", { what: spot.label }));
  const undo = async () => {
    const answer = await send(spot, before, saved.version);
    if (answer?.ok) shown(spot, await answer.json(), "");
    else toast("bad", t("It could not be taken back: somebody has changed it since. The history of the record has every value."));
  };
  return toast("good", t("Saved: {what}", { what: spot.label }), { label: t("Undo"), act: () => void undo() });
}

/** The focus is where it was; after a page was drawn again, at the same value. @param {Spot} spot */
function back(spot) {
  const place = spot.place.isConnected ? spot.place : /** @type {HTMLElement | null} */ (document.querySelector(`[data-edit-at="${CSS.escape(spot.address)}"]`));
  if (!place) return;
  const button = /** @type {HTMLElement | null} */ (place.querySelector("[data-edit-value]"));
  if (button) button.focus();
  else stand(place);
}

/** Why the server refused, in its own words. @param {Response | null} answer */
async function said(answer) {
  const plain = !answer?.headers.get("Content-Type")?.startsWith("text/html");
  return plain ? ((await answer?.text().catch(() => "")) || "").slice(0, 300) : "";
}
