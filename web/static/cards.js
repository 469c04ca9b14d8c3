// One card of the dock for each thing in hand: ringing, dialling, talking, on hold, wrap-up, or a call only the phone knows of.
import { h, icon, key, phone, state, ticking } from "./elements.js";
import { moment } from "./format.js";
import { keyName } from "./keys.js";
import { keypadPanel } from "./keypad.js";
import { popOf } from "./pop.js";
import { said, t } from "./strings.js";
import { refused } from "./toasts.js";

/**
 * @typedef {import("./station.js").Item} Item
 * @typedef {{station: import("./station.js").Station, notes: import("./notes.js").Notes, keypads: Set<string>, redraw: () => void, finish: (call: string) => void}} Desk
 */

/** @param {Item} item @param {Desk} desk */
export function cardOf(item, desk) {
  return { ringing, dialling, talking, held: talking, wrap_up: wrapUp, phone: phoneOnly }[item.kind](item, desk);
}

/** What a card shows: when it has not changed, the card stays as it is (and what is being typed with it). @param {Item} item @param {Desk} desk */
export function signatureOf(item, { station, keypads }) {
  const { phoneCall: call, ...rest } = item;
  return JSON.stringify([rest, call?.ringing, call?.up, call?.muted, station.live.connected, keypads.has(item.call), station.truth.dispositions.length, station.device]);
}

/** @param {Promise<any>} work */
function tried(work) {
  work.catch((error) => refused(error));
}

/** @param {string} name @param {string} picture @param {string} words @param {string} action @param {() => void} act @param {Record<string, any>} [more] */
function button(name, picture, words, action, act, more = {}) {
  const title = action ? `Ctrl+Shift+${keyName(action)}` : "";
  return h(`button.button${name}`, { type: "button", onclick: act, title, "aria-keyshortcuts": action ? `Control+Shift+${keyName(action)}` : null, ...more }, icon(picture), words, action && key(keyName(action)));
}

/** @param {Item} item @param {Desk} desk */
function ringing(item, { station }) {
  const { offer } = item;
  const { head, body } = popOf(offer.card, aboutOf(item, station, true));
  return h("article.call-card.ringing", { "aria-label": t("Incoming call") },
    h("header", {}, h("span.state.good", {}, icon("phone-in", "ring-mark"), `${t("Ringing")} · ${said(offer.queue_title) || offer.queue}`), h("span", {}, `${t("waited")} `, ticking(moment(offer.since), "span.figures.strong"))),
    path(offer.path),
    head, body,
    station.device === "desk"
      ? h("p.notice.info", {}, icon("phone"), t("Pick up your desk phone to answer."))
      : h("div.controls.two", {}, button(".good", "phone", t("Answer"), "answer", () => tried(station.answer(item))), button("", "hang-up", t("Reject"), "reject", () => tried(station.reject(item)))),
    station.device === "desk" && h("div.controls", {}, button("", "hang-up", t("Reject"), "reject", () => tried(station.reject(item)))));
}

/** @param {any} steps texts, the way through the menu */
function path(steps) {
  const words = (steps || []).map((/** @type {any} */ step) => said(step)).filter(Boolean);
  return words.length ? h("ol.path", { "aria-label": t("Way through the menu") }, words.map((/** @type {string} */ word) => h("li", {}, word))) : null;
}

/** @param {Item} item @param {import("./station.js").Station} station @param {boolean} isRinging */
function aboutOf(item, station, isRinging) {
  const source = item.offer || item.live || item.ended;
  return {
    call: item.call,
    caller: source.direction === "outbound" ? source.dialled : source.caller,
    party: source.party?.id ?? source.party ?? null,
    ringing: isRinging,
    send: (/** @type {string} */ command, /** @type {any} */ values) => station.live.send(command, values),
  };
}

/** @param {Item} item @param {Desk} desk */
function dialling(item, desk) {
  const { live } = item;
  return h("article.call-card", { "aria-label": t("Outgoing call") },
    h("header", {}, state("info", "phone-out", t("Calling")), ticking(moment(live.started_at))),
    live.card ? popOf(live.card, aboutOf(item, desk.station, true)).head : phone(live.direction === "outbound" ? live.dialled : live.caller),
    desk.station.device === "desk" && h("p.muted", {}, t("Pick up your desk phone; then the other side is called.")),
    h("div.controls", {}, button(".danger", "hang-up", t("Hang up"), "end", () => tried(desk.station.hangUp(item)))));
}

/** @param {Item} item @param {Desk} desk */
function talking(item, desk) {
  const { station, notes } = desk;
  const { live } = item;
  const held = item.kind === "held";
  const away = !station.live.connected;
  const { head, body } = popOf(live.card, aboutOf(item, station, false));
  notes.begin(item.call, live.written);
  return h(`article.call-card${held ? ".held" : ""}`, { "aria-label": t("Call in progress") },
    h("header", {}, held ? state("attention", "pause", t("On hold")) : state("info", "phone", t("Talking")), ticking(moment(live.answered_at || live.started_at))),
    controls(item, desk, held, away),
    desk.keypads.has(item.call) && keypadPanel((digit) => tried(station.digits(digit, item)), () => (desk.keypads.delete(item.call), desk.redraw())),
    head,
    notes.noteField(item.call, false),
    body);
}

/** @param {Item} item @param {Desk} desk @param {boolean} held @param {boolean} away */
function controls(item, desk, held, away) {
  const { station } = desk;
  const muted = station.muted(item);
  const showKeypad = () => (desk.keypads.has(item.call) ? desk.keypads.delete(item.call) : desk.keypads.add(item.call), desk.redraw());
  return h("div.controls.two", {},
    button("", held ? "play" : "pause", held ? t("Take back") : t("Hold"), "hold", () => tried(station.hold(item)), { "aria-pressed": held, disabled: away }),
    button("", muted ? "mic-off" : "mic", muted ? t("Unmute") : t("Mute"), "mute", () => tried(station.mute(item)), { "aria-pressed": muted }),
    button("", "keypad", t("Keypad"), "keypad", showKeypad, { "aria-pressed": desk.keypads.has(item.call) }),
    button(".danger", "hang-up", t("Hang up"), "end", () => tried(station.hangUp(item))));
}

/** @param {Item} item @param {Desk} desk */
function wrapUp(item, desk) {
  const { ended } = item;
  const until = moment(ended.until);
  desk.notes.begin(item.call, ended.written);
  const head = ended.caller === undefined ? [] : popOf(ended.card, aboutOf(item, desk.station, true)).head;
  return h("article.call-card.wrap-up", { "aria-label": t("Wrap-up") },
    h("header", {}, state("info", "note", t("Wrap-up")), until ? h("span", {}, `${t("left")} `, h("span.timer", { "data-until": until }, h("bdi", { dir: "ltr" }))) : null),
    head,
    desk.notes.results(item.call, desk.station.truth.dispositions),
    desk.notes.noteField(item.call, true),
    desk.notes.followField(item.call),
    h("div.controls", {}, button(".primary", "check", t("Done"), "finish", () => desk.finish(item.call))));
}

/** The server knows nothing of it (it is away, or the fallback queue rings): the phone alone must do. @param {Item} item @param {Desk} desk */
function phoneOnly(item, { station }) {
  const call = /** @type {import("./station.js").PhoneCall} */ (item.phoneCall);
  const rings = call.ringing;
  return h(`article.call-card${rings ? ".ringing" : ""}`, { "aria-label": rings ? t("Incoming call") : t("Call in progress") },
    h("header", {}, rings ? h("span.state.good", {}, icon("phone-in", "ring-mark"), t("Ringing")) : state("info", "phone", t("Talking")), call.since ? ticking(call.since) : null),
    h("p.who", {}, call.callerName || call.caller || t("Number withheld")),
    call.caller && phone(call.caller),
    !station.live.connected && h("p.notice.attention", {}, icon("warning"), t("The server is away for a moment. You can talk; the customer's details come back with it.")),
    rings
      ? h("div.controls.two", {}, button(".good", "phone", t("Answer"), "answer", () => tried(station.answer(item))), button("", "hang-up", t("Reject"), "reject", () => tried(station.reject(item))))
      : h("div.controls.two", {}, button("", call.muted ? "mic-off" : "mic", call.muted ? t("Unmute") : t("Mute"), "mute", () => tried(station.mute(item)), { "aria-pressed": call.muted }), button(".danger", "hang-up", t("Hang up"), "end", () => tried(station.hangUp(item)))));
}
