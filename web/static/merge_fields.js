// "Insert a field" in the editor of text templates: a searchable list grouped by what the fields belong to, all by keyboard.
import { h, icon } from "./elements.js";
import { t } from "./strings.js";

/** @typedef {{title: string, path: string, fields: {path: string, label: string}[]}} Group */
/** @typedef {{text: string, label: string, note: string}} Entry */

/** @type {Map<string, Group[]>} */
const known = new Map();
/** Where the text goes: the editor and the place in it. @type {{editor: HTMLElement, range: Range | null} | null} */
let aim = null;

export function startMergeFields() {
  document.addEventListener("htmx:load", dress);
  dress();
}

function form() {
  return /** @type {HTMLFormElement | null} */ (document.querySelector('form.record-form[action^="/text-templates/"]'));
}

function dress() {
  const editing = form();
  if (!editing || editing.dataset.fields) return;
  editing.dataset.fields = "1";
  editing.addEventListener("change", () => turn(editing));
  turn(editing);
  for (const name of ["subject", "body", "text"]) {
    const field = editing.querySelector(`[data-field="${name}"]`);
    const button = h("button.button.small.insert-field", { type: "button", onmousedown: (/** @type {Event} */ event) => event.preventDefault(), onclick: () => void open(/** @type {Element} */ (field)) }, icon("add"), t("Insert a field"));
    field?.querySelector("label")?.after(button);
  }
}

/** Texts run in the direction of their language, however they begin. @param {HTMLFormElement} editing */
function turn(editing) {
  const language = /** @type {HTMLSelectElement | null} */ (editing.querySelector('[name="language"]'))?.value;
  for (const editor of editing.querySelectorAll('[data-field="body"] [contenteditable], [data-field="body"] textarea, [data-field="text"] textarea, [data-field="subject"] input')) {
    editor.setAttribute("dir", language === "en" ? "ltr" : "rtl");
  }
}

/** @param {Element} field */
async function open(field) {
  const editor = /** @type {HTMLElement | null} */ (field.querySelector("[contenteditable=true]") || field.querySelector("textarea, input"));
  if (!editor) return;
  const chosen = getSelection();
  const range = chosen?.rangeCount && editor.contains(chosen.anchorNode) ? chosen.getRangeAt(0).cloneRange() : null;
  aim = { editor, range };
  const entity = /** @type {HTMLSelectElement | null} */ (form()?.querySelector('[name="entity"]'))?.value || "";
  show(await groups(entity));
}

/** @param {string} entity @returns {Promise<Group[]>} */
async function groups(entity) {
  const found = known.get(entity);
  if (found) return found;
  const answer = await fetch(`/letters/fields?entity=${encodeURIComponent(entity)}`).catch(() => null);
  const made = answer?.ok ? (await answer.json()).groups : [];
  if (made.length) known.set(entity, made);
  return made;
}

/** @param {Group} group @returns {Entry[]} */
function entries(group) {
  const one = group.fields.map(({ path, label }) => ({ text: `{{ ${path} }}`, label, note: path }));
  if (!group.path) return one;
  const inner = group.fields.slice(0, 2).map(({ path }) => `{{ ${path.slice(group.path.length + 1)} }}`).join(" ");
  return [
    { text: `{{ ${group.path} }}`, label: t("All of it, as a table or lines"), note: group.path },
    { text: `{{# ${group.path} }}${inner}، {{/}}`, label: t("Repeated for each"), note: `# ${group.path}` },
    ...one,
  ];
}

/** @param {Group[]} found */
function show(found) {
  const list = h("div.field-list", { role: "listbox", id: "field-list", "aria-label": t("Fields") });
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "search", role: "combobox", "aria-expanded": "true", "aria-controls": "field-list", "aria-label": t("Search a field"), placeholder: t("Search a field"), autocomplete: "off", dir: "auto" }));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.field-picker", { "aria-label": t("Insert a field") }, input, list));
  /** @type {HTMLElement[]} */
  let options = [];
  let at = 0;
  const mark = () => {
    options.forEach((one, place) => one.setAttribute("aria-selected", String(place === at)));
    if (options[at]) input.setAttribute("aria-activedescendant", options[at].id);
    else input.removeAttribute("aria-activedescendant");
    options[at]?.scrollIntoView({ block: "nearest" });
  };
  const draw = () => {
    const words = input.value.trim().toLowerCase();
    options = [];
    list.replaceChildren();
    for (const group of found) {
      const all = !words || group.title.toLowerCase().includes(words);
      const some = entries(group).filter((one) => all || one.label.toLowerCase().includes(words) || one.note.includes(words));
      if (!some.length) continue;
      const made = some.map((one) => h("div.option", { role: "option", id: `field-option-${options.length + some.indexOf(one)}`, "data-text": one.text, "aria-selected": "false" }, one.label, h("bdi.muted", { dir: "ltr" }, one.note)));
      options.push(...made);
      list.append(h("div", { role: "group", "aria-label": group.title }, h("div.field-group", { "aria-hidden": "true" }, group.title), made));
    }
    if (!options.length) list.append(h("p.muted", {}, t("Nothing found")));
    at = 0;
    mark();
  };
  const take = (/** @type {HTMLElement | undefined} */ option) => {
    if (!option) return;
    dialog.close();
    insert(option.dataset.text || "");
  };
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) at = (at + step + options.length) % options.length;
    else if (event.key === "Enter") take(options[at]);
    else return;
    event.preventDefault();
    mark();
  });
  list.addEventListener("click", ({ target }) => take(/** @type {HTMLElement | undefined} */ (target instanceof Element ? target.closest("[role=option]") : null) || undefined));
  dialog.addEventListener("close", () => (dialog.remove(), aim?.editor.focus()));
  document.body.append(dialog);
  draw();
  dialog.showModal();
  input.focus();
}

/** @param {string} text */
function insert(text) {
  if (!aim) return;
  const { editor, range } = aim;
  editor.focus();
  if (editor.isContentEditable) {
    const selection = getSelection();
    if (range && selection) (selection.removeAllRanges(), selection.addRange(range));
    document.execCommand("insertText", false, text);
  } else {
    const field = /** @type {HTMLTextAreaElement} */ (editor);
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
