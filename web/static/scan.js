// A card is swiped or a barcode scanned: the reader types like a very fast keyboard and ends with Enter. Anywhere but in a field it opens the customer.
import { codeOf, meantBy } from "./card_code.js";
import htmx from "htmx.org/dist/htmx.esm.js";

/** Readers type a letter every few milliseconds; people do not. */
const FASTEST_PERSON_MS = 45;
const FEWEST = 5;

/** @param {Document} page @param {(code: string) => void} [found] */
export function startScan(page, found = (code) => void htmx.ajax("get", `/cards?code=${encodeURIComponent(code)}`, { target: "#page", swap: "innerHTML" })) {
  let typed = "";
  let last = 0;
  page.addEventListener("keydown", (event) => {
    const field = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (field || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return (typed = "");
    if (event.timeStamp - last > FASTEST_PERSON_MS) typed = "";
    last = event.timeStamp;
    typed += meantBy(event);
    if (typed.length < 2) return undefined; // one letter is a shortcut; what follows at once is a reader's, and no shortcut
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.key !== "Enter" || typed.length < FEWEST) return undefined;
    const code = codeOf(typed);
    typed = "";
    return found(code);
  }, { capture: true });
}
