// Days in words and as typed, in either calendar. The names come from the browser; the order is ours, because its full Persian style orders wrongly.
import { digits, weekdayName } from "./format.js";
import { asDate, JALALI, partsOf } from "./jalali.js";
import { persian } from "./strings.js";

/** @typedef {import("./jalali.js").Calendar} Calendar */

/** @param {Calendar} calendar */
function locale(calendar) {
  return `${persian ? "fa-IR" : "en-GB"}-u-ca-${calendar === JALALI ? "persian" : "gregory"}`;
}

/** Making one takes longer than using it a hundred times. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** The parts of a day by their name. @param {Calendar} calendar @param {number} number @param {Intl.DateTimeFormatOptions} options */
export function named(calendar, number, options) {
  const key = `${calendar} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale(calendar), { ...options, timeZone: "UTC" });
  formats.set(key, format);
  return Object.fromEntries(format.formatToParts(asDate(number)).map(({ type, value }) => [type, value]));
}

/** A day in words, in the order that people say it. @param {Calendar} calendar @param {number} number */
export function said(calendar, number) {
  const part = named(calendar, number, { weekday: "long", day: "numeric", month: "long" });
  return `${weekdayName(part.weekday)} ${part.day} ${part.month} ${digits(partsOf(calendar, number)[0], persian)}`;
}

/** As it is typed: 1404/02/03 or 2025-05-01. @param {Calendar} calendar @param {number} number */
export function written(calendar, number) {
  const [year, month, day] = partsOf(calendar, number).map((one) => String(one).padStart(2, "0"));
  return digits([year.padStart(4, "0"), month, day].join(calendar === JALALI ? "/" : "-"), persian);
}
