// Sounds made by the browser itself: the ring until answered or gone, and the beep before an automatic answer.
import { changed, route } from "./devices.js";

/** @type {AudioContext | null} */
let context = null;
/** @type {number | undefined} */
let ringing;

/** Says "change" when sounds became possible or impossible. */
export const unlocking = new EventTarget();

/** Browsers keep silent until the person has clicked or typed once. */
export function unlocked() {
  return context?.state === "running";
}

/** Tries to switch sounds on; called at the first click or key. */
export async function unlock() {
  context ||= make();
  if (context.state !== "running") await context.resume().catch(() => {});
  unlocking.dispatchEvent(new Event("change"));
}

function make() {
  const made = new AudioContext();
  made.onstatechange = () => unlocking.dispatchEvent(new Event("change"));
  void route(made, "ring");
  changed.addEventListener("change", () => void route(made, "ring"));
  return made;
}

/** @param {number} frequency Hz @param {number} at seconds from now @param {number} length seconds @param {number} loud 0–1 */
function note(frequency, at, length, loud) {
  if (!context) return;
  const start = context.currentTime + at;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loud, start + 0.01);
  gain.gain.exponentialRampToValueAtTime(0.001, start + length);
  gain.connect(context.destination);
  for (const [harmonic, share] of [[1, 1], [2, 0.3], [3, 0.12]]) {
    const tone = context.createOscillator();
    const part = context.createGain();
    part.gain.value = share;
    tone.frequency.value = frequency * harmonic;
    tone.connect(part).connect(gain);
    tone.start(start);
    tone.stop(start + length);
  }
}

function phrase() {
  [659, 784, 988, 784].forEach((frequency, index) => note(frequency, index * 0.17, 0.5, 0.28));
}

/** Rings until `quiet`; harmless when it rings. */
export function ring() {
  if (ringing) return;
  phrase();
  ringing = window.setInterval(phrase, 2200);
}

export function quiet() {
  clearInterval(ringing);
  ringing = undefined;
}

/** Whether it rings now (sounding or, while locked, silently). */
export function isRinging() {
  return ringing !== undefined;
}

/** A short beep: a call is being answered by itself. */
export function beep() {
  note(1047, 0, 0.18, 0.22);
}

/** A lower, double tone: a limit on the wallboard was crossed. */
export function warn() {
  note(440, 0, 0.35, 0.3);
  note(370, 0.3, 0.5, 0.3);
}
