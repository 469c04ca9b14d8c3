// The caller's telephone (demonstration and tests): say who you are, call a demo number, press keys, hang up.
import { startClocks } from "./clocks.js";
import { h, icon, one, ticking } from "./elements.js";
import { ascii, digits, grouped } from "./format.js";
import { keypad } from "./keypad.js";
import { Softphone } from "./softphone.js";
import { persian, t } from "./strings.js";
import { startTheme } from "./theme.js";

const place = /** @type {HTMLElement} */ (one("#handset"));
const number = /** @type {HTMLInputElement} */ (one("#number"));
const player = /** @type {HTMLAudioElement} */ (h("audio", { id: "remote", autoplay: true }));
document.body.append(player);
startTheme();
startClocks();

/** @type {Softphone | null} */
let phone = null;
/** @type {import("./softphone.js").PhoneCall | null} */
let call = null;
let ended = "";
let pressed = "";

const answer = await fetch(place.dataset.credentials || "");
if (answer.ok) await ready(await answer.json());
else show(t("The web phone cannot be used here: {reason}", { reason: (await answer.json().catch(() => null))?.error?.message || answer.status }));

/** @param {import("./softphone.js").Credentials & {target?: string}} credentials */
async function ready(credentials) {
  const made = new Softphone(credentials, player, { register: false });
  phone = made;
  made.addEventListener("calls", () => draw());
  made.addEventListener("gone", (event) => over(/** @type {CustomEvent} */ (event).detail.cause));
  made.addEventListener("state", () => draw());
  one("#dial")?.addEventListener("submit", (event) => (event.preventDefault(), void (call ? call.hangUp() : begin(made, credentials))));
  one("#keys")?.replaceChildren(keypad(press));
  for (const chip of document.querySelectorAll("[data-number]")) chip.addEventListener("click", () => (number.value = /** @type {HTMLElement} */ (chip).dataset.number || ""));
  made.start();
  draw();
}

/** @param {Softphone} phone @param {import("./softphone.js").Credentials} credentials */
async function begin(phone, credentials) {
  const dialled = ascii(number.value).replace(/[^\d+*#]/g, "");
  if (!dialled) return number.focus();
  ended = pressed = "";
  const host = credentials.uri.replace(/^sip:[^@]*@/, "");
  try {
    call = await phone.call(`sip:${dialled}@${host}`, [`X-Demo-Caller: ${caller()}`]);
  } catch {
    ended = t("The browser did not give the microphone.");
  }
  draw();
}

/** Who the caller says to be: digits and +, or "anonymous". */
function caller() {
  const chosen = /** @type {HTMLInputElement | null} */ (one('input[name="caller"]:checked'))?.value || "other";
  const typed = ascii(/** @type {HTMLInputElement | null} */ (one("#other"))?.value || "").replace(/[^\d+]/g, "");
  return chosen === "other" ? typed || "anonymous" : chosen;
}

/** @param {string} digit */
function press(digit) {
  if (!call) {
    number.value += digit;
    return;
  }
  pressed = `${pressed}${digit}`.slice(-16);
  if (call.up) call.send(digit);
  draw();
}

/** @param {string} cause JsSIP's word for how it ended */
function over(cause) {
  call = null;
  pressed = "";
  ended = /busy/i.test(cause) ? t("Busy") : /not found|unavailable|rejected|address/i.test(cause) ? t("The number cannot be reached") : t("The call has ended");
  draw();
}

function draw() {
  const button = one("#call");
  const dialling = call && !call.up;
  const online = phone?.state === "registered";
  show(call ? (dialling ? t("Calling") : t("Connected")) : ended || (online ? t("Ready to call") : t("Connecting")));
  if (call?.up) one("#display")?.append(ticking(call.since || Date.now() / 1000));
  if (pressed) one("#display")?.append(h("bdi", { dir: "ltr" }, digits(pressed, persian)));
  button?.classList.toggle("good", !call);
  button?.classList.toggle("danger", Boolean(call));
  button?.replaceChildren(icon(call ? "hang-up" : "phone"), call ? t("Hang up") : t("Call"));
  button?.toggleAttribute("disabled", !call && !online);
  place.dataset.state = call ? (call.up ? "talking" : "calling") : "idle";
  number.disabled = Boolean(call);
}

/** @param {string} words */
function show(words) {
  const name = call ? h("span.strong", {}, h("bdi", { dir: "ltr" }, digits(grouped(number.value), persian))) : "";
  one("#display")?.replaceChildren(name, h("span", { role: "status" }, words));
}
