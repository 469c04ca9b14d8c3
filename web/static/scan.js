// A card is swiped or a barcode scanned: the reader types like a very fast keyboard and ends with Enter. It opens the customer, anywhere but in a field;
// in a search box too, where lists have their focus: what the reader typed there is taken out again.
import { codeOf, meantBy } from "./card_code.js";
import htmx from "htmx.org/dist/htmx.esm.js";

/** Readers type a letter every few milliseconds; people do not. */
const FASTEST_PERSON_MS = 45;
const FEWEST = 5;

/** @param {Document} page @param {(code: string) => void} [found] */
export function startScan(page, found = (code) => void htmx.ajax("get", `/cards?code=${encodeURIComponent(code)}`, { target: "#page", swap: "innerHTML" })) {
  let typed = "";
  let last = 0;
  let before = "";
  page.addEventListener("keydown", (event) => {
    const field = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    const box = field instanceof HTMLInputElement && "scan" in field.dataset ? field : null;
    if ((field && !box) || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return (typed = "");
    if (event.timeStamp - last > FASTEST_PERSON_MS) typed = "";
    last = event.timeStamp;
    if (!typed && box) before = box.value;
    typed += meantBy(event);
    if (typed.length < 2) return undefined; // one letter is a shortcut; what follows at once is a reader's, and no shortcut
    const whole = event.key === "Enter" && typed.length >= FEWEST;
    if (box && !(whole && /\d/.test(typed))) return undefined; // a word to be searched for
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!whole) return undefined;
    const code = codeOf(typed);
    typed = "";
    if (box) box.value = before;
    return found(code);
  }, { capture: true });
}
