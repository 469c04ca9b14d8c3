// The sentences of the modules in the reader's language: t("English source", {name: value}).
// bundle.mjs collects the sources; the page carries their translations in <script id="strings">.

/** @type {Record<string, string>} */
const catalogue = read("strings");

/** What the server said about the person at this console, when the page was made. @type {{username?: string, name?: string, role?: string, extension?: string, device?: string, live?: boolean}} */
export const me = read("me");

export const language = document.documentElement.lang || "fa";
export const persian = language === "fa";

/**
 * `sentence` in the reader's language, its {places} filled.
 * @param {string} sentence
 * @param {Record<string, string | number>} [values]
 */
export function t(sentence, values = {}) {
  return (catalogue[sentence] || sentence).replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** The server's word in the reader's language: {fa, en}, or one text for all. @param {any} words @returns {string} */
export function said(words) {
  if (words === null || words === undefined) return "";
  return typeof words === "object" ? words[language] || words.en || words.fa || "" : String(words);
}

/** @param {string} id @returns {any} */
function read(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent || "{}") : {};
}
