// Short notices in the corner, read out by screen readers; bad news stays until closed.
import { h, icon, one } from "./elements.js";
import { t } from "./strings.js";

const PICTURES = { good: "ready", attention: "warning", bad: "alert", info: "info" };
const AT_MOST = 5;

/** @param {keyof typeof PICTURES} level @param {string} message @param {{label: string, act: () => void}} [action] */
export function toast(level, message, action) {
  const place = one("#toasts");
  if (!place || [...place.children].some((shown) => shown.querySelector("p")?.textContent === message)) return;
  const remove = () => element.remove();
  const act = action && h("button.button.small", { type: "button", onclick: () => (action.act(), remove()) }, action.label);
  const close = h("button.copy", { type: "button", "aria-label": t("Close"), onclick: remove }, icon("close"));
  const element = h(`div.toast.${level}`, {}, icon(PICTURES[level]), h("p", {}, message), act, close);
  place.append(element);
  while (place.children.length > AT_MOST) place.firstElementChild?.remove();
  if (level !== "bad") setTimeout(remove, action ? 12_000 : 5000);
}

/** Says it to screen readers at once (a call, its end). @param {string} sentence */
export function announce(sentence) {
  const place = one("#say");
  if (place) place.textContent = sentence;
}

/** Shows why something was refused. @param {any} error what live.send was rejected with */
export function refused(error) {
  toast("bad", (error && error.message) || t("That did not work. Please try again."));
}
