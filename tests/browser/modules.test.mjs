// The pure modules of the browser, run by node's own test runner (see test_modules.py).
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, meantBy } from "../../web/static/card_code.js";
import { holds } from "../../web/static/conditions.js";
import { ascii, digits, duration, exactly, grouped, moment, plainAmount, separated, toman } from "../../web/static/format.js";
import { addMonths, dayOf, fromIso, iso, monthLength, partsOf, weekday } from "../../web/static/jalali.js";
import { counted } from "../../web/static/sms_parts.js";
import { apply, nothing } from "../../web/static/truth.js";

process.env.TZ = "Asia/Tehran";
const NOON = Date.parse("2026-01-10T12:00:00+03:30") / 1000; // a Saturday

test("numbers are shown as people say them and kept as ASCII", () => {
  assert.equal(grouped("+989121234567"), "0912 123 45 67");
  assert.equal(grouped("+982188776655"), "021 8877 6655");
  assert.equal(grouped("1000"), "1000");
  assert.equal(grouped("anonymous"), "anonymous");
  assert.equal(digits("0912", true), "۰۹۱۲");
  assert.equal(ascii("۰۹۱۲ ٣٤"), "0912 34");
});

test("amounts in Rial are said in Toman", () => {
  assert.equal(toman(49_000_000, "fa"), "۴٬۹۰۰٬۰۰۰");
  assert.equal(toman(12_345, "en"), "1,234.5");
});

test("durations count minutes, and hours from an hour on", () => {
  assert.equal(duration(157, false), "02:37");
  assert.equal(duration(3757, true), "۱:۰۲:۳۷");
  assert.equal(duration(-5, false), "00:00");
});

test("moments are read from seconds and from ISO texts; nonsense is no moment", () => {
  assert.equal(moment(12.5), 12.5);
  assert.equal(moment("1970-01-01T00:01:00Z"), 60);
  assert.equal(moment("soon"), 0);
  assert.equal(moment(null), 0);
});

test("the exact moment is Jalali in Persian, in the right order", () => {
  assert.match(exactly(NOON, "fa"), /^شنبه ۲۰ دی ۱۴۰۴، ۱۲:۰۰$/);
  assert.match(exactly(NOON, "en"), /^Saturday 10 January 2026, 12:00$/);
});

const offer = { type: "offer", n: 2, call: "7.1", queue: "sales", since: "2026-01-10T08:00:00Z", card: { match: "none", parties: [] } };
const call = { type: "call", n: 3, call: { id: "7.1", status: "talking", caller: "+989121234567", card: { match: "none", parties: [] } } };

test("an offer stands until it is answered, and the call until it ends", () => {
  const truth = apply(apply(nothing(), { type: "snapshot", n: 1, me: { activity: "idle" } }), offer);
  assert.equal(truth.offers.size, 1);
  apply(truth, call);
  assert.equal(truth.offers.size, 0);
  assert.equal(truth.calls.get("7.1").status, "talking");
  apply(truth, { type: "ended", n: 4, call: "7.1", status: "answered", wrap_up_until: "2026-01-10T08:01:00Z" });
  assert.equal(truth.calls.size, 0);
  assert.equal(truth.ended.get("7.1").caller, "+989121234567");
  apply(truth, { type: "me", n: 5, activity: "idle", call: "" });
  assert.equal(truth.ended.size, 0);
});

test("a wrap-up is there although the page was loaded in the midst of it, or its end came first", () => {
  const reloaded = apply(nothing(), { type: "snapshot", n: 9, me: { activity: "wrap_up", call: "7.1", until: "2026-01-10T08:01:00Z" } });
  assert.equal(reloaded.ended.get("7.1").until, "2026-01-10T08:01:00Z");
  const early = apply(apply(nothing(), call), { type: "ended", n: 4, call: "7.1", status: "answered", wrap_up_until: null });
  assert.equal(early.ended.size, 0);
  apply(early, { type: "me", n: 5, activity: "wrap_up", call: "7.1", until: "2026-01-10T08:01:00Z" });
  assert.equal(early.ended.get("7.1").caller, "+989121234567");
});

test("the old board with its changes is the fresh board", () => {
  const truth = apply(nothing(), { type: "snapshot", n: 1, board: [["call", "a", { id: "a", state: "waiting" }], ["agent", "x", { agent: "x" }]] });
  apply(truth, { type: "board", n: 2, changes: [["call", "a", null], ["call", "b", { id: "b", state: "talking" }], ["unknown", "z", {}]] });
  const fresh = apply(nothing(), { type: "snapshot", n: 2, board: [["agent", "x", { agent: "x" }], ["call", "b", { id: "b", state: "talking" }]] });
  for (const kind of ["call", "queue", "agent"]) assert.deepEqual([...truth.board[kind]], [...fresh.board[kind]]);
});

test("a snapshot replaces everything that was known before", () => {
  const truth = apply(apply(nothing(), offer), { type: "snapshot", n: 7, me: { activity: "idle" }, offers: [], calls: [] });
  assert.equal(truth.offers.size + truth.calls.size, 0);
  assert.equal(truth.number, 7);
});

test("every day from 1925 to 2100 has the name that Intl gives it, and leads back to it", () => {
  const format = new Intl.DateTimeFormat("en-u-ca-persian", { timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric" });
  for (let day = fromIso("1925-03-22"); day < fromIso("2100-01-01"); day += 1) {
    const part = Object.fromEntries(format.formatToParts(day * 86_400_000).map(({ type, value }) => [type, Number(value)]));
    const found = partsOf("jalali", day);
    assert.deepEqual(found, [part.year, part.month, part.day]);
    assert.equal(dayOf("jalali", ...found), day);
  }
});

test("months are added as people count, weeks begin on Saturday", () => {
  assert.equal(iso(addMonths("jalali", dayOf("jalali", 1404, 6, 31), 1)), "2025-10-22");
  assert.equal(iso(addMonths("gregorian", fromIso("2024-01-31"), 1)), "2024-02-29");
  assert.equal(iso(addMonths("jalali", dayOf("jalali", 1404, 1, 15), -1)), iso(dayOf("jalali", 1403, 12, 15)));
  assert.equal(monthLength("jalali", 1403, 12), 30);
  assert.equal(weekday(fromIso("2025-05-03")), 0);
  assert.equal(weekday(fromIso("1925-05-01")), 6);
  assert.equal(fromIso("tomorrow"), null);
});

test("amounts are separated while typed and kept as plain digits", () => {
  assert.equal(separated("12500000", true), "۱۲٬۵۰۰٬۰۰۰");
  assert.equal(separated("-1000", false), "-1,000");
  assert.equal(separated("100", false), "100");
  assert.equal(plainAmount("۱۲٬۵۰۰٬۰۰۰"), "12500000");
  assert.equal(plainAmount("12.5 میلیون"), null);
  assert.equal(plainAmount(""), "");
});

test("a swiped card and a scanned code give the same code", () => {
  for (const typed of ["6300001404", ";6300001404=99121010000?", "%B6300001404^AHMADI/MARYAM^9912?", "%6300001404?", "%6300001404?;6300001404=9912?", "%B6300001404^AHMADI^9912?;6300001404=9912?", "۶۳۰۰۰۰۱۴۰۴"]) assert.equal(codeOf(typed), "6300001404");
  assert.equal(codeOf("ABC-12"), "ABC-12");
});

test("a reader under a Persian keyboard layout gives the same code", () => {
  const persian = [["ک", "Semicolon"], ["۶", "Digit6"], ["۳", "Digit3"], ["=", "Equal"], ["۹", "Digit9"], ["؟", "Slash", true]];
  assert.equal(persian.map(([key, code, shiftKey = false]) => meantBy({ key, code, shiftKey })).join(""), ";63=9?");
  const first = [["٪", "Digit5", true], ["إ", "KeyB", true], ["۷", "Numpad7"], ["×", "Digit6", true], ["ش", "KeyA"], ["Shift", "ShiftLeft"], ["Enter", "Enter"]];
  assert.equal(first.map(([key, code, shiftKey = false]) => meantBy({ key, code, shiftKey })).join(""), "%B7^a");
});

test("conditions of forms hold as those of the server do", () => {
  const held = { price: "۱٬۲۰۰", state: "done", tags: ["red", ""], sold: "1", name: "قطار چوبی", made_on: "" };
  const values = (name) => held[name] ?? null;
  const cases = [
    [null, true],
    [{ field: "price", op: "=", value: "1200" }, true],
    [{ field: "price", op: ">", value: "200" }, true],
    [{ field: "price", op: "between", value: ["1", "1199"] }, false],
    [{ field: "state", op: "in", value: ["new", "done"] }, true],
    [{ field: "state", op: "!=", value: "done" }, false],
    [{ field: "tags", op: "has", value: "red" }, true],
    [{ field: "tags", op: "empty" }, false],
    [{ field: "sold", op: "=", value: "1" }, true],
    [{ field: "name", op: "like", value: "چوب" }, true],
    [{ field: "made_on", op: "<", value: "2020-01-01" }, false],
    [{ field: "made_on", op: "empty" }, true],
    [{ field: "nothing", op: "empty" }, true],
    [{ field: "nothing", op: "=", value: "1" }, false],
    [{ and: [{ field: "sold", op: "=", value: "1" }, { not: { field: "state", op: "=", value: "new" } }] }, true],
    [{ or: [{ field: "sold", op: "=", value: "" }, { field: "price", op: "<=", value: "1200" }] }, true],
  ];
  for (const [condition, expected] of cases) assert.equal(holds(condition, values), expected, JSON.stringify(condition));
});

test("short messages are counted as the server counts them", () => {
  const cases = { "": ["GSM-7", 0, 160], ["a".repeat(161)]: ["GSM-7", 2, 145], ["€".repeat(81)]: ["GSM-7", 2, 144], ["س".repeat(71)]: ["UCS-2", 2, 63], ["😀".repeat(35)]: ["UCS-2", 1, 0] };
  for (const [text, [alphabet, parts, left]] of Object.entries(cases)) {
    const found = counted(text);
    assert.deepEqual([found.alphabet, found.parts, found.left], [alphabet, parts, left]);
  }
});
