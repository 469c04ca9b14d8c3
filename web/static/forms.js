// The forms of records in the browser: made ready when they come, kept from being lost, and the keys of a record's page.
import { startChecks } from "./check.js";
import { h, one } from "./elements.js";
import { stay, visit, walked } from "./pages.js";
import { startReferences } from "./reference.js";
import { dressRich } from "./rich_text.js";
import { dressRows, startRows } from "./rows.js";
import { showFields } from "./show_if.js";
import { t } from "./strings.js";

/** The form with something typed that is not saved. @type {HTMLFormElement | null} */
let unsaved = null;
/** The choice because of which the form is asked for again: it has the focus there too. */
let chosen = "";

/** A form that has just come: the first field (or what is wrong) has the focus. @param {HTMLFormElement} form */
export function prepare(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "1";
  for (const source of /** @type {NodeListOf<HTMLTextAreaElement>} */ (form.querySelectorAll("textarea[data-rich]"))) dressRich(source);
  dressRows(form);
  showFields(form);
  const trouble = /** @type {HTMLElement | null} */ (form.querySelector("[data-focus]"));
  const choice = chosen && /** @type {HTMLElement | null} */ (form.querySelector(`[name="${chosen}"]:checked`));
  if (trouble || choice) unsaved = form;
  chosen = "";
  const first = trouble || choice || /** @type {HTMLElement | null} */ (form.querySelector(".fields :is(input:not([type=hidden]), select, textarea)"));
  first?.focus({ preventScroll: !trouble });
}

function prepareAll() {
  if (unsaved && !unsaved.isConnected) unsaved = null;
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-record-form]"))) prepare(form);
}

/** @param {EventTarget | null} target @returns {HTMLFormElement | null} */
function formOf(target) {
  return target instanceof Element ? target.closest("form[data-record-form]") : null;
}

/** @param {Event} event */
function typed({ target }) {
  const form = formOf(target);
  if (!form) return;
  if (!form.matches("[data-quick-form]")) unsaved = form;
  showFields(form);
  if (!(target instanceof HTMLInputElement)) return;
  if (target.dataset.colourOf) /** @type {HTMLInputElement} */ (document.getElementById(target.dataset.colourOf)).value = target.value;
  else if (/^#[0-9a-f]{6}$/i.test(target.value) && target.closest(".colour-box")) {
    /** @type {HTMLInputElement} */ (target.closest(".colour-box")?.querySelector("[type=color]")).value = target.value;
  }
}

/** Back and Forward ask too; who stays has the form's own address again. @param {PopStateEvent} event */
function walkedAway(event) {
  if (!unsaved?.isConnected || !walked()) return;
  if (confirm(t("What you typed is not saved. Leave this page?"))) return void (unsaved = null);
  event.stopImmediatePropagation();
  stay();
}

/** Asks the server for the same form again with what was typed, because other fields belong to it now. @param {HTMLFormElement} form */
function again(form) {
  const asks = h("input", { type: "hidden", name: "do", value: "again" }); // htmx sends buttons that were clicked, and no other submitter
  form.append(asks);
  form.requestSubmit();
  asks.remove();
}

/** Goes where a link goes, inside the frame. @param {string} selector @param {Event} event */
function follow(selector, event) {
  const link = /** @type {HTMLAnchorElement | null} */ (one(selector));
  if (!link) return;
  event.preventDefault();
  visit(link.pathname + link.search);
}

/** Opens the short form that stands on a record's page, ready for typing. @param {Event} event */
function begin(event) {
  const place = /** @type {HTMLDetailsElement | null} */ (one("details[data-key-new]"));
  if (!place) return;
  event.preventDefault();
  place.open = true;
  /** @type {HTMLElement | null} */ (place.querySelector("select, input:not([type=hidden]), textarea"))?.focus();
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey;
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable], dialog");
  if (plain && event.code === "KeyE" && !typing) follow("[data-key-edit]", event);
  if (plain && event.code === "KeyN" && !typing) begin(event);
  const form = formOf(event.target);
  const quick = event.target instanceof Element ? /** @type {HTMLFormElement | null} */ (event.target.closest("form[data-quick-save]")) : null;
  if (quick && event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    event.preventDefault();
    return quick.requestSubmit();
  }
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    event.preventDefault();
    form.requestSubmit(/** @type {HTMLButtonElement | null} */ (form.querySelector("button.primary[name=do]")));
  } else if (event.target instanceof HTMLInputElement && event.key === "Enter" && "barcode" in event.target.dataset) {
    event.preventDefault(); // a scanner ends with Enter; the form is not done yet
    const all = [.../** @type {HTMLFormElement} */ (event.target.form).elements].filter((one) => one instanceof HTMLElement && one.matches("input:not([type=hidden]), select, textarea") && one.offsetParent);
    /** @type {HTMLElement | undefined} */ (all[all.indexOf(event.target) + 1])?.focus();
  } else if (event.altKey && !event.ctrlKey && (event.key === "ArrowUp" || event.key === "ArrowDown") && !document.querySelector("dialog[open]")) {
    if (!form) follow(`[data-beside="${event.key === "ArrowUp" ? "previous" : "next"}"]`, event);
  }
}

export function startForms() {
  startRows();
  startReferences();
  startChecks();
  document.addEventListener("input", typed);
  document.addEventListener("change", (event) => {
    typed(event);
    const form = formOf(event.target);
    if (!form || !(event.target instanceof HTMLInputElement) || !("again" in event.target.dataset)) return;
    chosen = event.target.name;
    again(form);
  });
  document.addEventListener("keydown", keyed);
  document.addEventListener("submit", () => (unsaved = null));
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("[data-print]")) window.print();
  });
  document.addEventListener("htmx:afterSettle", prepareAll);
  document.addEventListener("htmx:confirm", (event) => {
    const { detail } = /** @type {CustomEvent} */ (event);
    if (!unsaved?.isConnected || detail.verb !== "get" || detail.target !== one("#page") || detail.elt.closest("#search")) return;
    if (confirm(t("What you typed is not saved. Leave this page?"))) unsaved = null;
    else event.preventDefault();
  });
  window.addEventListener("popstate", walkedAway, { capture: true });
  window.addEventListener("beforeunload", (event) => unsaved?.isConnected && event.preventDefault());
  prepareAll();
}
