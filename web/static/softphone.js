// The telephone in the browser: JsSIP carries the voice, the server decides. A call survives a lost websocket: its sound goes
// directly to Asterisk, and when the connection is back the dialog is renewed by a re-INVITE.
import JsSIP from "jssip";
import { changed, route } from "./devices.js";
import { prepare, release, take } from "./microphone.js";

const RETRY = 4000;

/**
 * @typedef {{uri: string, authorization_user: string, password?: string, ha1?: string, realm?: string, websocket: string, ice_servers?: any[]}} Credentials
 * @typedef {"off" | "connecting" | "registered" | "lost" | "refused"} PhoneState
 */

/** Tells "state" when registration changes and "calls" when a call rings, is up, is muted or has ended. */
export class Softphone extends EventTarget {
  /** @param {Credentials} credentials @param {HTMLAudioElement} player @param {{register?: boolean}} [options] */
  constructor(credentials, player, { register = true } = {}) {
    super();
    /** @type {PhoneState} */
    this.state = "off";
    /** @type {Set<PhoneCall>} */
    this.calls = new Set();
    this._player = player;
    this._ice = credentials.ice_servers || [];
    this._register = register;
    const url = new URL(credentials.websocket, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this._agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url.href)],
      uri: credentials.uri,
      authorization_user: credentials.authorization_user,
      password: credentials.password,
      ha1: credentials.ha1,
      realm: credentials.realm,
      register,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 6,
      user_agent: "Switchboard",
    });
    this._listen();
    changed.addEventListener("change", () => void route(player, "headset"));
    void route(player, "headset");
  }

  start() {
    this._be("connecting");
    this._agent.start();
  }

  /** Unregisters and hangs up. */
  stop() {
    this._agent.stop();
    this._be("off");
  }

  /** The call that is rung or talked on, if any; the one that is up goes first. */
  get current() {
    const calls = [...this.calls];
    return calls.find((one) => one.up) || calls[0] || null;
  }

  /**
   * Calls out. @param {string} target @param {string[]} [headers]
   * @returns {Promise<PhoneCall>}
   */
  async call(target, headers = []) {
    const stream = await take();
    const session = this._agent.call(target, { mediaStream: stream, extraHeaders: headers, pcConfig: { iceServers: this._ice } });
    const call = [...this.calls].find((one) => one.session === session);
    if (!call) throw new Error("the call was not begun");
    call.stream = stream;
    return call;
  }

  _listen() {
    this._agent.on("connected", () => (this._register ? this._be("connecting") : this._online()));
    this._agent.on("disconnected", () => this._be("lost"));
    this._agent.on("registered", () => this._online());
    this._agent.on("registrationFailed", () => this._refused());
    this._agent.on("unregistered", () => this._be(this._agent.isConnected() ? "off" : "lost"));
    this._agent.on("newRTCSession", (/** @type {any} */ { session, request }) => this._begin(new PhoneCall(this, session, request)));
  }

  /** Registered (again): what was up before the connection broke is told where we are now. */
  _online() {
    const before = this.state;
    this._be("registered");
    if (before !== "registered") for (const call of this.calls) call.renew();
  }

  /** Asterisk may be starting again: JsSIP itself would not ask a second time. */
  _refused() {
    this._be("refused");
    setTimeout(() => this._agent.isConnected() && !this._agent.isRegistered() && this._agent.register(), RETRY);
  }

  /** @param {PhoneCall} call */
  _begin(call) {
    this.calls.add(call);
    performance.mark(`ring ${call.id}`);
    if (call.incoming) void prepare().catch(() => {});
    const told = () => this._tell();
    const { session } = call;
    session.on("peerconnection", (/** @type {any} */ { peerconnection }) => this._hear(peerconnection));
    if (session.connection) this._hear(session.connection);
    session.on("icecandidate", (/** @type {any} */ { candidate, ready }) => candidate.protocol === "udp" && ready());
    session.on("progress", told);
    session.on("accepted", told);
    session.on("confirmed", () => ((call.since = Date.now() / 1000), told()));
    session.on("ended", (/** @type {any} */ event) => this._gone(call, event.cause));
    session.on("failed", (/** @type {any} */ event) => this._gone(call, event.cause));
    this._tell("ring", call);
    told();
  }

  /** @param {RTCPeerConnection} connection */
  _hear(connection) {
    connection.addEventListener("track", ({ track, streams }) => {
      this._player.srcObject = streams[0] || new MediaStream([track]);
      void this._player.play().catch(() => {});
    });
  }

  /** @param {PhoneCall} call @param {string} cause */
  _gone(call, cause) {
    this.calls.delete(call);
    call.ended = true;
    if (call.stream) release(call.stream);
    this._tell("gone", call, cause);
    this._tell();
  }

  /** @param {PhoneState} state */
  _be(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  _tell(type = "calls", /** @type {PhoneCall | null} */ call = null, cause = "") {
    this.dispatchEvent(new CustomEvent(type, { detail: { call, cause } }));
  }
}

/** One call on this phone. */
export class PhoneCall {
  /** @param {Softphone} phone @param {any} session @param {any} request the INVITE */
  constructor(phone, session, request) {
    this.phone = phone;
    this.session = session;
    this.incoming = session.direction === "incoming";
    this.caller = session.remote_identity?.uri?.user || "";
    this.callerName = session.remote_identity?.display_name || "";
    this.muted = false;
    this.ended = false;
    this.since = 0;
    this._answering = false;
    /** @type {MediaStream | null} */
    this.stream = null;
    const info = `${request?.getHeader?.("Call-Info") || ""} ${request?.getHeader?.("Alert-Info") || ""}`;
    /** The server wants this leg answered without a click (the agent asked for the call). */
    this.automatic = this.incoming && /answer-after=0|auto-?answer/i.test(info);
    /** The server's id of the call this leg belongs to, when the INVITE names it. */
    this.id = request?.getHeader?.("X-Switchboard-Call") || "";
  }

  get ringing() {
    return this.incoming && !this.ended && !this._answering && !this.session.isEstablished();
  }

  get up() {
    return !this.ended && this.session.isEstablished();
  }

  async answer() {
    if (!this.ringing) return;
    this._answering = true;
    this.phone._tell();
    try {
      this.stream = await take();
      if (this.ended) return release(this.stream);
      this.session.answer({ mediaStream: this.stream, pcConfig: { iceServers: this.phone._ice } });
    } catch (error) {
      this._answering = false;
      this.phone._tell();
      throw error;
    }
  }

  /** Ends it, or refuses it while it rings. */
  hangUp() {
    if (!this.ended) this.session.terminate(this.ringing ? { status_code: 486 } : {});
  }

  /** @param {boolean} on */
  mute(on) {
    if (on) this.session.mute({ audio: true });
    else this.session.unmute({ audio: true });
    this.muted = on;
    this.phone._tell();
  }

  /** @param {string} digits */
  send(digits) {
    this.session.sendDTMF(digits, { transportType: "RFC2833", duration: 120, interToneGap: 80 });
  }

  renew() {
    if (this.up) this.session.renegotiate();
  }
}
