// Twelve keys for digits, by mouse, touch or typing.
import { h, icon } from "./elements.js";
import { ascii, digits } from "./format.js";
import { persian, t } from "./strings.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** @param {(digit: string) => void} press */
export function keypad(press) {
  const keys = KEYS.map((digit) => h("button.button", { type: "button", "data-digit": digit, onclick: () => press(digit) }, digits(digit, persian)));
  const typed = (/** @type {KeyboardEvent} */ event) => {
    const digit = ascii(event.key);
    if (!/^[0-9*#]$/.test(digit) || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    press(digit);
  };
  return h("div.keypad", { role: "group", "aria-label": t("Keypad"), onkeydown: typed }, keys);
}

/** The keypad with what was pressed above it. @param {(digit: string) => void} press @param {() => void} close */
export function keypadPanel(press, close) {
  const pressed = h("output.figures", { dir: "ltr" }, "\u00a0");
  const remember = (/** @type {string} */ digit) => {
    pressed.textContent = `${(pressed.textContent || "").trim()}${digits(digit, persian)}`.slice(-20);
    press(digit);
  };
  const escape = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && close();
  return h("section", { onkeydown: escape }, h("div.row.spread", {}, pressed, h("button.copy", { type: "button", "aria-label": t("Close the keypad"), onclick: close }, icon("close"))), keypad(remember));
}
