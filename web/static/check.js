// As one leaves a field, the server says what was understood, what is doubtful, and what is wrong; nothing is held up by it.
import { h } from "./elements.js";

/** @param {HTMLInputElement} input */
async function ask(input) {
  const typed = input.value;
  const field = input.closest(".field");
  if (!field) return;
  const query = new URLSearchParams({ field: input.name, value: typed });
  const answer = typed.trim() ? await fetch(`/records/${input.dataset.check}/check?${query}`).catch(() => null) : null;
  const { error, warning, shown } = answer?.ok && !answer.redirected ? await answer.json() : { error: "", warning: "", shown: "" };
  if (input.value !== typed) return;
  say(field, ".error", error);
  say(field, ".doubt", warning || shown && h("bdi", { dir: "ltr" }, shown));
  field.querySelector(".doubt")?.classList.toggle("understood", !warning);
  field.classList.toggle("invalid", Boolean(error));
  if (error) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** @param {Element} field @param {string} which @param {string | Node} text */
function say(field, which, text) {
  const place = /** @type {HTMLElement | null} */ (field.querySelector(`:scope > ${which}`));
  if (!place) return;
  place.replaceChildren(text);
  place.hidden = !text;
}

export function startChecks() {
  document.addEventListener("change", ({ target }) => {
    if (target instanceof HTMLInputElement && target.dataset.check) void ask(target);
  });
}
