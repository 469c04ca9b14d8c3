// Everything on the page that counts: [data-since] and [data-until] tick each second, time[data-at] each half minute.
// The server's clock is the measure; `setServerTime` keeps the difference to this machine's.
import { ago, duration, exactly, moment } from "./format.js";
import { language, persian } from "./strings.js";

let ahead = 0;

/** UTC epoch seconds by the server's clock. */
export function now() {
  return Date.now() / 1000 + ahead;
}

/** @param {any} value the server's moment as it comes */
export function setServerTime(value) {
  const at = moment(value);
  if (at) ahead = at - Date.now() / 1000;
}

/** @param {ParentNode} within */
export function tick(within = document) {
  const at = now();
  for (const element of within.querySelectorAll("[data-since], [data-until]")) {
    const { since, until } = /** @type {HTMLElement} */ (element).dataset;
    const seconds = since ? at - Number(since) : Number(until) - at;
    const place = element.querySelector("bdi") || element;
    const text = duration(seconds, persian);
    if (place.textContent !== text) place.textContent = text;
  }
}

function tickAgo() {
  for (const element of document.querySelectorAll("time[data-at]")) {
    const at = moment(Number(element.getAttribute("data-at")));
    element.textContent = ago(at, now(), language);
    if (!element.getAttribute("title")) element.setAttribute("title", exactly(at, language));
  }
}

export function startClocks() {
  setInterval(tick, 1000);
  setInterval(tickAgo, 30_000);
  tickAgo();
  document.addEventListener("htmx:afterSettle", () => (tick(), tickAgo()));
}
