// Letters and messages: the PDF in a window of its own, the size of a message while it is typed, copying it.
import { digits } from "./format.js";
import { dressRich } from "./rich_text.js";
import { counted } from "./sms_parts.js";
import { persian, t } from "./strings.js";
import { toast } from "./toasts.js";

export function startWriting() {
  document.addEventListener("click", clicked, { capture: true });
  document.addEventListener("htmx:load", dress);
  dress();
  document.addEventListener("input", ({ target }) => target instanceof HTMLTextAreaElement && target.id === "message-text" && size(target));
}

/** The letter is edited as it will look, in the direction of its language. */
function dress() {
  for (const source of /** @type {NodeListOf<HTMLTextAreaElement>} */ (document.querySelectorAll("[data-letter] textarea[data-rich]"))) {
    dressRich(source);
    const place = source.closest(".paper")?.querySelector("[contenteditable]");
    place?.setAttribute("dir", source.closest(".paper")?.getAttribute("dir") || "auto");
  }
}

/** @param {MouseEvent} event */
function clicked(event) {
  if (!(event.target instanceof Element)) return;
  const button = /** @type {HTMLButtonElement | null} */ (event.target.closest("button[data-new-window]"));
  if (button?.form) {
    event.preventDefault();
    event.stopPropagation();
    openBeside(button.form, button);
  } else if (event.target.closest("[data-copy-message]")) void copy();
}

/** Sends the form into a new window, past htmx, so that the page and a call on it stay. @param {HTMLFormElement} form @param {HTMLButtonElement} button */
function openBeside(form, button) {
  const beside = document.createElement("form");
  Object.assign(beside, { method: "post", action: form.action, target: "_blank", hidden: true });
  const fields = new FormData(form);
  fields.set(button.name, button.value);
  for (const [name, value] of fields) {
    const field = document.createElement("textarea");
    Object.assign(field, { name, value: String(value) });
    beside.append(field);
  }
  document.body.append(beside);
  beside.submit();
  beside.remove();
}

/** @param {HTMLTextAreaElement} field */
function size(field) {
  const place = document.querySelector("[data-size]");
  const found = counted(field.value);
  const said = t("{parts} short messages · {length} characters · {left} left in the last one · {alphabet}", { ...found });
  if (place) place.textContent = digits(said, persian).replace("GSM-۷", "GSM-7").replace("UCS-۲", "UCS-2");
}

async function copy() {
  const field = /** @type {HTMLTextAreaElement | null} */ (document.querySelector("#message-text"));
  if (!field) return;
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy");
  }
  toast("good", t("Copied."));
}
