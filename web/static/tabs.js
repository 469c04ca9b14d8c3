// Several tabs, one telephone: the first tab owns the phone and its sounds; the others say so and can take it over.
// A Web Lock belongs to a tab for as long as it lives, so a crashed tab frees the phone by itself.

const LOCK = "switchboard-phone";

export class Tabs extends EventTarget {
  constructor() {
    super();
    this.owner = false;
    this._channel = new BroadcastChannel(LOCK);
    this._channel.onmessage = (event) => this._heard(event.data);
    /** @type {() => boolean} whether a call is up here, so that the phone cannot be taken away */
    this.busy = () => false;
    /** @type {(() => void) | null} */
    this._giveUp = null;
  }

  /** Waits for the phone; becomes the owner at once when no other tab has it. */
  async start() {
    const { held } = await navigator.locks.query();
    if (held?.some((lock) => lock.name === LOCK)) this._tell();
    void this._wait();
  }

  /** Asks the owning tab for the phone. */
  take() {
    this._channel.postMessage("give");
  }

  async _wait() {
    await navigator.locks.request(LOCK, () => {
      this.owner = true;
      this._tell();
      return new Promise((resolve) => (this._giveUp = () => resolve(undefined)));
    });
    this.owner = false;
    this._giveUp = null;
    this._tell();
    void this._wait();
  }

  /** @param {string} message */
  _heard(message) {
    if (message === "busy") this.dispatchEvent(new Event("busy"));
    if (message !== "give" || !this.owner) return;
    if (this.busy()) this._channel.postMessage("busy");
    else this._giveUp?.();
  }

  _tell() {
    this.dispatchEvent(new Event("change"));
  }
}
