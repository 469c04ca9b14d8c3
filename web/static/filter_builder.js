// The filter builder of lists: groups of conditions over the fields the server names (data-fields), as JSON in the address (crm/expression.py).
import { h, icon } from "./elements.js";
import { visit } from "./pages.js";
import { t } from "./strings.js";

/** @typedef {{name: string, word: string, value: boolean}} Operator */
/** @typedef {{path: string, label: string, input: string, operators: Operator[], options?: {value: string, word: string}[], entity?: string}} Line */

const DEEPEST = 3;

/** @typedef {{root: HTMLElement, value: () => any, unfinished: () => HTMLInputElement | null}} ConditionBuilder */

/**
 * A condition inside a form: `value` is what is said now (null: nothing), `unfinished` the first input that a condition still needs.
 * @param {Line[]} lines @param {any} condition @returns {ConditionBuilder}
 */
export function conditionBuilder(lines, condition) {
  const root = group({ lines }, condition || { and: [] }, 0);
  return {
    root,
    value: () => {
      const said = read(root);
      return (said.and || said.or || [said]).length ? said : null;
    },
    unfinished: () => [...root.querySelectorAll("[data-test]")].map(missing).find(Boolean) || null,
  };
}

/** The input that a condition with a chosen field still needs. @param {Element} test @returns {HTMLInputElement | null} */
function missing(test) {
  if (!(/** @type {HTMLSelectElement} */ (test.querySelector("[data-path]")).value)) return null;
  const empty = /** @type {HTMLInputElement | undefined} */ ([...test.querySelectorAll("[data-value]")].find((one) => !(/** @type {HTMLInputElement} */ (one).value.trim())));
  if (!empty) return null;
  return empty.type === "hidden" ? /** @type {HTMLInputElement | null} */ (empty.parentElement?.querySelector("input:not([type=hidden])") || null) : empty;
}

/** Fills every filter panel on the page. @param {ParentNode} within */
export function dressFilters(within) {
  for (const panel of within.querySelectorAll("#filter-panel:not([data-dressed])")) new Builder(/** @type {HTMLElement} */ (panel)).draw();
}

class Builder {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    panel.dataset.dressed = "1";
    /** @type {Line[]} */
    this.lines = JSON.parse(panel.dataset.fields || "[]");
    this.address = panel.dataset.address || location.pathname;
  }

  draw() {
    const said = (this.panel.dataset.filter || "").trim();
    this.root = group(this, said.startsWith("{") ? JSON.parse(said) : { and: [] }, 0);
    const form = h("form.stack.filter-form", { "hx-boost": "false", onsubmit: (/** @type {Event} */ event) => this.apply(event) }, this.root,
      h("div.form-foot", {}, h("button.button.small.primary", {}, t("Show"))));
    this.panel.replaceChildren(form);
  }

  /** @param {Event} event */
  apply(event) {
    event.preventDefault();
    event.stopPropagation(); // neither this form nor that of the list's search, in which it stands, is sent: without the filter, and last
    const needed = [.../** @type {HTMLElement} */ (this.root).querySelectorAll("[data-test]")].map(missing).find(Boolean);
    if (needed) {
      needed.setCustomValidity(t("Fill this in, or remove the condition."));
      needed.reportValidity();
      return;
    }
    const condition = read(/** @type {HTMLElement} */ (this.root));
    const between = this.address.includes("?") ? "&" : "?";
    const parts = condition.and || condition.or || [condition];
    visit(parts.length ? `${this.address}${between}filter=${encodeURIComponent(JSON.stringify(condition))}` : this.address);
  }
}

/** A group of conditions: all or any of them, or none ("not"). @param {{lines: Line[]}} builder @param {any} raw @param {number} depth */
function group(builder, raw, depth) {
  const denied = Boolean(raw.not);
  const inner = denied ? raw.not : raw;
  const kind = inner.or ? "or" : "and";
  const parts = inner.or || inner.and || [inner];
  const list = h("div.stack.filter-parts");
  const how = h("select", { "aria-label": t("How these conditions go together"), "data-how": true },
    ...[["and", t("all of these")], ["or", t("any of these")], ["not", t("not all of these")], ["nor", t("none of these")]].map(([value, word]) =>
      h("option", { value, selected: value === (denied ? (kind === "or" ? "nor" : "not") : kind) }, word)));
  /** @param {any} one */
  const add = (one) => list.append(one.and || one.or || one.not ? group(builder, one, depth + 1) : test(builder, one));
  parts.forEach(add);
  const tools = h("div.row", {}, h("button.button.small.quiet", { type: "button", onclick: () => { add({}); focusLast(list); } }, icon("add"), t("Condition")),
    depth < DEEPEST && h("button.button.small.quiet", { type: "button", onclick: () => { add({ and: [{}] }); focusLast(list); } }, icon("add"), t("Group")),
    depth > 0 && h("button.button.small.quiet", { type: "button", onclick: (/** @type {Event} */ event) => /** @type {Element} */ (event.target).closest("fieldset")?.remove() }, icon("trash"), t("Remove the group")));
  if (depth === 0 && !parts.length) add({});
  return h("fieldset.filter-group", { "data-group": true }, h("legend.visually-hidden", {}, t("Conditions")), how, list, tools);
}

/** @param {HTMLElement} list */
function focusLast(list) {
  /** @type {HTMLElement | null} */ (list.lastElementChild?.querySelector("select"))?.focus();
}

/** One comparison: field, operator, value. @param {{lines: Line[]}} builder @param {any} raw */
function test(builder, raw) {
  const field = h("select", { "aria-label": t("Field"), "data-path": true }, h("option", { value: "" }, t("Choose a field")),
    ...builder.lines.map((line) => h("option", { value: line.path, selected: line.path === raw.field }, line.label)));
  const rest = h("span.row.tight.filter-rest");
  const again = (/** @type {any} */ old) => fill(rest, builder.lines.find((line) => line.path === /** @type {HTMLSelectElement} */ (field).value), old);
  field.addEventListener("change", () => again({}));
  again(raw);
  const remove = h("button.button.small.quiet.icon-only", { type: "button", "aria-label": t("Remove this condition"), onclick: () => row.remove() }, icon("trash"));
  const row = h("div.row.filter-test", { "data-test": true }, field, rest, remove);
  return row;
}

/** @param {HTMLElement} rest @param {Line | undefined} line @param {any} raw */
function fill(rest, line, raw) {
  if (!line) return rest.replaceChildren();
  const operator = /** @type {HTMLSelectElement} */ (h("select", { "aria-label": t("How it is compared"), "data-op": true },
    ...line.operators.map((one) => h("option", { value: one.name, selected: one.name === raw.op }, one.word))));
  const place = h("span.row.tight");
  const draw = (/** @type {any} */ value) => {
    const one = line.operators.find((known) => known.name === operator.value);
    const wanted = !one?.value ? [] : one.name === "between" ? [value?.[0], value?.[1]] : [value];
    place.replaceChildren(...wanted.map((known) => input(line, known)));
  };
  operator.addEventListener("change", () => draw(undefined));
  draw(raw.value);
  rest.replaceChildren(operator, place);
}

/** @param {Line} line @param {any} value */
function input(line, value) {
  if (line.options) {
    return h("select", { "aria-label": t("Value"), "data-value": true }, ...line.options.map((one) => h("option", { value: one.value, selected: String(value ?? "") === one.value }, one.word)));
  }
  if (line.input === "reference") return reference(line, value);
  const hint = line.input === "date" ? t("1404/02/15, today, 3 days ago…") : "";
  return h("input", { "aria-label": t("Value"), "data-value": true, value: value === undefined || value === null ? "" : String(value), placeholder: hint, dir: "auto", autocomplete: "off", maxlength: 300, inputmode: line.input === "number" ? "decimal" : null });
}

/** A record chosen by its name: suggestions while typing, the id is what counts. @param {Line} line @param {any} value */
function reference(line, value) {
  const list = h("datalist", { id: `filter-found-${Math.random().toString(36).slice(2)}` });
  /** @type {Map<string, string>} */
  const known = new Map();
  const box = /** @type {HTMLInputElement} */ (h("input", { "aria-label": t("Value"), list: list.id, value: value ? `#${value}` : "", placeholder: t("Type a name"), dir: "auto", autocomplete: "off", maxlength: 200 }));
  const held = /** @type {HTMLInputElement} */ (h("input", { type: "hidden", "data-value": true, value: value ?? "" }));
  box.addEventListener("input", async () => {
    if (known.has(box.value)) {
      held.value = known.get(box.value) || "";
      return;
    }
    const answer = await fetch(`/records/${line.entity}/choose?q=${encodeURIComponent(box.value)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { items } = await answer.json();
    list.replaceChildren(...items.map((/** @type {{id: number, title: string, note: string}} */ one) => {
      known.set(one.title, String(one.id));
      return h("option", { value: one.title }, one.note);
    }));
    held.value = known.get(box.value) || "";
  });
  return h("span.row.tight", {}, box, list, held);
}

/** What the builder says, as JSON. @param {HTMLElement} element @returns {any} */
function read(element) {
  if (element.hasAttribute("data-test")) return readTest(element);
  const how = /** @type {HTMLSelectElement} */ (element.querySelector(":scope > [data-how]")).value;
  const parts = [...element.querySelectorAll(":scope > .filter-parts > *")].map((part) => read(/** @type {HTMLElement} */ (part))).filter(Boolean);
  if (element.closest(".filter-parts") && !parts.length) return null;
  const both = how === "or" || how === "nor" ? { or: parts } : { and: parts };
  return parts.length && (how === "not" || how === "nor") ? { not: both } : both;
}

/** @param {HTMLElement} element */
function readTest(element) {
  const field = /** @type {HTMLSelectElement} */ (element.querySelector("[data-path]")).value;
  const op = /** @type {HTMLSelectElement | null} */ (element.querySelector("[data-op]"))?.value;
  if (!field || !op) return null;
  const values = [...element.querySelectorAll("[data-value]")].map((one) => /** @type {HTMLInputElement} */ (one).value.trim());
  if (!values.length) return { field, op };
  if (values.some((value) => !value)) return null;
  return { field, op, value: op === "between" ? values : values[0] };
}
