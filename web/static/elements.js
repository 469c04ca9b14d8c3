// Building elements without ever parsing text as HTML: what a caller calls himself can do no harm.
import { digits, duration, grouped } from "./format.js";
import { persian, t } from "./strings.js";

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element: h("p.muted", {id: "x", onclick: f}, "text", child). Attributes that are null or false are left out; on… are listeners.
 * @param {string} name tag and classes, "button.button.primary"
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || (value === false && !key.startsWith("aria-"))) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") /** @type {HTMLInputElement} */ (element).value = value;
    else element.setAttribute(key, value === true && !key.startsWith("aria-") ? "" : String(value));
  }
  element.append(...children.flat().filter(shown).map((one) => (one instanceof Node ? one : String(one))));
  return element;
}

/** @param {Child} child @returns {child is Node | string | number} */
function shown(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}

const SVG = "http://www.w3.org/2000/svg";

/** A picture of templates/icons.svg. @param {string} name @param {string} [extra] a further class */
export function icon(name, extra = "") {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", `icon ${extra}`.trim());
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  picture.append(use);
  return picture;
}

/** Colour + icon + word. @param {string} meaning good, attention, bad, info or off @param {string} name @param {string} word */
export function state(meaning, name, word) {
  return h(`span.state.${meaning}`, {}, icon(name), word);
}

/** A number that dials when clicked, with its copy button; plain text when there is no number. @param {string} number */
export function phone(number) {
  if (!/\d/.test(number)) return h("span.muted", {}, number);
  const link = h("a.dial", { href: `tel:${number}`, "data-dial": number, title: t("Call this number") }, h("bdi", { dir: "ltr" }, digits(grouped(number), persian)));
  const copy = h("button.copy", { type: "button", "data-copy": number, "aria-label": t("Copy the number"), title: t("Copy the number") }, icon("copy"));
  return h("span.phone", {}, link, copy);
}

/** A timer that ticks by itself (clocks.js) from `since`, epoch seconds. @param {number} since @param {string} [name] */
export function ticking(since, name = "span.timer") {
  return h(name, { "data-since": since, role: "timer", "aria-live": "off" }, h("bdi", { dir: "ltr" }, duration(0, persian)));
}

/** A key of the keyboard as shown to people. @param {string} name */
export function key(name) {
  return h("kbd", {}, name);
}

/** @param {string} selector @param {ParentNode} [within] @returns {HTMLElement | null} */
export function one(selector, within = document) {
  return within.querySelector(selector);
}
