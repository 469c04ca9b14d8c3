// The phone panel under the cards: call a number, the state of the phone and microphone, and where the phone is when not here.
import { h, icon, state } from "./elements.js";
import { ascii } from "./format.js";
import { dial } from "./dial.js";
import { permitted, prepare } from "./microphone.js";
import { t } from "./strings.js";
import { toast } from "./toasts.js";

/** @type {{signature: string, element: HTMLElement} | null} */
let shown = null;

/** @param {import("./station.js").Station} station @param {import("./tabs.js").Tabs} tabs @param {boolean} busy */
export function panelOf(station, tabs, busy) {
  const signature = JSON.stringify([station.live.connected, station.phone?.state, station.microphone, tabs.owner, busy, station.device, station.truth.me?.reachable]);
  if (shown?.signature === signature) return shown.element;
  const typed = /** @type {HTMLInputElement | null} */ (shown?.element.querySelector("input") || null)?.value || "";
  const element = h("section.stack", { "aria-label": t("Phone") }, trouble(station, tabs), busy ? null : dialForm(station, typed));
  shown = { signature, element };
  return element;
}

/** What keeps this phone from ringing, and what to do about it. @param {import("./station.js").Station} station @param {import("./tabs.js").Tabs} tabs */
function trouble(station, tabs) {
  if (!station.live.connected) return notice("attention", "refresh", t("Connection lost. Calls go on; reconnecting."));
  if (station.device === "desk") return station.truth.me && !station.truth.me.reachable ? notice("bad", "warning", t("Your desk phone is not registered.")) : null;
  if (!tabs.owner) return notice("info", "info", t("The phone is in another tab."), h("button.button.small", { type: "button", onclick: () => tabs.take() }, t("Use it here")));
  if (station.microphone === "prompt") return notice("attention", "mic", t("Callers cannot hear you yet."), h("button.button.small.primary", { type: "button", onclick: () => void allow(station) }, t("Allow the microphone")));
  if (station.microphone === "denied") return notice("bad", "mic-off", t("The microphone is blocked. Allow it in the browser's address bar, then load the page again."));
  if (station.microphone === "none") return notice("bad", "mic-off", t("The browser gives no microphone here. Use https, or plug one in."));
  if (station.phone && station.phone.state !== "registered") return notice("attention", "refresh", t("The phone is being connected."));
  return null;
}

/** @param {string} meaning @param {string} picture @param {string} words @param {HTMLElement} [action] */
function notice(meaning, picture, words, action) {
  return h(`div.notice.${meaning}`, { role: "status" }, icon(picture), h("div.stack", {}, h("p", {}, words), action));
}

/** @param {import("./station.js").Station} station */
async function allow(station) {
  await prepare().catch(() => toast("bad", t("The browser did not give the microphone.")));
  station.microphone = /** @type {any} */ (await permitted());
  station.tellPhone();
  station.changed();
}

/** @param {import("./station.js").Station} station @param {string} typed */
function dialForm(station, typed) {
  const input = /** @type {HTMLInputElement} */ (h("input", { type: "tel", id: "dial-number", value: typed, maxlength: 24, autocomplete: "off", placeholder: t("Number"), "aria-label": t("Number to call"), "data-keep": "number" }));
  const call = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const number = ascii(input.value).replace(/[^\d+*#]/g, "");
    if (number) dial(station, number);
    else input.focus();
  };
  return h("div.stack.folds", {},
    h("form.dial-form", { onsubmit: call, "hx-boost": "false" }, input, h("button.button.primary", { "aria-label": t("Call") }, icon("phone"))),
    station.device === "browser" && h("div.device-row", {}, station.phone?.state === "registered" ? state("good", "ready", t("Phone ready")) : state("attention", "refresh", t("Phone connecting")), h("button.button.quiet.small", { type: "button", "data-open": "devices" }, icon("headset"), t("Headset and test"))));
}
