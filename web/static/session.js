// The session ended: whoever has typed something logs in again in another tab and goes on here; nothing typed is lost. Others go to the door.
import { h, one } from "./elements.js";
import { me, t } from "./strings.js";
import { toast } from "./toasts.js";

const FIELDS = "input:not([type=hidden], [type=search], [type=checkbox], [type=radio], [type=file], [type=password]), textarea, select, input:is([type=checkbox], [type=radio])";

/** Called when the session lives again. */
let onward = () => {};

/** @param {() => void} act */
export function startSession(act) {
  onward = act;
  document.addEventListener("visibilitychange", () => !document.hidden && one("#session-over[open]") && void goOn(false));
}

/** @param {boolean} [sending] whether a form was being sent */
export function sessionEnded(sending = false) {
  const open = one("#session-over");
  if (open) return;
  if (!sending && !typed()) return location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const dialog = /** @type {HTMLDialogElement} */ (
    h("dialog", { id: "session-over", "aria-labelledby": "session-over-title" },
      h("h2", { id: "session-over-title" }, t("Your session has ended")),
      h("p", {}, t("What you typed is still here. Log in in a new tab, come back to this one and go on.")),
      h("p.error-text", { role: "alert" }),
      h("div.dialog-foot", {}, h("a.button.primary", { href: "/login", target: "_blank", "hx-boost": "false" }, t("Log in in a new tab")), h("button.button", { type: "button", onclick: () => void goOn(true) }, t("I am logged in: go on"))))
  );
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
}

/** Whether something stands in a form that was not there when it came. */
function typed() {
  return [...document.querySelectorAll(":is(#page, #dock, dialog[open]) form:not([role=search])")].some((form) => form.querySelector(".ProseMirror-focused") || [.../** @type {NodeListOf<any>} */ (form.querySelectorAll(FIELDS))].some(changed));
}

/** @param {any} field */
function changed(field) {
  if (field instanceof HTMLSelectElement) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex !== [...field.options].findIndex((option) => option.defaultSelected) && field.selectedIndex > 0;
  return ["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

/** Asks whether the session lives again: the same person's, and with the new session's mark in every form. @param {boolean} asked by hand */
async function goOn(asked) {
  const answer = await fetch("/help").catch(() => null);
  const dialog = /** @type {HTMLDialogElement | null} */ (one("#session-over"));
  if (!dialog) return;
  const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  const csrf = page?.body.dataset.csrf;
  const say = /** @type {HTMLElement} */ (one("[role=alert]", dialog));
  if (!csrf) {
    if (asked) say.textContent = t("Nobody is logged in yet.");
    return;
  }
  if (JSON.parse(page?.querySelector("#me")?.textContent || "{}").username !== me.username) {
    say.textContent = t("Somebody else is logged in. What is typed here belongs to {name}.", { name: String(me.name || me.username || "") });
    return;
  }
  document.body.dataset.csrf = csrf;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRF-Token": csrf }));
  const places = [document, ...[...document.querySelectorAll("template")].map((one) => one.content)];
  for (const input of places.flatMap((place) => [.../** @type {NodeListOf<HTMLInputElement>} */ (place.querySelectorAll("input[name=csrf]"))])) input.value = csrf;
  dialog.remove();
  onward();
  toast("good", t("You are logged in again. Nothing was lost; save when you are ready."));
}
