// Moving between pages inside the frame: which place is marked, what is read out, where the scroll was, what went wrong.
import htmx from "htmx.org/dist/htmx.esm.js";
import { h, icon, one } from "./elements.js";
import { digits } from "./format.js";
import { sessionEnded } from "./session.js";
import { persian, t } from "./strings.js";
import { colour } from "./theme.js";
import { toast } from "./toasts.js";

/** @type {Map<string, number>} */
const scrolled = new Map();
/** The address whose page is shown: drawing it again takes nobody anywhere, so focus and scroll stay. */
let shown = "";
/** The address of what stands in the page; `shown` follows when it has settled. */
let drawn = "";
/** How many requests are on their way to replace the page. */
let going = 0;
/** The page that is being fetched: whoever clicks a second link wants that one, and the address must be its. @type {XMLHttpRequest | null} */
let fetching = null;

/** Forms that are on their way to the server, or whose answer's page is: a double click saves once. @type {WeakSet<EventTarget>} */
let sending = new WeakSet();

function page() {
  return /** @type {HTMLElement} */ (one("#page"));
}

function here() {
  return location.pathname + location.search;
}

/** Whether the page that is shown is not the one of the address bar any more: somebody walked Back or Forward. */
export function walked() {
  return here() !== drawn;
}

/** Gives the page that is shown its address again. */
export function stay() {
  history.pushState({ htmx: true }, "", drawn);
}

function markPlace() {
  for (const link of document.querySelectorAll("#places a, .nav-more a")) {
    const path = /** @type {HTMLAnchorElement} */ (link).pathname;
    if (location.pathname === path || location.pathname.startsWith(`${path}/`)) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** A page came: begin at its top (or where one was, when going back) and let screen readers know. @param {boolean} back */
function arrived(back) {
  markPlace();
  shown = drawn = here();
  page().scrollTop = back ? scrolled.get(here()) || 0 : 0;
  dress(document);
  if (!back && !typingOutside()) beginning().focus({ preventScroll: true });
}

/** Where a page that came begins: at the field it says, else at its top; lists at their top, so that j and k walk their rows at once. */
function beginning() {
  return /** @type {HTMLElement | null} */ (page().querySelector("form:not(#list-search) [autofocus]")) || page();
}

function typingOutside() {
  const active = document.activeElement;
  return Boolean(active?.matches("input, textarea, select")) && !page().contains(active);
}

/** @param {any} event */
function settled(event) {
  const { requestConfig } = event.detail || {};
  const again = here() === shown && (!requestConfig || requestConfig.verb === "get");
  if (event.target === page() && !again) arrived(false);
  else dress(document);
}

/** Empty copy buttons made by the server get their picture. @param {ParentNode} within */
function dress(within) {
  for (const button of within.querySelectorAll("button.copy:empty")) button.append(icon("copy"));
}

/** @param {boolean} on */
function busy(on) {
  const bar = one("#loading");
  if (!bar) return;
  bar.hidden = !on;
  requestAnimationFrame(() => bar.classList.toggle("on", on));
}

/** @param {any} event */
function failed(event) {
  const { xhr, elt } = event.detail;
  if (xhr?.getResponseHeader("HX-Trigger")?.includes("switchboard:refused")) return;
  sending = new WeakSet();
  if (!xhr || xhr.status === 0) toast("bad", t("The server does not answer. What you typed is kept; please try again."), retry(elt));
  else toast("bad", sentence(xhr) || t("That did not work. Please try again."));
}

/** @param {Element} elt */
function retry(elt) {
  const form = elt.closest("form");
  return form ? { label: t("Try again"), act: () => form.requestSubmit() } : undefined;
}

/** The server's own sentence, when the answer holds one. @param {XMLHttpRequest} xhr @returns {string} */
function sentence(xhr) {
  try {
    return JSON.parse(xhr.responseText).error.message;
  } catch {
    return "";
  }
}

/** A form that came back refused still wants to be shown; a part that a page asks for by itself stays as it is. @param {any} event */
function showRefusedForms(event) {
  const { xhr, serverResponse, requestConfig } = event.detail;
  if (requestConfig?.verb === "get" && event.detail.target !== page()) return;
  if ([400, 401, 403, 404, 409, 410, 413, 422, 429].includes(xhr.status) && /^\s*</.test(serverResponse)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
}

/**
 * The server sends htmx to another page: inside the frame that is a visit, so that a call goes on. Only logging in needs a new
 * frame, and that waits until the call is over, and until what was typed is saved.
 * @param {any} event @param {() => boolean} talking
 */
function redirected(event, talking) {
  const url = event.detail.xhr.getResponseHeader("HX-Redirect");
  if (!url) return;
  const login = new URL(url, location.href).pathname === "/login";
  event.preventDefault();
  if (!login) visit(url);
  else if (talking()) toast("attention", t("Your session has ended. Finish the call, then log in again."));
  else sessionEnded(event.detail.requestConfig?.verb !== "get");
}

/**
 * A file that is chosen is told by name; one that is larger than its place takes is said at once, instead of after it has been sent. @param {Event} event
 */
function fileChosen({ target }) {
  if (!(target instanceof HTMLInputElement) || target.type !== "file" || !target.dataset.mostMb) return;
  const chosen = target.form?.querySelector(`output[data-chosen][for="${target.id}"]`);
  if (chosen instanceof HTMLOutputElement) chosen.value = [...(target.files || [])].map((file) => file.name).join(" · ") || chosen.defaultValue;
  const most = Number(target.dataset.mostMb);
  const large = [...(target.files || [])].find((file) => file.size > most * 1024 * 1024);
  target.setCustomValidity(large ? t("“{file}” is larger than {most} megabytes; divide it into smaller files.", { file: large.name, most: digits(most, persian) }) : "");
  target.reportValidity();
}

/** Back to what is shown already (from #details, or from a page that has not come yet): nothing is fetched, and what was typed stays. @param {Event} event */
function backWithin(event) {
  if (walked()) return;
  event.stopImmediatePropagation();
  fetching?.abort();
}

/** @param {SubmitEvent} event */
function onlyOnce(event) {
  if (!event.target || !sending.has(event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {any} detail of htmx:beforeRequest */
function goingTo({ xhr, requestConfig }) {
  going += 1;
  if (requestConfig.verb !== "get") return;
  fetching?.abort();
  fetching = xhr;
}

/** @param {() => boolean} talking whether a call is up on this page */
export function startPages(talking) {
  let slow = 0;
  /** @type {Set<XMLHttpRequest>} several parts of a page are asked for at once; the bar goes with the last of them */
  const asked = new Set();
  const body = document.body;
  page().addEventListener("scroll", () => scrolled.set(here(), page().scrollTop), { passive: true });
  body.addEventListener("htmx:beforeRequest", (/** @type {any} */ event) => {
    if (event.detail.target === page()) goingTo(event.detail);
    if (event.detail.requestConfig.verb === "post") sending.add(event.detail.elt);
    asked.add(event.detail.xhr);
    clearTimeout(slow);
    slow = window.setTimeout(() => busy(asked.size > 0), 100);
  });
  body.addEventListener("htmx:afterRequest", (/** @type {any} */ event) => {
    if (event.detail.target === page()) going = Math.max(0, going - 1);
    asked.delete(event.detail.xhr);
    if (event.detail.xhr.status !== 204) sending.delete(event.detail.elt);
    if (asked.size) return;
    clearTimeout(slow);
    busy(false);
  });
  body.addEventListener("htmx:beforeOnLoad", (event) => redirected(event, talking));
  body.addEventListener("htmx:beforeSwap", showRefusedForms);
  body.addEventListener("htmx:responseError", failed);
  body.addEventListener("htmx:sendError", failed);
  body.addEventListener("htmx:afterSettle", settled);
  body.addEventListener("htmx:afterSwap", (event) => event.target === page() && (drawn = here()));
  window.addEventListener("popstate", backWithin, { capture: true });
  body.addEventListener("htmx:historyRestore", () => arrived(true));
  body.addEventListener("switchboard:refused", (/** @type {any} */ event) => toast("bad", event.detail.message || t("That did not work. Please try again.")));
  document.addEventListener("submit", onlyOnce, { capture: true });
  document.addEventListener("click", closeMenus);
  document.addEventListener("change", fileChosen);
  dress(document);
  // the page that came with the frame is one of its own too, so that Back leads to it
  if (!history.state?.htmx) history.replaceState({ htmx: true }, "");
  shown = drawn = here();
  htmx.config.historyCacheSize = 0;
}

/** Opening one menu, or clicking elsewhere, closes the others; a panel that is filled in stays open. @param {MouseEvent} event */
function closeMenus(event) {
  const target = /** @type {Element} */ (event.target);
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    const within = event.composedPath().includes(menu); // a button may have taken itself away meanwhile
    if (!within || target.closest(".menu-items:not(.list-panel) :is(a, button)")) menu.removeAttribute("open");
  }
}

/** Goes to a page inside the frame. @param {string} url */
export function visit(url) {
  if (here() !== url) history.pushState({ htmx: true }, "", url);
  void htmx.ajax("get", url, { target: "#page", swap: "innerHTML" });
}

/**
 * Draws the page again when it shows what has just changed (a customer's timeline after a call), unless somebody works on it.
 * @param {(string | undefined)[]} paths the addresses that show it
 */
export async function refresh(...paths) {
  const busyWith = page().querySelector("details[open], dialog[open], :focus:is(input, textarea, select)");
  const plays = [...page().querySelectorAll("audio")].some((player) => !player.paused);
  if (!paths.includes(location.pathname) || busyWith || plays || going) return;
  const url = here();
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const text = await answer.text();
  if (going || here() !== url) return; // somebody went elsewhere meanwhile
  const at = page().scrollTop;
  htmx.swap(page(), text, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
  page().scrollTop = at;
  dress(document);
}

/** Draws parts of the page again after something in them was saved; all else stays as it is. @param {string[]} parts selectors */
export async function redraw(...parts) {
  const url = here();
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (going || here() !== url) return;
  for (const part of parts) {
    const old = page().querySelector(part);
    const next = made.querySelector(part);
    if (!old || !next) continue;
    const fresh = document.importNode(next, true);
    old.replaceWith(fresh);
    settle(/** @type {HTMLElement} */ (fresh));
  }
}

/** Makes a part that was put into the page live: its links stay in the frame, its colours and copy buttons show. @param {HTMLElement} part */
export function settle(part) {
  htmx.process(part);
  colour(part);
  dress(part);
}

/** A link that stays in the frame. @param {string} url @param {string} text */
export function pageLink(url, text) {
  return h("a", { href: url, onclick: (/** @type {MouseEvent} */ event) => follow(event, url) }, text);
}

/** @param {MouseEvent} event @param {string} url */
function follow(event, url) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  event.stopPropagation();
  visit(url);
}
