// The frame's beginning: everything that lives as long as the frame does, wired together.
import "htmx.org/dist/htmx.esm.js";
import "./player.js";
import { alarmsTold, startAlarms } from "./alarms.js";
import { startAmounts } from "./amount.js";
import { startBoards } from "./board.js";
import { startCells } from "./cell.js";
import { startClocks, setServerTime, tick } from "./clocks.js";
import { startDatePicker } from "./datepicker.js";
import { startDeviceTest } from "./device_test.js";
import { startDial } from "./dial.js";
import { startDock } from "./dock.js";
import { h, one } from "./elements.js";
import { startForms } from "./forms.js";
import { startGrids } from "./grid.js";
import { startHookConditions } from "./hook_condition.js";
import { startKeys } from "./keys.js";
import { startScan } from "./scan.js";
import { showLights } from "./lights.js";
import { Live } from "./live.js";
import { startLists } from "./lists.js";
import { startMaps } from "./map.js";
import { startMass } from "./mass.js";
import { startMergeFields } from "./merge_fields.js";
import { startMeanings } from "./meanings.js";
import { permission, permitted, close as closeMicrophone } from "./microphone.js";
import { refresh, startPages } from "./pages.js";
import { startSearch } from "./search.js";
import { sessionEnded, startSession } from "./session.js";
import { startSimilar } from "./similar.js";
import { unlock } from "./sounds.js";
import { Station } from "./station.js";
import { showStatus, startStatus } from "./status.js";
import { me, t } from "./strings.js";
import { Tabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { toast } from "./toasts.js";
import { startUploads } from "./upload.js";
import { startWallboard } from "./wallboard.js";
import { startWriting } from "./writing.js";

const live = new Live(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
const station = new Station(live, me);
const tabs = new Tabs();

startTheme();
startClocks();
startKeys();
startScan(document);
startSearch();
startDial(station);
startPages(() => station.talking);
startSession(() => me.live !== false && live.again());
startStatus(station);
startDock(station, tabs);
startDeviceTest(() => void knowMicrophone());
startWallboard(station);
startForms();
startGrids();
startHookConditions();
startSimilar();
startAmounts();
startMeanings();
startLists();
startCells();
startUploads();
startBoards();
startMaps();
startMass();
startAlarms();
startWriting();
startMergeFields();
startDatePicker();
station.addEventListener("change", () => (showStatus(station), showLights(station), tick()));
live.addEventListener("message", (event) => told(/** @type {CustomEvent} */ (event).detail));
station.addEventListener("ended", (event) => showOutcome(/** @type {CustomEvent} */ (event).detail.call));
live.addEventListener("lost", (event) => /** @type {CustomEvent} */ (event).detail === 4401 && loggedOut());
for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, () => void unlock(), { once: true, capture: true });
void unlock();
document.addEventListener("visibilitychange", () => live.send("tab", { visible: !document.hidden }).catch(() => {}));
window.addEventListener("beforeunload", (event) => station.talking && event.preventDefault());
one("#log-out")?.addEventListener("submit", (event) => {
  if (!station.talking) return live.end();
  event.preventDefault();
  toast("attention", t("Finish the call before you log out."));
});
if (me.live !== false) live.connect();
if (me.extension && me.device === "browser") void bringPhone();
else if (me.extension) tabs.owner = true;

/** @param {any} message */
function told(message) {
  if (message.type === "snapshot") setServerTime(message.now || message.at);
  else if (message.type === "notice") toast(message.level === "error" ? "bad" : message.level in { good: 1, attention: 1, bad: 1, info: 1 } ? message.level : "info", message.message);
  else if (message.type === "second_tab") toast("info", t("This account is open in another tab or browser as well."));
  else if (message.type === "recording") redraw(message.call);
  else if (message.type === "alarms") alarmsTold(message);
  else if (message.type === "logged_out") loggedOut();
}

/** Draws the pages again that show the call: its own, its customer's, the lists. @param {string} call */
function redraw(call) {
  const { last } = station.truth;
  const party = last?.id === call ? last.party?.id || last.card?.parties?.[0]?.id : 0;
  void refresh(`/calls/${call}`, party ? `/parties/${party}` : undefined, "/desk", "/calls");
}

/** After a call its customer's page, or its own, is drawn again when the call has ended and when its wrap-up is over. @param {string} call */
function showOutcome(call) {
  const draw = () => redraw(call);
  draw();
  const over = () => {
    if (station.truth.ended.has(call)) return;
    station.removeEventListener("change", over);
    draw();
  };
  station.addEventListener("change", over);
}

function loggedOut() {
  live.end();
  if (station.talking) toast("bad", t("Your session has ended. Finish the call, then log in again."));
  else sessionEnded();
}

/** Registers the phone in this tab when it is this tab's turn. */
async function bringPhone() {
  permission.addEventListener("change", () => void knowMicrophone());
  tabs.busy = () => station.talking;
  tabs.addEventListener("busy", () => toast("attention", t("A call is up in the other tab; the phone stays there until it ends.")));
  const { Softphone } = await import("./softphone.js");
  const player = /** @type {HTMLAudioElement} */ (h("audio", { id: "remote", autoplay: true }));
  document.body.append(player);
  const follow = async () => {
    if (tabs.owner && !station.phone) {
      const phone = new Softphone(await credentials(), player);
      phone.addEventListener("calls", () => phone.calls.size || setTimeout(() => phone.calls.size || closeMicrophone(), 15_000));
      station.usePhone(phone);
      phone.start();
    } else if (!tabs.owner && station.phone) {
      station.phone.stop();
      station.phone = null;
      station.changed();
    }
  };
  tabs.addEventListener("change", () => void follow());
  await knowMicrophone();
  await tabs.start();
}

/** The browser phone's own registration; asked again until the server answers. @returns {Promise<import("./softphone.js").Credentials>} */
async function credentials() {
  for (let pause = 500; ; pause = Math.min(8000, pause * 2)) {
    const answer = await fetch("/api/v1/softphone", { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function knowMicrophone() {
  const before = station.microphone;
  station.microphone = /** @type {any} */ (await permitted());
  if (before === station.microphone) return;
  station.tellPhone();
  station.changed();
}
