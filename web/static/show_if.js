// Fields that show, or are needed, only when others say so.
import { holds } from "./conditions.js";

/** What the inputs of this name hold. @param {HTMLFormElement} form @param {string} name @returns {string | string[] | null} */
export function held(form, name) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...form.elements].filter((one) => /** @type {any} */ (one).name === name));
  if (!inputs.length) return null;
  const boxes = inputs.filter((one) => one.type === "checkbox");
  if (boxes.length === 1 && boxes[0].value === "1") return boxes[0].checked ? "1" : "";
  if (boxes.length) return boxes.filter((one) => one.checked).map((one) => one.value);
  const radios = inputs.filter((one) => one.type === "radio");
  if (radios.length) return radios.find((one) => one.checked)?.value ?? "";
  return inputs[inputs.length - 1].value;
}

/** @param {HTMLFormElement} form */
export function showFields(form) {
  const values = (/** @type {string} */ name) => held(form, name);
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-show-if]"))) field.hidden = !holds(JSON.parse(field.dataset.showIf || "null"), values);
  for (const field of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-required-if]"))) {
    const needed = holds(JSON.parse(field.dataset.requiredIf || "null"), values);
    for (const mark of /** @type {NodeListOf<HTMLElement>} */ (field.querySelectorAll("[data-needed]"))) mark.hidden = !needed;
    field.querySelector("input:not([type=hidden]), select, textarea")?.setAttribute("aria-required", String(needed));
  }
  for (const section of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("section:has([data-show-if])"))) {
    section.hidden = [...section.querySelectorAll(".fields > .field")].every((one) => /** @type {HTMLElement} */ (one).hidden);
  }
}
