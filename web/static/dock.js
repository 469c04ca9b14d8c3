// The call dock: cards of what is in hand, and the phone panel when nothing is. A card never takes the focus.
import { beep, isRinging, quiet, ring, unlocked, unlocking } from "./sounds.js";
import { cardOf, signatureOf } from "./cards.js";
import { tick } from "./clocks.js";
import { h, icon, one } from "./elements.js";
import { bind } from "./keys.js";
import { Notes } from "./notes.js";
import { notify, unnotify } from "./notify.js";
import { panelOf } from "./panel.js";
import { nameOf } from "./pop.js";
import { silencePlayers } from "./player.js";
import { said, t } from "./strings.js";
import { colour } from "./theme.js";
import { announce, refused, toast } from "./toasts.js";

/** @param {import("./station.js").Station} station @param {import("./tabs.js").Tabs} tabs */
export function startDock(station, tabs) {
  const place = one("#dock");
  if (!place) return;
  const notes = new Notes(station);
  /** @type {import("./cards.js").Desk} */
  const desk = { station, notes, keypads: new Set(), redraw: () => draw(), finish: (call) => void finish(station, notes, call) };
  /** @type {Map<string, {signature: string, element: HTMLElement}>} */
  const cards = new Map();

  function draw() {
    const items = station.items();
    /** @type {HTMLElement[]} */
    const wanted = [];
    const seen = new Set();
    for (const item of items) {
      const name = item.kind === "phone" ? "phone" : item.call;
      seen.add(name);
      const signature = signatureOf(item, desk);
      const old = cards.get(name);
      if (old?.signature === signature) wanted.push(old.element);
      else {
        const element = cardOf(item, desk);
        if (old) carryOver(old.element, element);
        cards.set(name, { signature, element });
        wanted.push(element);
      }
    }
    for (const name of cards.keys()) if (!seen.has(name)) cards.delete(name);
    place?.classList.toggle("idle", !items.length);
    settle(/** @type {HTMLElement} */ (place), [hint(station), ...wanted, panelOf(station, tabs, Boolean(items.length))]);
  }

  station.addEventListener("change", draw);
  unlocking.addEventListener("change", draw);
  tabs.addEventListener("change", draw);
  watchRinging(station, tabs);
  bindKeys(station, desk);
  draw();
}

/** Puts `children` into `place`, leaving in peace those that stand there already. @param {HTMLElement} place @param {(HTMLElement | null)[]} children */
function settle(place, children) {
  const wanted = /** @type {HTMLElement[]} */ (children.filter(Boolean));
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  for (const child of [...place.children]) if (!wanted.includes(/** @type {HTMLElement} */ (child))) child.remove();
  wanted.forEach((child, index) => place.children[index] !== child && place.insertBefore(child, place.children[index] || null));
  const again = focused && !focused.isConnected && focused.dataset.keep ? wanted.map((child) => one(`[data-keep="${focused.dataset.keep}"]`, child)).find(Boolean) : null;
  if (again) refocus(focused, again);
  colour(place);
  tick(place);
}

/** @param {any} from @param {any} to */
function refocus(from, to) {
  to.focus({ preventScroll: true });
  if (typeof from.selectionStart === "number") to.setSelectionRange(from.selectionStart, from.selectionEnd);
}

/** What was being typed on the card goes on to the card that replaces it. @param {HTMLElement} from @param {HTMLElement} to */
function carryOver(from, to) {
  for (const old of from.querySelectorAll("[data-keep]")) {
    const kept = /** @type {HTMLInputElement | null} */ (one(`[data-keep="${old.getAttribute("data-keep")}"]`, to));
    if (kept) kept.value = /** @type {HTMLInputElement} */ (old).value;
  }
  for (const old of from.querySelectorAll("details[open][data-keep-open]")) one(`[data-keep-open="${old.getAttribute("data-keep-open")}"]`, to)?.setAttribute("open", "");
}

/** What is in the way of hearing and being heard. @param {import("./station.js").Station} station */
function hint(station) {
  if (station.device !== "browser" || !station.phone) return null;
  if (!unlocked()) return h("p.notice.attention", { "data-hint": "sound" }, icon("speaker-off"), t("Click anywhere once, so that the ring can be heard."));
  return null;
}

/** Rings until answered or gone; a second call while talking comes silently. @param {import("./station.js").Station} station @param {import("./tabs.js").Tabs} tabs */
function watchRinging(station, tabs) {
  let told = "";
  station.addEventListener("change", () => {
    const item = station.ringing;
    const loud = item && tabs.owner && station.device === "browser" && !station.talking;
    if (loud && !isRinging()) {
      silencePlayers();
      ring();
    }
    if (!loud) quiet();
    const name = item ? item.call || "phone" : "";
    if (name === told) return;
    told = name;
    if (!item) return unnotify();
    const who = item.offer ? nameOf(item.offer.card, item.offer.caller) : item.phoneCall?.callerName || item.phoneCall?.caller || "";
    if (item.offer) painted(() => station.seen(item.call));
    announce(t("Incoming call: {who}", { who }));
    notify(t("Incoming call"), [who, said(item.offer?.queue_title)].filter(Boolean).join(" · "));
  });
  station.addEventListener("automatic", () => beep());
  station.addEventListener("deaf", () => toast("bad", t("The microphone could not be opened. Allow it in the browser's address bar, then try again.")));
  station.addEventListener("offer_ended", (event) => missed(/** @type {CustomEvent} */ (event).detail));
}

/** Calls back when what was just put into the page has been painted: the first task after its frame. @param {() => void} then */
function painted(then) {
  if (document.visibilityState === "hidden") return then();
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(null);
  });
}

/** @param {any} message */
function missed({ why }) {
  if (why === "no_answer") toast("attention", t("The call rang too long and went on to another colleague."));
  if (why === "caller_gone") toast("info", t("The caller hung up."));
}

/** @param {import("./station.js").Station} station @param {import("./notes.js").Notes} notes @param {string} call */
async function finish(station, notes, call) {
  try {
    await notes.flush(call, true);
    await station.live.send("end_wrap_up", { call });
  } catch (error) {
    refused(error);
  }
}

/** @param {import("./station.js").Station} station @param {import("./cards.js").Desk} desk */
function bindKeys(station, desk) {
  const tried = (/** @type {Promise<any>} */ work) => work.catch(refused);
  bind("answer", () => tried(station.answer()));
  bind("reject", () => tried(station.reject()));
  bind("end", () => tried(station.hangUp()));
  bind("hold", () => tried(station.hold()));
  bind("mute", () => tried(station.mute()));
  bind("note", () => one('#dock [data-keep="note"]')?.focus());
  bind("dial", () => one('#dock [data-keep="number"]')?.focus());
  bind("choose", (index) => one(`#dock [data-choice="${index}"]`)?.click());
  bind("finish", () => {
    const item = station.items().find((one) => one.kind === "wrap_up");
    if (item) desk.finish(item.call);
  });
  bind("keypad", () => {
    const item = station.current;
    if (!item) return;
    if (!desk.keypads.delete(item.call)) desk.keypads.add(item.call);
    desk.redraw();
    one("#dock .keypad button")?.focus();
  });
}
