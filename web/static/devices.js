// Which microphone, which headset, which loudspeaker rings: chosen once, remembered in this browser.

/** @typedef {"microphone" | "headset" | "ring"} Purpose */

const KINDS = { microphone: "audioinput", headset: "audiooutput", ring: "audiooutput" };

/** @param {Purpose} purpose @returns {string} the device's id; "" = the system's own choice */
export function chosen(purpose) {
  return localStorage.getItem(`device.${purpose}`) || "";
}

/** @param {Purpose} purpose @param {string} device */
export function choose(purpose, device) {
  localStorage.setItem(`device.${purpose}`, device);
  changed.dispatchEvent(new CustomEvent("change", { detail: purpose }));
}

/** Says "change" when another device was chosen, or one was plugged in or out. */
export const changed = new EventTarget();
navigator.mediaDevices?.addEventListener("devicechange", () => changed.dispatchEvent(new CustomEvent("change", { detail: "plugged" })));

/** The devices there are for a purpose. @param {Purpose} purpose */
export async function available(purpose) {
  const all = (await navigator.mediaDevices?.enumerateDevices()) || [];
  return all.filter((one) => one.kind === KINDS[purpose] && one.deviceId);
}

/**
 * Sends an element's or a context's sound to the device of a purpose, where the browser can; a device that is gone means the usual one.
 * @param {any} player HTMLMediaElement or AudioContext @param {Purpose} purpose
 */
export async function route(player, purpose) {
  if (typeof player.setSinkId !== "function") return;
  await player.setSinkId(chosen(purpose)).catch(() => player.setSinkId("").catch(() => {}));
}
