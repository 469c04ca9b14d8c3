// A new record in a dialog, from the form that needs it: only what the record needs, then back.
import { h } from "./elements.js";
import { prepare } from "./forms.js";
import { t } from "./strings.js";
import { toast } from "./toasts.js";

const HEADERS = { "HX-Request": "true", "X-Quick": "1" };

/**
 * @param {string} address the entity's pages, "/toys" @param {string} words what was typed so far
 * @param {(made: {id: number, title: string}) => void} done
 */
export async function openQuick(address, words, done) {
  const back = /** @type {HTMLElement | null} */ (document.activeElement);
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog.quick", { "aria-labelledby": "quick-title" }));
  dialog.addEventListener("close", () => (dialog.remove(), back?.focus()));
  dialog.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-close]")) dialog.close();
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    void send(dialog, /** @type {HTMLFormElement} */ (event.target), /** @type {SubmitEvent} */ (event).submitter, done);
  });
  const answer = await fetch(`${address}/new?quick=1&words=${encodeURIComponent(words)}`, { headers: HEADERS }).catch(() => null);
  if (!answer?.ok) return toast("bad", t("That did not work. Please try again."));
  document.body.append(dialog);
  dialog.showModal();
  fill(dialog, await answer.text());
}

/** The page below has a form of its own: in the dialog ids are others. @param {HTMLElement} body */
export function apart(body) {
  for (const element of [...body.querySelectorAll("*"), .../** @type {HTMLTemplateElement[]} */ ([...body.querySelectorAll("template")]).flatMap((one) => [...one.content.querySelectorAll("*")])]) {
    for (const key of ["id", "for", "aria-describedby", "aria-labelledby", "aria-controls", "href", "data-colour-of"]) {
      const text = element.getAttribute(key);
      if (text) element.setAttribute(key, text.replace(/(^|[\s#])(f|part)-/g, "$1quick-$2-"));
    }
  }
}

/** @param {HTMLDialogElement} dialog @param {string} text the server's form */
function fill(dialog, text) {
  const made = new DOMParser().parseFromString(text, "text/html");
  apart(made.body);
  dialog.replaceChildren(...[...made.body.children].map((one) => document.importNode(one, true)));
  const form = dialog.querySelector("form");
  if (form) prepare(form);
}

/** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form @param {HTMLElement | null} button @param {(made: {id: number, title: string}) => void} done */
async function send(dialog, form, button, done) {
  const data = new FormData(form);
  if (button instanceof HTMLButtonElement && button.name) data.append(button.name, button.value);
  const body = new URLSearchParams(/** @type {any} */ (data));
  const answer = await fetch(form.getAttribute("action") || "", { method: "POST", headers: HEADERS, body }).catch(() => null);
  if (!answer) return toast("bad", t("The server does not answer. What you typed is kept; please try again."));
  if (answer.status === 201) {
    const made = await answer.json();
    dialog.close();
    return done(made);
  }
  if (answer.headers.get("Content-Type")?.startsWith("text/html")) return fill(dialog, await answer.text());
  return toast("bad", (await answer.text()) || t("That did not work. Please try again."));
}
