// The headset dialog: choose devices, see the level, record three seconds and hear oneself, try the ring.
import { available, choose, chosen, changed, route } from "./devices.js";
import { h, icon, one, state } from "./elements.js";
import { meter, prepare, release, take } from "./microphone.js";
import { allowNotifications } from "./notify.js";
import { beep, isRinging, quiet, ring, unlock } from "./sounds.js";
import { t } from "./strings.js";

const RECORD = 3000;
const SILENT = 8;

/** @param {() => void} microphoneKnown called when the browser's permission may have changed */
export function startDeviceTest(microphoneKnown) {
  const dialog = /** @type {HTMLDialogElement | null} */ (one("#devices"));
  if (!dialog) return;
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest('[data-open="devices"]')) void open(dialog, microphoneKnown);
  });
}

/** @param {HTMLDialogElement} dialog @param {() => void} microphoneKnown */
async function open(dialog, microphoneKnown) {
  void unlock();
  void allowNotifications();
  /** @type {MediaStream | null} */
  let stream = null;
  let stopMeter = () => {};
  const level = h("i", {});
  const bar = h("div.meter", { role: "meter", "aria-label": t("Microphone level"), "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0 }, level);
  const result = h("p", { role: "status" });
  const lists = h("div.fields", {});

  const listen = async () => {
    stopMeter();
    if (stream) release(stream);
    stream = null;
    try {
      await prepare();
      stream = await take();
      stopMeter = meter(stream, (loud) => {
        level.style.setProperty("--level", `${loud}%`);
        bar.setAttribute("aria-valuenow", String(loud));
      });
      result.replaceChildren();
    } catch {
      result.replaceChildren(state("bad", "mic-off", t("The browser did not give the microphone. Allow it in the address bar.")));
    }
    microphoneKnown();
    lists.replaceChildren(...(await Promise.all([list("microphone", t("Microphone")), list("headset", t("Headset")), list("ring", t("Ring on"))])));
  };
  const changedDevice = (/** @type {Event} */ event) => /** @type {CustomEvent} */ (event).detail !== "ring" && void listen();
  const end = () => {
    stopMeter();
    if (stream) release(stream);
    if (isRinging()) quiet();
    changed.removeEventListener("change", changedDevice);
  };

  dialog.replaceChildren(
    h("div.dialog-head", {}, h("h2", { id: "devices-title" }, t("Headset and test"))),
    h("div.stack", {}, lists, h("div.field", {}, h("span.label", {}, t("Speak: the bar must move")), bar), result,
      h("div.row", {},
        h("button.button", { type: "button", onclick: (/** @type {any} */ event) => stream && void hearMyself(stream, event.currentTarget, result) }, icon("recording"), t("Record 3 seconds and hear it")),
        h("button.button", { type: "button", onclick: () => (isRinging() ? quiet() : (ring(), setTimeout(quiet, 4000))) }, icon("speaker"), t("Try the ring")),
        h("button.button", { type: "button", onclick: beep }, t("Beep")))),
    h("form.dialog-foot", { method: "dialog", "hx-boost": "false" }, h("button.button.primary", {}, t("Close"))),
  );
  dialog.addEventListener("close", end, { once: true });
  changed.addEventListener("change", changedDevice);
  dialog.showModal();
  await listen();
}

/** @param {import("./devices.js").Purpose} purpose @param {string} label */
async function list(purpose, label) {
  const now = chosen(purpose);
  const options = (await available(purpose)).map((device, index) => h("option", { value: device.deviceId, selected: device.deviceId === now }, device.label || `${label} ${index + 1}`));
  const usual = h("option", { value: "", selected: !now }, t("The system's choice"));
  const select = h("select", { id: `device-${purpose}`, onchange: (/** @type {any} */ event) => choose(purpose, event.target.value) }, usual, options);
  return h("div.field", {}, h("label", { for: `device-${purpose}` }, label), select);
}

/** @param {MediaStream} stream @param {HTMLButtonElement} button @param {HTMLElement} result */
async function hearMyself(stream, button, result) {
  /** @type {Blob[]} */
  const parts = [];
  let loudest = 0;
  const stopMeter = meter(stream, (loud) => (loudest = Math.max(loudest, loud)));
  const recorder = new MediaRecorder(stream);
  recorder.ondataavailable = (event) => parts.push(event.data);
  button.disabled = true;
  result.replaceChildren(state("attention", "recording", t("Recording: say something")));
  recorder.start();
  await new Promise((resolve) => setTimeout(resolve, RECORD));
  const stopped = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.stop();
  await stopped;
  stopMeter();
  const player = new Audio(URL.createObjectURL(new Blob(parts, { type: recorder.mimeType })));
  await route(player, "headset");
  result.replaceChildren(loudest < SILENT ? state("bad", "mic-off", t("Nothing was heard. Is the right microphone chosen, and not muted?")) : state("good", "play", t("This is how you sound")));
  player.onended = () => {
    URL.revokeObjectURL(player.src);
    button.disabled = false;
    if (loudest >= SILENT) result.replaceChildren(state("good", "ready", t("Microphone and headset work")));
  };
  await player.play().catch(() => (button.disabled = false));
}
