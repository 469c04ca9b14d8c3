// What the server has told so far, kept as plain values: the snapshot with the later events applied. Pure.

/**
 * @typedef {{
 *   me: any, calls: Map<string, any>, offers: Map<string, any>, ended: Map<string, any>, queues: any[],
 *   board: {call: Map<string, any>, queue: Map<string, any>, agent: Map<string, any>},
 *   dispositions: any[], reasons: any[], number: number, last: any,
 * }} Truth
 */

/** @returns {Truth} */
export function nothing() {
  const board = { call: new Map(), queue: new Map(), agent: new Map() };
  return { me: null, calls: new Map(), offers: new Map(), ended: new Map(), queues: [], board, dispositions: [], reasons: [], number: 0, last: null };
}

/** The truth after `message`; the same object changed in place. @param {Truth} truth @param {any} message */
export function apply(truth, message) {
  if (typeof message.n === "number") truth.number = message.n;
  const change = CHANGES[message.type];
  if (change) change(truth, message);
  return truth;
}

/** @type {Record<string, (truth: Truth, message: any) => void>} */
const CHANGES = {
  snapshot(truth, message) {
    truth.me = message.me || null;
    truth.calls = byId(message.calls || (message.call ? [message.call] : []));
    truth.offers = new Map((message.offers || []).map((/** @type {any} */ offer) => [offer.call, offer]));
    truth.queues = message.queues || [];
    truth.dispositions = message.dispositions || truth.dispositions;
    truth.reasons = message.break_reasons || message.reasons || truth.reasons;
    if (message.wrap_up && truth.last?.id !== message.wrap_up.id) truth.last = message.wrap_up;
    wrapUp(truth);
    if (message.board) boardOf(truth, message.board);
  },
  me(truth, message) {
    const { type, n, ...me } = message;
    truth.me = { ...truth.me, ...me };
    wrapUp(truth);
  },
  offer(truth, message) {
    truth.offers.set(message.call, message);
  },
  offer_ended(truth, message) {
    truth.offers.delete(message.call);
  },
  call(truth, message) {
    truth.offers.delete(message.call.id);
    truth.calls.set(message.call.id, { ...truth.calls.get(message.call.id), ...message.call });
  },
  ended(truth, message) {
    const call = truth.calls.get(message.call);
    truth.calls.delete(message.call);
    truth.offers.delete(message.call);
    if (!call) return;
    truth.last = { ...call, ended: message.status };
    if (message.wrap_up_until) truth.ended.set(message.call, { ...truth.last, until: message.wrap_up_until });
  },
  queues(truth, message) {
    truth.queues = message.rows;
  },
  board(truth, message) {
    for (const [kind, id, row] of message.changes) {
      const rows = truth.board[/** @type {"call" | "queue" | "agent"} */ (kind)];
      if (!rows) continue;
      if (row === null) rows.delete(id);
      else rows.set(id, row);
    }
  },
};

/** One wraps up exactly the call that the server says, whether its end was seen here or before a reload. @param {Truth} truth */
function wrapUp(truth) {
  const { activity, call, until } = truth.me || {};
  for (const id of truth.ended.keys()) if (activity !== "wrap_up" || call !== id) truth.ended.delete(id);
  if (activity !== "wrap_up" || !call) return;
  const known = truth.ended.get(call) || (truth.last?.id === call ? truth.last : { id: call });
  truth.ended.set(call, { ...known, until });
}

/** @param {any[]} calls */
function byId(calls) {
  return new Map(calls.map((call) => [call.id, call]));
}

/** A whole board comes as changes [[kind, id, row]…] or as {calls, queues, agents}. @param {Truth} truth @param {any} board */
function boardOf(truth, board) {
  truth.board = nothing().board;
  if (Array.isArray(board)) CHANGES.board(truth, { changes: board });
  else {
    for (const row of board.calls || []) truth.board.call.set(row.id, row);
    for (const row of board.queues || []) truth.board.queue.set(row.name, row);
    for (const row of board.agents || []) truth.board.agent.set(row.agent, row);
  }
}
