// The supervisor's live page: tiles, waiting callers by age, calls with their path, agents by state. Drawn from the board's rows,
// which the server changes one by one; nothing is reloaded.
import { now } from "./clocks.js";
import { h, icon, one, phone, state, ticking } from "./elements.js";
import { digits, duration, grouped, moment } from "./format.js";
import { warn } from "./sounds.js";
import { ACTIVITIES, INTENTS, agentState } from "./status.js";
import { persian, said, t } from "./strings.js";
import { allowed, threshold, tileState } from "./thresholds.js";

const CALL_STATES = {
  arrived: ["info", "phone-in", () => t("Arrived")],
  in_flow: ["info", "flow", () => t("In the menu")],
  waiting: ["attention", "clock", () => t("Waiting")],
  ringing: ["good", "phone-in", () => t("Ringing")],
  talking: ["info", "phone", () => t("Talking")],
  held: ["attention", "pause", () => t("On hold")],
  ended: ["off", "off", () => t("Ended")],
};
const ORDER = ["ringing", "talking", "hold", "wrap_up", "available", "on_break", "offline"];

/** @param {import("./station.js").Station} station */
export function startWallboard(station) {
  let subscribed = false;
  let crossed = new Set();
  const page = () => one("#wallboard");
  const subscribe = (/** @type {boolean} */ board) => {
    if (board === subscribed || !station.live.connected) return;
    subscribed = board;
    station.live.send("subscribe", { board }).catch(() => (subscribed = false));
  };
  const draw = () => {
    const place = page();
    subscribe(Boolean(place));
    if (!place) return document.documentElement.removeAttribute("data-big");
    crossed = tiles(station, crossed);
    waiting(station);
    calls(station);
    agents(station);
  };
  station.live.addEventListener("lost", () => (subscribed = false));
  station.addEventListener("change", draw);
  document.addEventListener("htmx:afterSettle", draw);
  setInterval(() => page() && draw(), 1000);
  document.addEventListener("click", big);
  document.addEventListener("change", allowed(draw));
  const small = () => document.documentElement.removeAttribute("data-big");
  document.addEventListener("keydown", (event) => event.key === "Escape" && small());
  document.addEventListener("fullscreenchange", () => document.fullscreenElement || small()); // Escape is the browser's own key then
}

/** @param {MouseEvent} event */
function big(event) {
  if (!(event.target instanceof Element) || !event.target.closest("[data-big-screen]")) return;
  const on = document.documentElement.toggleAttribute("data-big");
  if (on) void document.documentElement.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) void document.exitFullscreen();
}

/** Replaces a part when it looks different, so that selections and hovers stay. @param {string} id @param {HTMLElement[]} children @param {string} signature */
function put(id, children, signature) {
  const place = one(id);
  if (!place || place.dataset.shown === signature) return;
  place.dataset.shown = signature;
  place.replaceChildren(...children);
}

/** @param {import("./station.js").Station} station @param {Set<string>} before which limits were crossed already */
function tiles({ truth: { board } }, before) {
  const waiting = [...board.call.values()].filter((row) => row.state === "waiting");
  const oldest = Math.min(...waiting.map((row) => moment(row.since)), now());
  const agents = [...board.agent.values()];
  const free = agents.filter((row) => row.intent === "available" && row.activity === "idle" && row.reachable).length;
  const queues = [...board.queue.values()];
  const sum = (/** @type {string} */ name) => queues.reduce((total, row) => total + (row[name] || 0), 0);
  const answered = sum("answered");
  const abandoned = sum("abandoned");
  const rate = answered + abandoned ? Math.round((100 * abandoned) / (answered + abandoned)) : 0;
  const talking = [...board.call.values()].filter((row) => row.state === "talking" || row.state === "held").length;
  /** @type {[string, string, number, string][]} */
  const shown = [
    ["waiting", t("Waiting callers"), waiting.length, digits(waiting.length, persian)],
    ["longest", t("Longest wait"), waiting.length ? now() - oldest : 0, duration(waiting.length ? now() - oldest : 0, persian)],
    ["free", t("Free agents"), free, digits(`${free} / ${agents.filter((row) => row.intent !== "offline").length}`, persian)],
    ["talking", t("Calls in talk"), talking, digits(talking, persian)],
    ["answered", t("Answered today"), answered, digits(answered, persian)],
    ["abandoned", t("Abandoned today"), rate, persian ? `${digits(rate, true)}٪` : `${rate}%`],
  ];
  const crossed = new Set();
  const drawn = shown.map(([name, label, value, text]) => {
    const { meaning, picture, word } = tileState(name, value);
    if (meaning === "bad") crossed.add(name);
    return h(`div.tile${meaning ? `.${meaning}` : ""}`, { "data-tile": name }, h("span.label", {}, label), h("span.value", {}, h("bdi", { dir: "ltr" }, text)), h("span.note", {}, picture && icon(picture), word || target(name)));
  });
  put("#tiles", drawn, shown.map(([name, , value, text]) => `${text}${tileState(name, value).meaning}${threshold(name)}`).join("|"));
  if ([...crossed].some((name) => !before.has(name)) && one("#wallboard")?.dataset.ready) warn();
  one("#wallboard")?.setAttribute("data-ready", "yes");
  return crossed;
}

/** @param {string} name */
function target(name) {
  const limit = threshold(name);
  if (limit === null) return "\u00a0";
  const text = name === "longest" ? duration(limit, persian) : digits(limit, persian);
  return name === "free" ? t("at least {limit}", { limit: text }) : t("at most {limit}", { limit: text });
}

/** @param {import("./station.js").Station} station */
function waiting({ truth: { board } }) {
  const rows = [...board.call.values()].filter((row) => row.state === "waiting").sort((a, b) => moment(a.since) - moment(b.since));
  const limit = threshold("longest") || 60;
  const level = (/** @type {any} */ row) => (now() - moment(row.since) >= limit ? "bad" : now() - moment(row.since) >= limit * 0.7 ? "attention" : "");
  const drawn = rows.map((row) => h(`tr${level(row) ? `.${level(row)}` : ""}`, {}, h("th", { scope: "row" }, caller(row)), h("td", { "data-label": t("Queue") }, queueTitle(board, row.queue)), h("td.number", { "data-label": t("Wait") }, h("span.row.tight", {}, ticking(moment(row.since), "span.figures.strong"), level(row) === "bad" ? icon("alert") : level(row) ? icon("warning") : null))));
  put("#waiting", drawn, JSON.stringify(rows.map((row) => [row, level(row)])));
  one("#waiting-empty")?.toggleAttribute("hidden", rows.length > 0);
}

/** @param {any} row */
function caller(row) {
  const name = row.name && h("span", {}, row.name);
  return h("span.row.tight", {}, name, row.caller ? phone(row.caller) : h("span.muted", {}, t("Number withheld")));
}

/** @param {any} board @param {string} name */
function queueTitle(board, name) {
  return said(board.queue.get(name)?.title) || name || "";
}

/** @param {import("./station.js").Station} station */
function calls({ truth: { board } }) {
  const rows = [...board.call.values()].filter((row) => row.state !== "waiting" && row.state !== "ended").sort((a, b) => moment(a.since) - moment(b.since));
  const drawn = rows.map((row) => {
    const [meaning, picture, word] = CALL_STATES[/** @type {keyof typeof CALL_STATES} */ (row.state)] || CALL_STATES.arrived;
    return h("tr", {}, h("th", { scope: "row" }, caller(row), way(board, row)), h("td", { "data-label": t("State") }, state(String(meaning), String(picture), /** @type {() => string} */ (word)())), h("td", { "data-label": t("Agent") }, agentName(board, row.agent)), h("td.number", { "data-label": t("Time") }, ticking(moment(row.since), "span.figures")));
  });
  put("#calls", drawn, JSON.stringify([rows, board.agent.size]));
  one("#calls-empty")?.toggleAttribute("hidden", rows.length > 0);
}

/** @param {any} board @param {string} agent */
function agentName(board, agent) {
  return said(board.agent.get(agent)?.name) || agent || "";
}

/** What the caller chose, and the queue they came to. @param {any} board @param {any} row */
function way(board, row) {
  const words = [...(row.path || []).map(said), queueTitle(board, row.queue)].filter(Boolean);
  return words.length ? h("span.path", {}, words.join(" › ")) : null;
}

/** @param {import("./station.js").Station} station */
function agents({ truth: { board, reasons } }) {
  const rank = (/** @type {any} */ row) => ORDER.indexOf(ACTIVITIES[row.activity] ? row.activity : row.intent in INTENTS ? row.intent : "offline");
  const rows = [...board.agent.values()].sort((a, b) => rank(a) - rank(b) || moment(a.since) - moment(b.since));
  const drawn = rows.map((row) => {
    const call = board.call.get(row.call);
    return h("tr", {}, h("th", { scope: "row" }, said(row.name) || row.agent, h("span.muted", {}, " ", h("bdi", { dir: "ltr" }, digits(row.extension || "", persian)))), h("td", { "data-label": t("State") }, agentState(row, reasons), row.intent !== "offline" && !row.reachable ? state("bad", "warning", t("phone off")) : null, call && h("span.agent-call", {}, call.name || h("bdi", { dir: "ltr" }, digits(grouped(call.caller), persian)))), h("td.number", { "data-label": t("Time") }, row.since ? ticking(moment(row.since), "span.figures") : ""));
  });
  put("#agents", drawn, JSON.stringify([rows, board.call.size]));
  one("#agents-empty")?.toggleAttribute("hidden", rows.length > 0);
}

