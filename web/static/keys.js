// The keyboard: Ctrl+Shift+letter by the key's place, so that a Persian layout changes nothing; `?` shows them, `/` searches.
// A list page's own keys (j k Enter) move along its rows.
import { h, key, one } from "./elements.js";
import { t } from "./strings.js";

/** What each action is called; the order is the order of the help. */
const ACTIONS = [
  ["answer", "KeyA", () => t("Answer")],
  ["reject", "KeyR", () => t("Reject")],
  ["end", "KeyE", () => t("Hang up")],
  ["hold", "KeyH", () => t("Hold and take back")],
  ["mute", "KeyM", () => t("Mute and unmute")],
  ["keypad", "KeyD", () => t("Keypad")],
  ["note", "KeyY", () => t("Write a note")],
  ["finish", "Enter", () => t("Wrap-up is done")],
  ["status", "KeyS", () => t("Change status")],
  ["available", "KeyG", () => t("Become available")],
  ["dial", "KeyL", () => t("Type a number to call")],
];

/** Browsers keep these with Ctrl+Shift for themselves: new window, new private window, reopen a tab, close. */
const RESERVED = ["KeyN", "KeyT", "KeyW"];

/** @type {Map<string, (index: number) => void>} */
const bound = new Map();

/** The physical key of an action, changed by the person or as we chose it. @param {string} action */
function codeOf(action) {
  return localStorage.getItem(`key.${action}`) || ACTIONS.find(([name]) => name === action)?.[1] || "";
}

/** @param {string} action @returns {string} "A", "⏎": for showing at a button */
export function keyName(action) {
  return String(codeOf(action)).replace(/^Key|^Digit/, "").replace("Enter", "⏎");
}

/** @param {string} action one of ACTIONS, or "choose" (the digits 1–9) @param {(index: number) => void} act */
export function bind(action, act) {
  bound.set(action, act);
}

function typing() {
  return document.activeElement?.matches("input, textarea, select, [contenteditable]") || false;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.ctrlKey && event.shiftKey && !event.altKey) {
    const action = ACTIONS.find(([name]) => codeOf(String(name)) === event.code)?.[0];
    if (action && bound.has(String(action))) {
      event.preventDefault();
      if (!event.repeat) bound.get(String(action))?.(0);
    }
    return;
  }
  if (event.ctrlKey || event.altKey || event.metaKey || typing()) return;
  if (event.key === "?" || event.key === "؟") return showKeys();
  if (event.code === "Slash" || event.key === "/") return focusSearch(event);
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (digit && !event.shiftKey) return bound.get("choose")?.(Number(digit[1]) - 1);
  moveAlong(event);
}

/** @param {KeyboardEvent} event */
function focusSearch(event) {
  event.preventDefault();
  one("#q")?.focus();
}

/** j and k walk the rows of the first list on the page, Enter opens one; lists of records have more (lists.js). @param {KeyboardEvent} event */
function moveAlong(event) {
  if (one("#page table.records")) return;
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#page tbody tr:has(a), #page .list > li:has(a)")]);
  const step = { KeyJ: 1, KeyK: -1 }[event.code];
  if (!step || !rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  one("a", next)?.focus();
}

export function showKeys() {
  const dialog = /** @type {HTMLDialogElement | null} */ (one("#keys"));
  if (!dialog || dialog.open) return;
  const rows = ACTIONS.flatMap(([action, , title]) => [
    h("dt", {}, key("Ctrl"), " ", key("Shift"), " ", changer(String(action))),
    h("dd", {}, /** @type {() => string} */ (title)()),
  ]);
  const others = [["1–9", t("Choose among the customers, or the result at wrap-up")], ["/  Ctrl+K", t("Search everything")], ["↓ ↑", t("From the search box of a list to its rows, and back")], ["J K", t("Next and previous row")], ["X", t("Mark the row")], ["E", t("Edit the record")], ["← ↑ → ↓", t("Cells of a list, from a row’s name")], ["F2  ⏎", t("Change the value in a cell")], ["N", t("Write down a communication")], ["Alt ↑ ↓", t("Previous and next record of the list")], ["Ctrl ⏎", t("Save the form")], ["?", t("This help")]];
  dialog.replaceChildren(
    h("div.dialog-head", {}, h("h2", { id: "keys-title" }, t("Keyboard"))),
    h("dl.keys-help", {}, rows, others.flatMap(([name, title]) => [h("dt", {}, key(name)), h("dd", {}, title)])),
    h("p.muted", {}, t("Click a letter to choose another key for it.")),
    h("form.dialog-foot", { method: "dialog", "hx-boost": "false" }, h("button.button.primary", {}, t("Close")), h("button.button.quiet", { type: "button", onclick: () => (asChosenByUs(), dialog.close(), showKeys()) }, t("As they were"))),
  );
  dialog.showModal();
}

/** A key that can be changed: click it, then press the new one. @param {string} action */
function changer(action) {
  const button = h("button.chip.changer", { type: "button", "aria-label": t("Change the key {key}", { key: keyName(action) }) }, keyName(action));
  button.addEventListener("click", () => {
    button.textContent = "…";
    button.addEventListener("keydown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      if (/^(Key[A-Z]|Enter)$/.test(event.code) && !RESERVED.includes(event.code) && !ACTIONS.some(([other]) => other !== action && codeOf(String(other)) === event.code)) localStorage.setItem(`key.${action}`, event.code);
      button.textContent = keyName(action);
    }, { once: true });
  });
  return button;
}

function asChosenByUs() {
  for (const [action] of ACTIONS) localStorage.removeItem(`key.${action}`);
}

export function startKeys() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest('[data-open="keys"]')) showKeys();
  });
}
