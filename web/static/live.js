// The websocket to the daemon: a snapshot, then events; commands with answers; reconnects by itself.

const LONGEST_WAIT = 10_000;
const ANSWER_WITHIN = 10_000;
const SILENCE = 25_000;

export class Live extends EventTarget {
  /** @param {string} url */
  constructor(url) {
    super();
    this._url = url;
    this._number = 0;
    this._attempt = 0;
    this._ended = false;
    this._heard = 0;
    /** @type {Map<number, {resolve: (value: any) => void, reject: (error: any) => void, timer: number}>} */
    this._waiting = new Map();
    /** @type {WebSocket | null} */
    this._socket = null;
    /** @type {number | undefined} */
    this._timer = undefined;
    setInterval(() => this._beat(), 10_000);
    window.addEventListener("online", () => this._retry(0));
    window.addEventListener("pagehide", () => this._socket?.close());
  }

  get connected() {
    return this._socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    if (this._ended || (this._socket && this._socket.readyState <= WebSocket.OPEN)) return;
    const socket = new WebSocket(this._url);
    this._socket = socket;
    socket.onopen = () => {
      this._attempt = 0;
      this._heard = Date.now();
      this.dispatchEvent(new Event("connected"));
    };
    socket.onmessage = (event) => this._receive(JSON.parse(event.data));
    socket.onclose = (event) => this._closed(socket, event);
  }

  /**
   * Sends a command; resolves with the answer's value, rejects with {code, message, field}.
   * @param {string} command @param {Record<string, any>} [values] @returns {Promise<any>}
   */
  send(command, values = {}) {
    const socket = this._socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject({ code: "not_connected", message: "" });
    const id = ++this._number;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => this._answer({ id, ok: false, error: { code: "no_answer", message: "" } }), ANSWER_WITHIN);
      this._waiting.set(id, { resolve, reject, timer });
      socket.send(JSON.stringify({ id, do: command, ...values }));
    });
  }

  /** No more reconnecting: logged out. */
  end() {
    this._ended = true;
    this._socket?.close();
  }

  /** Logged in once more. */
  again() {
    this._ended = false;
    this.connect();
  }

  /** @param {any} message */
  _receive(message) {
    this._heard = Date.now();
    if (message.type === "result") this._answer(message);
    else this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  /** @param {any} result */
  _answer(result) {
    const waiting = this._waiting.get(result.id);
    if (!waiting) return;
    this._waiting.delete(result.id);
    clearTimeout(waiting.timer);
    if (result.ok) waiting.resolve(result.value);
    else waiting.reject(result.error || { code: "refused", message: "" });
  }

  /** A half-open connection is noticed by its silence. */
  _beat() {
    if (!this.connected) return;
    if (Date.now() - this._heard > SILENCE) this._socket?.close();
    else this.send("ping").catch(() => {});
  }

  /** @param {WebSocket} socket @param {CloseEvent} event */
  _closed(socket, event) {
    if (socket !== this._socket) return;
    this._socket = null;
    for (const id of [...this._waiting.keys()]) this._answer({ id, ok: false, error: { code: "not_connected", message: "" } });
    this.dispatchEvent(new CustomEvent("lost", { detail: event.code }));
    if (event.code === 4401) this._ended = true;
    if (!this._ended) this._retry(Math.min(LONGEST_WAIT, 300 * 2 ** this._attempt++) * (0.5 + Math.random()));
  }

  /** @param {number} milliseconds */
  _retry(milliseconds) {
    clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this.connect(), milliseconds);
  }
}
