// The top bar's lights (phone, microphone) and the line of my queues.
import { h, icon, one } from "./elements.js";
import { digits } from "./format.js";
import { moment } from "./format.js";
import { persian, said, t } from "./strings.js";

/** @param {string} id @param {string} meaning @param {string} picture @param {string} words */
function light(id, meaning, picture, words) {
  const place = one(id);
  if (!place || place.title === words) return;
  place.className = `light ${meaning}`;
  place.setAttribute("aria-label", words);
  place.title = words;
  place.replaceChildren(icon(picture));
}

/** @param {import("./station.js").Station} station */
export function showLights(station) {
  const { me } = station.truth;
  if (!station.live.connected) light("#phone-light", "attention", "refresh", t("No connection to the server; calls go on. Reconnecting"));
  else if (station.device === "desk") {
    if (me?.reachable) light("#phone-light", "good", "phone", t("Your desk phone is ready"));
    else light("#phone-light", "bad", "warning", t("Your desk phone is not registered"));
  } else if (!station.phone) light("#phone-light", "attention", "phone", t("The phone is in another tab"));
  else if (station.phone.state === "registered") light("#phone-light", "good", "phone", t("Your phone is ready"));
  else light("#phone-light", "bad", "warning", t("Your phone is not registered"));
  microphone(station);
  queues(station);
}

/** @param {import("./station.js").Station} station */
function microphone(station) {
  if (station.phone?.current?.muted) light("#mic-light", "attention", "mic-off", t("Muted"));
  else if (station.microphone === "granted") light("#mic-light", "good", "mic", t("The microphone is ready"));
  else if (station.microphone === "prompt") light("#mic-light", "attention", "mic", t("The microphone is not allowed yet"));
  else if (station.microphone) light("#mic-light", "bad", "mic-off", t("No microphone: you can hear but nobody hears you"));
}

/** @param {import("./station.js").Station} station */
function queues(station) {
  const place = one("#queue-line");
  if (!place) return;
  const rows = station.truth.queues;
  const waiting = rows.reduce((sum, row) => sum + row.waiting, 0);
  const oldest = rows.map((row) => moment(row.longest_since)).filter(Boolean).sort((a, b) => a - b)[0];
  const words = waiting ? t("{count} waiting", { count: digits(waiting, persian) }) : rows.length ? t("Nobody is waiting") : "";
  const title = rows.map((row) => `${said(row.title) || row.name}: ${digits(row.waiting, persian)}`).join(" · ");
  const signature = `${words}|${oldest}|${title}`;
  if (place.dataset.shown === signature) return;
  place.dataset.shown = signature;
  place.title = title;
  place.replaceChildren(words);
  if (oldest && waiting) place.append(` · ${t("longest")} `, h("span.figures", { "data-since": oldest }, h("bdi", { dir: "ltr" })));
}
