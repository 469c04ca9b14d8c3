// The microphone: permission, one clone for each call (a shared stream goes silent on hold), the chosen device, the level.
import { chosen } from "./devices.js";

/** @type {MediaStream | null} */
let open = null;
/** @type {Promise<MediaStream> | null} */
let opening = null;
let users = 0;

/** Says "change" when the permission changed; detail "granted" | "denied" | "prompt" | "none". */
export const permission = new EventTarget();

/** Whether the browser lets us hear: "granted" | "denied" | "prompt" | "none" (no microphone, or no secure context). */
export async function permitted() {
  if (!navigator.mediaDevices) return "none";
  try {
    const status = await navigator.permissions.query({ name: /** @type {PermissionName} */ ("microphone") });
    status.onchange = () => permission.dispatchEvent(new CustomEvent("change", { detail: status.state }));
    return status.state;
  } catch {
    return "prompt"; // a browser that does not tell: asking shows
  }
}

function wanted() {
  const device = chosen("microphone");
  return { audio: { deviceId: device ? { ideal: device } : undefined, echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...constraints } };
}

/** @type {MediaTrackConstraints} */
let constraints = {};

/** Test tones are erased by noise suppression: tests switch the three helpers off. @param {MediaTrackConstraints} change */
export function setConstraints(change) {
  constraints = change;
}

/** Opens the microphone ahead of the answer, so that answering takes no time; harmless when open. */
export async function prepare() {
  if (open && open.getAudioTracks().every((track) => track.readyState === "live")) return open;
  opening ||= navigator.mediaDevices.getUserMedia(wanted()).finally(() => (opening = null));
  open = await opening;
  return open;
}

/** A stream of its own for one call; give it back with `release`. */
export async function take() {
  const source = await prepare();
  users += 1;
  return source.clone();
}

/** @param {MediaStream} stream */
export function release(stream) {
  for (const track of stream.getTracks()) track.stop();
  users = Math.max(0, users - 1);
  if (!users) close();
}

/** Lets the microphone go (its light goes off), unless a call uses it. */
export function close() {
  if (users || !open) return;
  for (const track of open.getTracks()) track.stop();
  open = null;
}

/**
 * Measures a stream: calls `show` with 0–100 many times a second until the returned function is called.
 * @param {MediaStream} stream @param {(level: number) => void} show
 */
export function meter(stream, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const loudness = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    const decibels = 20 * Math.log10(loudness || 1e-6);
    show(Math.round(Math.min(100, Math.max(0, (decibels + 60) * (100 / 54)))));
  }, 60);
  return () => (clearInterval(timer), void context.close());
}
