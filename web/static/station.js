// One agent's working place: what the server says (the truth), the telephone of this browser, and what the agent can do with both.
import { apply, nothing } from "./truth.js";

/**
 * @typedef {import("./softphone.js").PhoneCall} PhoneCall
 * @typedef {{kind: "ringing" | "dialling" | "talking" | "held" | "wrap_up" | "phone", call: string, offer?: any, live?: any, ended?: any, phoneCall?: PhoneCall | null}} Item
 */

export class Station extends EventTarget {
  /** @param {import("./live.js").Live} live @param {{device?: string}} me */
  constructor(live, me) {
    super();
    this.live = live;
    this.device = me.device || "browser";
    this.truth = nothing();
    /** @type {import("./softphone.js").Softphone | null} */
    this.phone = null;
    /** @type {"" | "granted" | "denied" | "prompt" | "none"} */
    this.microphone = "";
    /** Answer the moment the phone rings: the pop came first and the agent was faster. */
    this._answerWhenRung = "";
    live.addEventListener("message", (event) => this._hear(/** @type {CustomEvent} */ (event).detail));
    live.addEventListener("connected", () => this.changed());
    live.addEventListener("lost", () => this.changed());
  }

  /** @param {import("./softphone.js").Softphone} phone */
  usePhone(phone) {
    this.phone = phone;
    phone.addEventListener("state", () => (this.tellPhone(), this.changed()));
    phone.addEventListener("calls", () => this.changed());
    phone.addEventListener("ring", (event) => this._rung(/** @type {CustomEvent} */ (event).detail.call));
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Tells the server how this browser's phone is. */
  tellPhone() {
    if (!this.phone) return;
    const deaf = this.microphone === "denied" || this.microphone === "none";
    const state = deaf ? "no_microphone" : this.phone.state === "registered" ? "registered" : "lost";
    this.live.send("softphone", { state }).catch(() => {});
  }

  /** What the agent has in hand, what rings first, then by age. @returns {Item[]} */
  items() {
    const { offers, calls, ended } = this.truth;
    const current = this.phone?.current || null;
    const of = (/** @type {string} */ call) => [...(this.phone?.calls || [])].find((one) => one.id === call) || current;
    /** @type {Item[]} */
    const items = [...offers.values()].map((offer) => ({ kind: "ringing", call: offer.call, offer, phoneCall: of(offer.call) }));
    for (const live of calls.values()) items.push({ kind: kindOf(live), call: live.id, live, phoneCall: of(live.id) });
    for (const [call, one] of ended) items.push({ kind: "wrap_up", call, ended: one });
    if (current && !offers.size && !calls.size) items.push({ kind: "phone", call: "", phoneCall: current });
    return items;
  }

  /** The call that keys and buttons without a card speak of. */
  get current() {
    return this.items().find((item) => item.kind !== "wrap_up" && item.kind !== "ringing") || null;
  }

  get ringing() {
    return this.items().find((item) => item.kind === "ringing" || (item.kind === "phone" && item.phoneCall?.ringing)) || null;
  }

  get talking() {
    return Boolean(this.phone?.current?.up) || this.items().some((item) => item.kind === "talking" || item.kind === "held");
  }

  /** @param {Item | null} item */
  async answer(item = this.ringing) {
    if (!item || this.device !== "browser") return;
    if (item.phoneCall?.ringing) await item.phoneCall.answer();
    else if (item.call) this._answerWhenRung = item.call;
  }

  /** @param {Item | null} item */
  async reject(item = this.ringing) {
    if (!item) return;
    if (item.call && this.live.connected) await this.live.send("reject", { call: item.call });
    else this.phone?.current?.hangUp();
  }

  /** @param {Item | null} item */
  async hangUp(item = this.current) {
    if (!item) return;
    const told = item.call && this.live.connected ? this.live.send("hang_up", { call: item.call }) : Promise.resolve();
    if (this.phone?.current) {
      this.phone.current.hangUp();
      await told.catch(() => {}); // the leg is gone already; the server may have noticed first
    } else await told;
  }

  /** @param {Item | null} item */
  async hold(item = this.current) {
    if (!item?.call) return;
    await this.live.send(item.kind === "held" ? "resume" : "hold", { call: item.call });
  }

  /** @param {Item | null} item */
  async mute(item = this.current) {
    if (!item) return;
    const call = this.phone?.current;
    if (call?.up) call.mute(!call.muted);
    else if (item.call) await this.live.send("mute", { call: item.call, on: !item.live?.muted });
  }

  /** @param {Item | null} item */
  muted(item = this.current) {
    return this.phone?.current?.up ? this.phone.current.muted : Boolean(item?.live?.muted);
  }

  /** @param {string} digits @param {Item | null} item */
  async digits(digits, item = this.current) {
    if (item?.call && this.live.connected) await this.live.send("digits", { call: item.call, digits });
    else this.phone?.current?.send(digits);
  }

  /** Rings this agent's phone first (answered by itself in the browser), then `number`. @param {string} number */
  dial(number) {
    return this.live.send("dial", { number });
  }

  /** The card of an offer has been painted: the server lets the phone ring. @param {string} call */
  seen(call) {
    performance.mark(`pop ${call}`);
    this.live.send("seen", { call }).catch(() => {});
  }

  /** @param {any} message */
  _hear(message) {
    apply(this.truth, message);
    if (message.type === "snapshot") this.tellPhone();
    this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    this.changed();
  }

  /** @param {PhoneCall} call */
  _rung(call) {
    if (!call.incoming) return;
    const wanted = this._answerWhenRung && this.truth.offers.has(this._answerWhenRung) && (!call.id || call.id === this._answerWhenRung);
    this._answerWhenRung = "";
    if (!call.automatic && !wanted) return;
    this.dispatchEvent(new CustomEvent("automatic", { detail: call }));
    call.answer().catch((error) => this.dispatchEvent(new CustomEvent("deaf", { detail: error })));
  }
}

/** @param {any} live @returns {"dialling" | "talking" | "held"} */
function kindOf(live) {
  if (live.held || live.status === "held") return "held";
  return live.status === "talking" ? "talking" : "dialling";
}
