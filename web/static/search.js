// The search box at the top: htmx fetches results as one types; arrows walk them, Escape closes, Enter opens.
import { one } from "./elements.js";

export function startSearch() {
  const box = /** @type {HTMLInputElement | null} */ (one("#q"));
  const found = one("#found");
  if (!box || !found) return;
  const links = () => /** @type {HTMLElement[]} */ ([...found.querySelectorAll("a:not(.dial)")]);
  const close = () => (found.replaceChildren(), box.setAttribute("aria-expanded", "false"));
  found.addEventListener("htmx:afterSwap", () => {
    if (!box.value.trim()) close();
    box.setAttribute("aria-expanded", String(found.childElementCount > 0));
  });
  one("#search")?.addEventListener("keydown", (event) => {
    const all = links();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === "Escape") {
      close();
      box.focus();
    } else if (event.key === "ArrowDown" && all.length) {
      event.preventDefault();
      all[Math.min(all.length - 1, at + 1)].focus();
    } else if (event.key === "ArrowUp" && at >= 0) {
      event.preventDefault();
      (at ? all[at - 1] : box).focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#search") || event.target.closest("#found a")) close();
  });
  document.addEventListener("htmx:pushedIntoHistory", close);
}
