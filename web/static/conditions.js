// Conditions of forms (show-if, required-if) over what the inputs hold; the same tree as crm/expression.py. Pure.
import { ascii } from "./format.js";

/** @typedef {{and: Condition[]} | {or: Condition[]} | {not: Condition} | {field: string, op: string, value?: any}} Condition */
/** @typedef {(name: string) => string | string[] | null} Values */

/**
 * Whether what the inputs hold meets the condition. A field that is not in the form meets nothing but "is empty".
 * @param {any} condition @param {Values} values
 * @returns {boolean}
 */
export function holds(condition, values) {
  if (!condition) return true;
  if (condition.and) return condition.and.every((/** @type {any} */ one) => holds(one, values));
  if (condition.or) return condition.or.some((/** @type {any} */ one) => holds(one, values));
  if (condition.not) return !holds(condition.not, values);
  return test(condition.op || "=", values(condition.field), condition.value);
}

/** @param {string} op @param {string | string[] | null} raw @param {any} wanted @returns {boolean} */
function test(op, raw, wanted) {
  const value = Array.isArray(raw) ? raw.filter(Boolean) : plain(raw ?? "");
  const empty = value.length === 0;
  if (op === "empty" || op === "filled") return empty === (op === "empty");
  if (op === "has") return (Array.isArray(value) ? value : [value]).includes(plain(wanted));
  if (Array.isArray(value)) return op === "!=";
  if (op === "=" || op === "!=") return same(value, plain(wanted ?? "")) === (op === "=");
  if (op === "in") return wanted.some((/** @type {any} */ one) => same(value, plain(one)));
  if (empty) return false;
  if (op === "like") return value.toLowerCase().includes(plain(wanted).toLowerCase());
  if (op === "starts") return value.toLowerCase().startsWith(plain(wanted).toLowerCase());
  if (op === "between") return compare(value, plain(wanted[0])) >= 0 && compare(value, plain(wanted[1])) <= 0;
  const order = compare(value, plain(wanted ?? ""));
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[op] ?? false;
}

/** @param {any} raw */
function plain(raw) {
  return ascii(String(raw)).replace(/[٬,](?=\d)/g, "").replace("٫", ".").trim();
}

/** @param {string} value @param {string} other */
function same(value, other) {
  return value === other || (numeric(value) && numeric(other) && Number(value) === Number(other));
}

/** @param {string} value @param {string} other */
function compare(value, other) {
  if (numeric(value) && numeric(other)) return Number(value) - Number(other);
  return value < other ? -1 : value > other ? 1 : 0;
}

/** @param {string} text */
function numeric(text) {
  return text !== "" && Number.isFinite(Number(text));
}
