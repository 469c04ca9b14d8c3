// Links to records in forms: search as you type by keyboard or mouse, a new record in a dialog. After the ARIA Authoring Practices' combobox.
import { h } from "./elements.js";
import { openQuick } from "./quick.js";
import { t } from "./strings.js";
import { colour } from "./theme.js";

const PAUSE = 150;
/** @typedef {{id: number, title: string, note?: string, colour?: string, make?: boolean}} Option */

/** `waiting`: what was typed is not answered yet, so that the options are of older words; `wanted`: Enter was pressed meanwhile.
 * @type {WeakMap<Element, {timer: number, control?: AbortController, options: Option[], at: number, waiting: boolean, wanted: boolean}>} */
const open = new WeakMap();

/** @param {Element} box @returns {{input: HTMLInputElement, list: HTMLElement, box: HTMLElement}} */
function parts(box) {
  const input = /** @type {HTMLInputElement} */ (box.querySelector("[role=combobox]"));
  return { box: /** @type {HTMLElement} */ (box), input, list: /** @type {HTMLElement} */ (box.querySelector("[role=listbox]")) };
}

/** @param {Element} box */
function state(box) {
  let found = open.get(box);
  if (!found) open.set(box, (found = { timer: 0, options: [], at: -1, waiting: false, wanted: false }));
  return found;
}

/** @param {HTMLElement} box */
async function search(box) {
  const { input } = parts(box);
  const now = state(box);
  now.control?.abort();
  now.control = new AbortController();
  const words = input.value.trim();
  const entity = box.dataset.reference || /** @type {HTMLSelectElement | null} */ (box.querySelector("[data-entity]"))?.value;
  if (!entity) return close(box);
  try {
    const answer = await fetch(`/records/${entity}/choose?q=${encodeURIComponent(words)}`, { signal: now.control.signal });
    if (!answer.ok) return close(box);
    const { items } = await answer.json();
    now.options = box.dataset.make ? [...items, { id: 0, title: words, make: true }] : items;
    now.waiting = false;
    draw(box);
    if (now.wanted && now.at >= 0) choose(box, now.options[now.at]);
    now.wanted = false;
  } catch (problem) {
    // a newer search has taken its place, or the server does not answer: the name may still be typed
    if (!(problem instanceof DOMException)) now.waiting = now.wanted = false;
  }
}

/** @param {HTMLElement} box */
function draw(box) {
  const { input, list } = parts(box);
  const now = state(box);
  now.at = now.options.length && !now.options[0].make && input.value.trim() ? 0 : -1;
  const made = now.options.map((one, place) =>
    h("div.option", { role: "option", id: `${list.id}-${place}`, "aria-selected": false, "data-place": place },
      one.colour && h("span.group-dot", { "data-colour": one.colour }),
      one.make ? t("New: {what}…", { what: one.title || "…" }) : h("bdi", {}, one.title),
      one.note && h("span.muted", {}, one.note)),
  );
  list.replaceChildren(...(made.length ? made : [h("div.muted.option", { role: "option", "aria-disabled": "true", "aria-selected": false }, t("Nothing found"))]));
  colour(list);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  mark(box);
}

/** @param {HTMLElement} box */
function mark(box) {
  const { input, list } = parts(box);
  const { at } = state(box);
  [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
  if (at >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${at}`);
  else input.removeAttribute("aria-activedescendant");
  list.children[at]?.scrollIntoView({ block: "nearest" });
}

/** @param {HTMLElement} box */
function close(box) {
  const { input, list } = parts(box);
  const now = state(box);
  clearTimeout(now.timer);
  now.control?.abort();
  now.waiting = now.wanted = false;
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** @param {HTMLElement} box @param {Option} option */
function choose(box, option) {
  close(box);
  if (option.make) {
    openQuick(box.dataset.make || "", option.title, (made) => choose(box, made));
    return;
  }
  const { input } = parts(box);
  if ("several" in box.dataset) {
    const name = box.dataset.name || "";
    const there = box.querySelector(`.chosen input[value="${option.id}"]`);
    if (there) /** @type {HTMLInputElement} */ (there).checked = true;
    else box.querySelector(".chosen")?.append(h("label.chip", {}, h("input", { type: "checkbox", name, value: option.id, checked: true }), option.title));
    input.value = "";
  } else {
    const entity = /** @type {HTMLSelectElement | null} */ (box.querySelector("[data-entity]"))?.value;
    /** @type {HTMLInputElement} */ (box.querySelector("[data-value]")).value = entity ? `${entity}:${option.id}` : String(option.id);
    /** @type {HTMLInputElement} */ (box.querySelector("[data-was]")).value = option.title;
    input.value = option.title;
    box.querySelector(":scope > a")?.remove();
  }
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {KeyboardEvent} event @param {HTMLElement} box */
function key(event, box) {
  const now = state(box);
  const { list } = parts(box);
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) return void search(box);
    const last = now.options.length - 1;
    now.at = event.key === "ArrowDown" ? (now.at >= last ? 0 : now.at + 1) : now.at <= 0 ? last : now.at - 1;
    mark(box);
  } else if (event.key === "Enter" && now.waiting && !event.ctrlKey) {
    event.preventDefault();
    now.wanted = true;
  } else if (event.key === "Enter" && !list.hidden && now.options[now.at]) {
    event.preventDefault();
    choose(box, now.options[now.at]);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    close(box);
  } else if (event.key === "Tab" && !list.hidden && !now.waiting && now.options[now.at] && !now.options[now.at].make && parts(box).input.value.trim()) {
    choose(box, now.options[now.at]);
  }
}

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function boxOf(target) {
  return target instanceof Element && target.matches("[data-reference] [role=combobox]") ? target.closest("[data-reference]") : null;
}

export function startReferences() {
  document.addEventListener("input", ({ target }) => {
    const box = boxOf(target);
    if (!box) return;
    const now = state(box);
    clearTimeout(now.timer);
    now.waiting = Boolean(parts(box).input.value.trim());
    now.wanted = false;
    now.timer = window.setTimeout(() => void search(box), PAUSE);
  });
  document.addEventListener("keydown", (event) => {
    const box = boxOf(event.target);
    if (box) key(event, box);
  }, { capture: true });
  document.addEventListener("mousedown", (event) => {
    const option = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-reference] [role=option][data-place]")) : null;
    const box = /** @type {HTMLElement | null} */ (option?.closest("[data-reference]") ?? null);
    if (!option || !box) return;
    event.preventDefault();
    choose(box, state(box).options[Number(option.dataset.place)]);
  });
  document.addEventListener("focusout", ({ target }) => {
    const box = boxOf(target);
    if (box) close(box);
  });
  document.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLSelectElement) || !target.matches("[data-reference] [data-entity]")) return;
    const box = /** @type {HTMLElement} */ (target.closest("[data-reference]"));
    box.dataset.reference = target.value;
    parts(box).input.value = "";
  });
}
