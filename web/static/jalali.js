// Two calendars over day numbers (days since 1970-01-01), the same reckoning as config/persian/calendar.py. Pure.
// The Jalali leap years follow the 33-year cycle, which is right for 1178–1501 (1799–2123).

export const JALALI = "jalali";
export const GREGORIAN = "gregorian";

/** @typedef {"jalali" | "gregorian"} Calendar */

const DAY = 86_400_000;
const HALF = 6 * 31;
/** 1 Farvardin 1. */
const EPOCH = -492_268;

/** @param {number} year of 1 Farvardin */
function newYear(year) {
  return EPOCH + 365 * (year - 1) + Math.floor((8 * year + 21) / 33);
}

/** @param {Calendar} calendar @param {number} year @param {number} month from 1 @param {number} day from 1 @returns {number} */
export function dayOf(calendar, year, month, day) {
  if (calendar === GREGORIAN) return Date.UTC(year, month - 1, day) / DAY;
  return newYear(year) + (month <= 7 ? (month - 1) * 31 : HALF + (month - 7) * 30) + day - 1;
}

/** @param {Calendar} calendar @param {number} number of the day @returns {[number, number, number]} year, month and day */
export function partsOf(calendar, number) {
  const date = new Date(number * DAY);
  if (calendar === GREGORIAN) return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const spring = date.getUTCFullYear() - 621;
  const year = newYear(spring) > number ? spring - 1 : spring;
  const gone = number - newYear(year);
  if (gone < HALF) return [year, Math.floor(gone / 31) + 1, (gone % 31) + 1];
  return [year, 7 + Math.floor((gone - HALF) / 30), ((gone - HALF) % 30) + 1];
}

/** @param {Calendar} calendar @param {number} year @param {number} month */
export function monthLength(calendar, year, month) {
  const [after, next] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return dayOf(calendar, after, next, 1) - dayOf(calendar, year, month, 1);
}

/** The same day some months later or earlier, or the last one of a shorter month. @param {Calendar} calendar @param {number} number @param {number} months */
export function addMonths(calendar, number, months) {
  const [year, month, day] = partsOf(calendar, number);
  const count = year * 12 + month - 1 + months;
  const [years, then] = [Math.floor(count / 12), (count % 12) + 1];
  return dayOf(calendar, years, then, Math.min(day, monthLength(calendar, years, then)));
}

/** 0 = Saturday … 6 = Friday. @param {number} number */
export function weekday(number) {
  return (((number + 5) % 7) + 7) % 7;
}

/** @param {string} text "2025-05-01…" @returns {number | null} */
export function fromIso(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)/.exec(text || "");
  return found ? Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) / DAY : null;
}

/** @param {number} number @returns {string} "2025-05-01" */
export function iso(number) {
  return new Date(number * DAY).toISOString().slice(0, 10);
}

/** @param {number} number @returns {Date} for Intl, in UTC */
export function asDate(number) {
  return new Date(number * DAY);
}
