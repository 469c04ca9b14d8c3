// Amounts of money while they are typed: separated thousands that leave the cursor where it is; forms carry plain digits.
import { plainAmount, separated } from "./format.js";
import { persian } from "./strings.js";

/** @param {HTMLInputElement} input */
function separate(input) {
  const bare = plainAmount(input.value);
  if (bare === null) return;
  const behind = (plainAmount(input.value.slice(input.selectionStart ?? 0)) || "").length;
  input.value = separated(bare, persian);
  let place = input.value.length;
  for (let left = behind; left > 0 && place > 0; place -= 1) if (/[\d۰-۹]/.test(input.value[place - 1])) left -= 1;
  input.setSelectionRange(place, place);
}

export function startAmounts() {
  document.addEventListener("input", (event) => {
    const { target } = event;
    if (target instanceof HTMLInputElement && target.dataset.as === "money" && !(/** @type {InputEvent} */ (event).isComposing)) separate(target);
  });
  document.addEventListener("formdata", (event) => {
    const { formData, target } = /** @type {FormDataEvent} */ (event);
    for (const input of /** @type {HTMLFormElement} */ (target).querySelectorAll('input[data-as="money"][name]')) {
      const { name, value } = /** @type {HTMLInputElement} */ (input);
      const bare = plainAmount(value);
      if (bare !== null && formData.getAll(name).length === 1) formData.set(name, bare);
    }
  });
}
