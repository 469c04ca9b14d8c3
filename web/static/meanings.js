// Below a field for dates or amounts stands what was understood. The server says it: one table of words for forms, filters and the API.
import { t } from "./strings.js";

const PAUSE = 250;
/** @typedef {{understood: boolean, value?: string | null, rial?: number | null, typed: string, shown: string}} Meaning */

/** @type {WeakMap<Element, AbortController>} */
const asking = new WeakMap();
/** @type {WeakMap<Element, number>} */
const waiting = new WeakMap();

/**
 * What `text` means; null when it is empty or the server does not answer.
 * @param {string} text @param {{as?: string, unit?: string, ahead?: string}} how `ahead`: a time alone is the next one to come @param {AbortSignal} [signal]
 * @returns {Promise<Meaning | null>}
 */
export async function meant(text, { as = "date", unit = "rial", ahead = "" }, signal) {
  if (!text.trim()) return null;
  const query = new URLSearchParams(as === "money" ? { text, unit } : { text, as, ...(ahead && { ahead }) });
  try {
    const answer = await fetch(`/api/v1/${as === "money" ? "amounts" : "dates"}?${query}`, { signal });
    if (answer.ok) return await answer.json();
    return answer.status === 422 ? { understood: false, typed: "", shown: "" } : null;
  } catch {
    return null;
  }
}

/** What the text in `input` means; whoever asks again takes back the question before. @param {HTMLInputElement} input @returns {Promise<Meaning | null>} */
export async function understand(input) {
  asking.get(input)?.abort();
  const control = new AbortController();
  asking.set(input, control);
  return meant(input.value, input.dataset, control.signal);
}

/** @param {HTMLInputElement} input @param {Meaning | null} meaning @param {boolean} finished whether the person has left the field */
function show(input, meaning, finished) {
  const wrong = Boolean(finished && meaning && !meaning.understood);
  const place = document.getElementById(`${input.id}-meaning`);
  if (place) place.textContent = wrong ? trouble(input) : meaning?.shown || "";
  if (place) place.classList.toggle("error", wrong);
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  input.dataset.value = meaning?.understood && meaning.value ? meaning.value : "";
}

/** @param {HTMLInputElement} input */
function trouble(input) {
  if (input.dataset.as === "money") return t("This was not understood. For example: 12,500,000, or 1.2 million Toman.");
  if (input.dataset.as === "range") return t("This was not understood. For example: this month, last 7 days, or two dates with “to” between them.");
  return t("This was not understood. For example: 1404/02/15, 2025-05-05, tomorrow, in 3 days.");
}

/** @param {HTMLInputElement} input @param {boolean} finished */
async function ask(input, finished) {
  clearTimeout(waiting.get(input));
  const typed = input.value;
  const meaning = await understand(input);
  if (input.value !== typed) return;
  show(input, meaning, finished);
  if (finished && meaning?.understood) input.value = meaning.typed;
}

/** The field that takes dates or amounts, if it is one. @param {EventTarget | null} target @returns {HTMLInputElement | null} */
export function meaningful(target) {
  return target instanceof HTMLInputElement && target.matches("input[data-as]") ? target : null;
}

export function startMeanings() {
  document.addEventListener("input", ({ target }) => {
    const input = meaningful(target);
    if (!input) return;
    clearTimeout(waiting.get(input));
    waiting.set(input, window.setTimeout(() => void ask(input, false), PAUSE));
  });
  document.addEventListener("change", ({ target }) => {
    const input = meaningful(target);
    if (input) void ask(input, true);
  });
}
