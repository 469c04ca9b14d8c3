// Formatted text: a small toolbar over an editable place; the textarea behind it is what is sent. The server lets only harmless elements through.
import { h } from "./elements.js";
import { t } from "./strings.js";

const ALLOWED = new Set(["P", "BR", "B", "STRONG", "I", "EM", "U", "S", "H2", "H3", "UL", "OL", "LI", "BLOCKQUOTE", "A", "TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "HR", "DIV"]);
/** @type {[string, string, () => string, string?][]} command, what the button shows, its name, its value */
const TOOLS = [
  ["bold", "B", () => t("Bold")],
  ["italic", "I", () => t("Italic")],
  ["underline", "U", () => t("Underlined")],
  ["formatBlock", "H", () => t("Heading"), "h3"],
  ["insertUnorderedList", "•", () => t("List")],
  ["insertOrderedList", "№", () => t("Numbered list")],
  ["removeFormat", "⌫", () => t("Without format")],
];

/** What of `html` may stand in the editor. @param {string} html @returns {Node[]} */
function harmless(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...made.body.querySelectorAll("*")].reverse()) {
    for (const { name, value } of [...element.attributes]) {
      if (element.tagName !== "A" || name !== "href" || !/^(https?|mailto|tel):/i.test(value)) element.removeAttribute(name);
    }
    if (["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH"].includes(element.tagName.toUpperCase())) element.remove();
    else if (!ALLOWED.has(element.tagName)) element.replaceWith(...element.childNodes);
  }
  return [...made.body.childNodes].map((one) => document.importNode(one, true));
}

/** @param {HTMLTextAreaElement} source */
export function dressRich(source) {
  if (source.dataset.dressed) return;
  source.dataset.dressed = "1";
  const label = source.closest(".field")?.querySelector("label");
  const id = source.id;
  if (label) label.id = `${id}-label`;
  const place = h("div.rich-place.prose", {
    contenteditable: "true", role: "textbox", "aria-multiline": "true", dir: "auto", "aria-labelledby": `${id}-label`, "aria-describedby": source.getAttribute("aria-describedby"),
    oninput: () => write(),
    onpaste: (/** @type {ClipboardEvent} */ event) => {
      const html = event.clipboardData?.getData("text/html");
      if (!html) return;
      event.preventDefault();
      const held = h("div", {}, /** @type {any} */ (harmless(html)));
      document.execCommand("insertHTML", false, held.innerHTML);
    },
  });
  const write = () => {
    source.value = place.textContent?.trim() || place.querySelector("hr, table") ? place.innerHTML : "";
    source.dispatchEvent(new Event("input", { bubbles: true }));
  };
  place.append(...harmless(source.value));
  const tool = (/** @type {(typeof TOOLS)[number]} */ [command, sign, name, value]) =>
    h("button.button.quiet.small", { type: "button", "aria-label": name(), title: name(), onmousedown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => (place.focus(), document.execCommand(command, false, value), write()) }, h("span", { "aria-hidden": "true" }, sign));
  source.hidden = true;
  source.id = `${id}-source`;
  place.id = id;
  label?.addEventListener("click", () => place.focus());
  source.before(h("div.rich", {}, h("div.rich-tools", { role: "toolbar", "aria-label": t("Format") }, TOOLS.map(tool)), place));
}
