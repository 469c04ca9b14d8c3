// The status menu: what I want (available, on a break for a reason, offline), what I do, since when, and what comes next.
import { h, icon, one, state, ticking } from "./elements.js";
import { moment } from "./format.js";
import { bind } from "./keys.js";
import { allowNotifications } from "./notify.js";
import { said, t } from "./strings.js";
import { refused } from "./toasts.js";

/** @type {Record<string, [string, string, () => string]>} */
export const INTENTS = {
  available: ["good", "ready", () => t("Available")],
  on_break: ["attention", "coffee", () => t("On break")],
  offline: ["off", "off", () => t("Offline")],
};

/** @type {Record<string, [string, string, () => string]>} */
export const ACTIVITIES = {
  ringing: ["good", "phone-in", () => t("Ringing")],
  talking: ["info", "phone", () => t("Talking")],
  hold: ["attention", "pause", () => t("On hold")],
  wrap_up: ["info", "note", () => t("Wrap-up")],
};

/** What is shown for an agent: the activity when there is one, else the intent. @param {any} agent @param {any[]} reasons */
export function agentState(agent, reasons = []) {
  const [meaning, picture, word] = ACTIVITIES[agent.activity] || INTENTS[agent.intent] || INTENTS.offline;
  const reason = agent.intent === "on_break" && !ACTIVITIES[agent.activity] && agent.reason ? reasonTitle(agent.reason, reasons) : "";
  return state(meaning, picture, reason || word());
}

/** @param {string} code @param {any[]} reasons */
function reasonTitle(code, reasons) {
  return said(reasons.find((one) => one.code === code)?.title) || (code === "no_answer" ? t("Did not answer") : code);
}

/** @param {import("./station.js").Station} station */
export function startStatus(station) {
  const menu = /** @type {HTMLDetailsElement | null} */ (one("#status"));
  if (!menu) return;
  menu.addEventListener("toggle", () => menu.open && fill(station));
  menu.addEventListener("keydown", (event) => {
    const choices = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("button")]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && choices.length) {
      event.preventDefault();
      const at = choices.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      choices[(at + step + choices.length) % choices.length].focus();
    } else if (event.key === "Escape") {
      menu.open = false;
      one("summary", menu)?.focus();
    }
  });
  bind("status", () => {
    menu.open = !menu.open;
    if (menu.open) one("button", menu)?.focus();
  });
  bind("available", () => choose(station, "available", ""));
}

/** @param {import("./station.js").Station} station @param {string} intent @param {string} reason */
function choose(station, intent, reason) {
  if (intent === "available") void allowNotifications();
  station.live.send("set_intent", { intent, reason }).catch(refused);
}

/** @param {import("./station.js").Station} station */
function fill(station) {
  const { me, reasons } = station.truth;
  const row = (/** @type {string} */ intent, /** @type {string} */ reason, /** @type {string} */ word) => {
    const [meaning, picture] = INTENTS[intent];
    const now = me?.intent === intent && (me?.reason || "") === reason;
    return h("button", { type: "button", role: "menuitemradio", "aria-checked": now, onclick: () => choose(station, intent, reason) }, h(`span.state.${meaning}`, {}, icon(picture)), word);
  };
  const breaks = reasons.length ? reasons.map((one) => row("on_break", one.code, said(one.title) || one.code)) : [row("on_break", "", t("On break"))];
  one("#status-choices")?.replaceChildren(row("available", "", t("Available")), ...breaks, row("offline", "", t("Offline")));
}

/** @param {import("./station.js").Station} station */
export function showStatus(station) {
  const place = one("#status-now");
  const { me, reasons } = station.truth;
  if (!place) return;
  const signature = JSON.stringify([me, station.live.connected, reasons.length]);
  if (place.dataset.shown === signature) return;
  place.dataset.shown = signature;
  place.className = "row tight";
  if (!me) return place.replaceChildren(state("off", "off", t("Connecting")));
  const pending = me.pending ? waits(me.pending, reasons) : null;
  place.replaceChildren(agentState(me, reasons), ...(moment(me.since) ? [ticking(moment(me.since), "span.figures.muted")] : []), ...(pending ? [pending] : []), icon("down"));
  if (one("#status")?.hasAttribute("open")) fill(station);
}

/** The status that takes effect after the call. @param {any} pending {intent | name, reason} @param {any[]} reasons */
function waits(pending, reasons) {
  const intent = pending.intent || pending.name || "";
  const word = (intent === "on_break" && pending.reason && reasonTitle(pending.reason, reasons)) || INTENTS[intent]?.[2]() || "";
  return word ? h("span.pending", {}, t("then {status}", { status: word })) : null;
}
