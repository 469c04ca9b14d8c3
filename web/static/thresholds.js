// The supervisor's own limits for the tiles, kept in this browser, and what a value means against them: colour, icon and word.
import { t } from "./strings.js";

/** Limits we begin with; `least` means that less is bad. @type {Record<string, {limit: number, least?: boolean}>} */
const USUAL = { waiting: { limit: 5 }, longest: { limit: 60 }, free: { limit: 1, least: true }, abandoned: { limit: 10 } };
const NEAR = 0.7;

/** The limit of a tile; null when it has none. @param {string} name */
export function threshold(name) {
  if (!(name in USUAL)) return null;
  const own = Number(localStorage.getItem(`limit.${name}`));
  return own > 0 ? own : USUAL[name].limit;
}

/** @param {string} name @param {number} value @returns {{meaning: "" | "good" | "attention" | "bad", picture: string, word: string}} */
export function tileState(name, value) {
  const limit = threshold(name);
  if (limit === null) return { meaning: "", picture: "", word: "" };
  if (USUAL[name].least) {
    if (value < limit) return { meaning: "bad", picture: "alert", word: t("too few") };
    return { meaning: value === limit ? "attention" : "good", picture: value === limit ? "warning" : "ready", word: value === limit ? t("just enough") : t("good") };
  }
  if (value > limit) return { meaning: "bad", picture: "alert", word: t("over the limit") };
  if (value >= limit * NEAR) return { meaning: "attention", picture: "warning", word: t("near the limit") };
  return { meaning: "good", picture: "ready", word: t("good") };
}

/** Inputs named data-limit change their limit at once. @param {() => void} redraw */
export function allowed(redraw) {
  return (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const name = input.dataset?.limit;
    if (!name || !(Number(input.value) > 0)) return;
    localStorage.setItem(`limit.${name}`, String(Number(input.value)));
    redraw();
  };
}
