// <recording-player src peaks seconds channels download>: plays a recording with its picture: the customer's lane above, the agent's below.
//
// Inside stands a plain <audio controls>, which serves where modules do not run; here it is hidden and does the playing.
// Keys, anywhere in the player: Space plays and pauses, ← → 5 s back and forward (with Shift 1 s), Page Up/Down 10 s, Home, End.
// Time runs from left to right in every language. Nothing is loaded before it is seen (the picture) or played (the sound).
import { h, icon } from "./elements.js";
import { digits, duration } from "./format.js";
import { persian, t } from "./strings.js";

const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
const STEP_SECONDS = 5;
const FINE_SECONDS = 1;
const LEAP_SECONDS = 10;
const STARTED = "recording-started";

/**
 * How loud each side is in each ear: [customer→left, agent→left, customer→right, agent→right]. "both" leaves each voice on its side
 * without emptying the other ear, for people who wear the headset on one.
 * @type {Record<string, [number, number, number, number]>}
 */
const EARS = { both: [1, 0.5, 0.5, 1], customer: [1, 0, 1, 0], agent: [0, 1, 0, 1] };

const SVG = "http://www.w3.org/2000/svg";
const TALL = 100;

class RecordingPlayer extends HTMLElement {
  /** @type {AbortController | null} */ #leaving = null;
  /** @type {HTMLAudioElement} */ #audio = new Audio();
  /** @type {AudioContext | null} */ #context = null;
  /** @type {GainNode[]} */ #gains = [];
  /** @type {Record<string, HTMLElement>} */ #parts = {};
  /** What uncovers the played part of each lane, and the lane's width. @type {[SVGElement, number][]} */ #played = [];
  #seconds = 0;
  #side = "both";
  #frame = 0;

  connectedCallback() {
    if (this.#leaving) return;
    this.#leaving = new AbortController();
    this.#seconds = Number(this.getAttribute("seconds")) || 0;
    this.#audio = this.querySelector("audio") ?? this.appendChild(new Audio());
    this.#audio.controls = false;
    this.#audio.preload = "none";
    this.#audio.hidden = true;
    if (!this.#audio.getAttribute("src")) this.#audio.src = this.getAttribute("src") ?? "";
    this.#build();
    this.#listen(this.#leaving.signal);
    this.#show();
  }

  disconnectedCallback() {
    this.#leaving?.abort();
    this.#leaving = null;
    cancelAnimationFrame(this.#frame);
    this.#audio.pause();
    this.#context?.close();
    this.#context = null;
    this.#gains = [];
    this.querySelector(".player")?.remove();
  }

  /** Pauses, when something more important is to be heard. */
  pause() {
    this.#audio.pause();
  }

  get #stereo() {
    return this.getAttribute("channels") !== "1";
  }

  #build() {
    const play = h("button.button.icon-only.play", { type: "button", "aria-label": t("Play") }, icon("play"));
    const back = leap("−10", t("10 seconds back"));
    const on = leap("+10", t("10 seconds on"));
    const lanes = this.#stereo ? [["customer", t("Customer")], ["agent", t("Agent")]] : [["customer", t("Recording")]];
    const names = lanes.map(([side, name]) => h(`span.lane-name.${side}`, {}, name));
    const slider = h("div.wave", { role: "slider", tabindex: "0", "aria-label": t("Position in the recording"), "aria-valuemin": "0", "aria-orientation": "horizontal" });
    const hint = h("span.hint-time", { hidden: true, "aria-hidden": "true" });
    slider.append(hint);
    const time = h("span.time.figures", { dir: "ltr" });
    const speed = h("select.speed", { "aria-label": t("Speed") }, SPEEDS.map((one) => h("option", { value: one, selected: one === 1 }, digits(`${one}×`.replace(".", persian ? "٫" : "."), persian))));
    const sides = this.#stereo ? this.#sides() : null;
    const download = this.getAttribute("download");
    const save = download ? h("a.button.quiet.icon-only", { href: download, download: true, "hx-boost": "false", "aria-label": t("Download"), title: t("Download") }, icon("download")) : null;
    const trouble = h("p.trouble.error-text", { role: "alert", hidden: true });
    this.#parts = { play, back, on, slider, hint, time, speed, trouble };
    // Time runs left to right, and so do the controls that move in it.
    const moving = h("div.moving", { dir: "ltr" }, back, play, on, time);
    const picture = h("div.picture", { dir: "ltr" }, h("div.lane-names", { dir: document.documentElement.dir }, names), slider);
    this.append(h("div.player", { role: "group", "aria-label": this.getAttribute("label") || t("Recording") }, picture, h("div.controls", {}, moving, sides, speed, save), trouble));
  }

  #sides() {
    const name = `side-${Math.random().toString(36).slice(2)}`;
    const choices = [["both", t("Both")], ["customer", t("Customer")], ["agent", t("Agent")]];
    return h(
      "div.segmented.sides",
      { role: "radiogroup", "aria-label": t("Who is heard"), onchange: (/** @type {any} */ event) => this.#hear(event.target.value) },
      choices.map(([side, word]) => h("label", {}, h("input", { type: "radio", name, value: side, checked: side === "both" }), word)),
    );
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const { play, back, on, slider, speed } = this.#parts;
    const audio = this.#audio;
    /** @param {EventTarget} target @param {string} kind @param {(event: any) => void} listener */
    const listen = (target, kind, listener) => target.addEventListener(kind, listener, { signal });
    listen(play, "click", () => this.#toggle());
    listen(back, "click", () => this.#move(-LEAP_SECONDS));
    listen(on, "click", () => this.#move(LEAP_SECONDS));
    listen(speed, "change", () => (audio.playbackRate = Number(/** @type {HTMLSelectElement} */ (speed).value)));
    listen(this, "keydown", (event) => this.#key(event));
    listen(slider, "pointerdown", (event) => this.#drag(event));
    listen(slider, "pointermove", (event) => this.#point(event));
    listen(slider, "pointerleave", () => (this.#parts.hint.hidden = true));
    for (const kind of ["play", "pause", "ended", "seeked", "timeupdate"]) listen(audio, kind, () => this.#show());
    listen(audio, "durationchange", () => this.#known(audio.duration));
    listen(audio, "error", () => this.#trouble(t("The recording cannot be played now. Try again in a moment.")));
    listen(audio, "playing", () => this.#trouble(""));
    listen(document, STARTED, (event) => event.detail !== this && this.pause());
    const seen = new IntersectionObserver((entries) => {
      if (entries.some((one) => one.isIntersecting)) {
        seen.disconnect();
        this.#loadPicture(signal);
      }
    });
    seen.observe(this);
    signal.addEventListener("abort", () => seen.disconnect());
  }

  async #toggle() {
    if (!this.#audio.paused) return this.#audio.pause();
    if (this.#audio.error) this.#audio.load();
    this.#connect();
    document.dispatchEvent(new CustomEvent(STARTED, { detail: this }));
    try {
      await this.#context?.resume();
      await this.#audio.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") this.#trouble(t("The recording cannot be played now. Try again in a moment."));
    }
  }

  /** Puts the two channels on a small desk of four faders, at the first play: browsers allow sound only after a click. */
  #connect() {
    if (this.#context || !this.#stereo) return;
    this.#context = new AudioContext();
    const source = this.#context.createMediaElementSource(this.#audio);
    const splitter = this.#context.createChannelSplitter(2);
    const merger = this.#context.createChannelMerger(2);
    source.connect(splitter);
    for (const ear of [0, 1]) {
      for (const side of [0, 1]) {
        const gain = this.#context.createGain();
        splitter.connect(gain, side);
        gain.connect(merger, 0, ear);
        this.#gains.push(gain);
      }
    }
    merger.connect(this.#context.destination);
    this.#hear(this.#side);
  }

  /** @param {string} side */
  #hear(side) {
    this.#side = side;
    this.dataset.side = side;
    this.#gains.forEach((gain, index) => gain.gain.setTargetAtTime(EARS[side][index], /** @type {AudioContext} */ (this.#context).currentTime, 0.01));
  }

  /** @param {number} seconds how far, negative is back */
  #move(seconds) {
    this.#seek(this.#audio.currentTime + seconds);
  }

  /** @param {number} moment */
  #seek(moment) {
    this.#audio.currentTime = Math.min(Math.max(moment, 0), this.#seconds);
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const own = target.closest("button, a, select, input");
    const small = event.shiftKey ? FINE_SECONDS : STEP_SECONDS;
    /** @type {Record<string, () => void>} */
    const does = {
      Space: () => this.#toggle(),
      ArrowLeft: () => this.#move(-small),
      ArrowRight: () => this.#move(small),
      ArrowDown: () => this.#move(-small),
      ArrowUp: () => this.#move(small),
      PageDown: () => this.#move(-LEAP_SECONDS),
      PageUp: () => this.#move(LEAP_SECONDS),
      Home: () => this.#seek(0),
      End: () => this.#seek(this.#seconds),
    };
    const action = does[event.code];
    // A button's Space presses it; a list's or radio's arrows choose in it.
    if (!action || (own && (event.code === "Space" || own.matches("select, input")))) return;
    event.preventDefault();
    action();
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (event.button !== 0) return;
    const { slider } = this.#parts;
    slider.setPointerCapture(event.pointerId);
    const follow = (/** @type {PointerEvent} */ moved) => this.#seek(this.#momentAt(moved));
    follow(event);
    slider.addEventListener("pointermove", follow);
    slider.addEventListener("lostpointercapture", () => slider.removeEventListener("pointermove", follow), { once: true });
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { hint, slider } = this.#parts;
    hint.hidden = false;
    hint.textContent = duration(this.#momentAt(event), persian);
    const box = slider.getBoundingClientRect();
    const half = hint.offsetWidth / 2;
    const inside = Math.min(Math.max(event.clientX - box.left, half), box.width - half);
    hint.style.left = `${inside}px`;
  }

  /** @param {PointerEvent} event */
  #momentAt(event) {
    const box = this.#parts.slider.getBoundingClientRect();
    return (Math.min(Math.max(event.clientX - box.left, 0), box.width) / box.width) * this.#seconds;
  }

  /** @param {number} seconds */
  #known(seconds) {
    if (Number.isFinite(seconds) && seconds > 0) this.#seconds = seconds;
    this.#show();
  }

  #show() {
    const { play, slider, time } = this.#parts;
    const playing = !this.#audio.paused;
    const at = Math.min(this.#audio.currentTime, this.#seconds);
    const share = this.#seconds ? at / this.#seconds : 0;
    for (const [cover, width] of this.#played) cover.setAttribute("width", String(share * width));
    this.style.setProperty("--played", String(share));
    const [here, whole] = [duration(at, persian), duration(this.#seconds, persian)];
    time.textContent = `${here} / ${whole}`;
    slider.setAttribute("aria-valuemax", this.#seconds.toFixed(1));
    slider.setAttribute("aria-valuenow", at.toFixed(1));
    slider.setAttribute("aria-valuetext", t("{here} of {whole}", { here, whole }));
    if (play.dataset.playing !== String(playing)) {
      play.dataset.playing = String(playing);
      play.setAttribute("aria-label", playing ? t("Pause") : t("Play"));
      play.replaceChildren(icon(playing ? "pause" : "play"));
    }
    cancelAnimationFrame(this.#frame);
    if (playing) this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** @param {string} sentence "" = none */
  #trouble(sentence) {
    this.#parts.trouble.textContent = sentence;
    this.#parts.trouble.hidden = !sentence;
  }

  /** @param {AbortSignal} signal */
  async #loadPicture(signal) {
    const address = this.getAttribute("peaks");
    if (!address) return;
    try {
      const answer = await fetch(address, { signal, headers: { Accept: "application/json" } });
      if (!answer.ok) return this.#trouble(await refusal(answer));
      const { lanes, seconds } = await answer.json();
      this.#known(seconds);
      this.#draw(lanes);
    } catch (error) {
      if (/** @type {Error} */ (error).name !== "AbortError") this.#trouble(t("The picture of the recording could not be loaded; it can be played all the same."));
    }
  }

  /** @param {number[][]} lanes 0 to 255 */
  #draw(lanes) {
    const loudest = Math.max(64, ...lanes.map((lane) => Math.max(...lane)));
    this.#played = [];
    const pictures = lanes.map((lane, index) => {
      const picture = svg("svg", { class: `lane ${index ? "agent" : "customer"}`, viewBox: `0 0 ${Math.max(lane.length, 1)} ${TALL}`, preserveAspectRatio: "none", "aria-hidden": "true" });
      const outline = shape(lane, loudest);
      const id = `played-${Math.random().toString(36).slice(2)}`;
      const rect = svg("rect", { x: 0, y: 0, width: 0, height: TALL });
      this.#played.push([rect, lane.length]);
      picture.append(svg("clipPath", { id }, rect), svg("path", { d: outline }), svg("path", { class: "played", d: outline, "clip-path": `url(#${id})` }));
      return picture;
    });
    this.#parts.slider.prepend(...pictures);
    this.#show();
  }
}

/** Pauses every player on the page: a call is more important. */
export function silencePlayers() {
  document.dispatchEvent(new CustomEvent(STARTED));
}

/** A button that jumps; it shows `short` and says `word`. @param {string} short @param {string} word */
function leap(short, word) {
  return h("button.button.quiet.leap", { type: "button", title: word }, h("bdi", { dir: "ltr", "aria-hidden": "true" }, digits(short, persian)), h("span.visually-hidden", {}, word));
}

/** The outline of a lane: as far above its middle as below it. @param {number[]} lane @param {number} loudest */
function shape(lane, loudest) {
  const height = lane.map((one) => Math.max(1, Math.sqrt(one / loudest) * (TALL / 2)));
  const middle = TALL / 2;
  const above = height.map((one, at) => `${at} ${(middle - one).toFixed(1)}`);
  const below = height.map((one, at) => `${at} ${(middle + one).toFixed(1)}`).reverse();
  return lane.length ? `M${above.join("L")}L${lane.length} ${middle}L${below.join("L")}Z` : "";
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {...Node} children */
function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** What the server says, in its own words. @param {Response} answer */
async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  return said.error?.message ?? t("The recording cannot be played now. Try again in a moment.");
}

if (!customElements.get("recording-player")) customElements.define("recording-player", RecordingPlayer);

export { RecordingPlayer };
