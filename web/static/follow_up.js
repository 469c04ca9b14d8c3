// A follow-up written in one line: «فردا ۱۰», «۳ روز دیگر», «یک ساعت دیگر», "tomorrow 10:30", "in 2 hours". Pure.
import { ascii } from "./format.js";

const DAY = 86_400;
/** @type {[RegExp, number][]} */
const UNITS = [[/^(minutes?|min|دقیقه)$/, 60], [/^(hours?|ساعت)$/, 3600], [/^(days?|روز)$/, DAY], [/^(weeks?|هفته)$/, 7 * DAY]];
/** @type {Record<string, number>} */
const NUMBERS = { یک: 1, دو: 2, سه: 3, چهار: 4, پنج: 5, شش: 6, هفت: 7, ده: 10, a: 1, an: 1, one: 1, two: 2, three: 3 };
const WEEKDAYS = [["sunday", "یکشنبه"], ["monday", "دوشنبه"], ["tuesday", "سه شنبه"], ["wednesday", "چهارشنبه"], ["thursday", "پنجشنبه"], ["friday", "جمعه"], ["saturday", "شنبه"]];
const MORNING = 9;

/**
 * The moment that `text` means, in epoch seconds by this machine's time zone; null when it cannot be understood.
 * @param {string} text @param {number} now epoch seconds
 */
export function followUp(text, now) {
  const line = ascii(text.trim().toLowerCase()).replace(/[يى]/g, "ی").replace(/ك/g, "ک").replace(/\u200c/g, " ").replace(/(سه|پنج|یک|دو|چهار)\s*شنبه/g, (_, day) => (day === "سه" ? "سه شنبه" : `${day}شنبه`)).replace(/\s+/g, " ");
  return line ? later(line, now) ?? onDay(line, now) : null;
}

/** "in 2 hours", «۲ ساعت دیگر» @param {string} line @param {number} now */
function later(line, now) {
  const found = /(?:^|in )(\d+|[a-z]+|[آ-ی]+) ([a-z]+|[آ-ی]+)(?: دیگر| بعد| later)?(?: |$)/.exec(line);
  if (!found || !/^in | دیگر| بعد| later/.test(line)) return null;
  const amount = Number(found[1]) || NUMBERS[found[1]] || 0;
  const unit = UNITS.find(([name]) => name.test(found[2]));
  if (!amount || !unit) return null;
  return unit[1] < DAY ? now + amount * unit[1] : atHour(now + amount * unit[1], clock(line.slice(found[0].length + found.index)));
}

/** "tomorrow 10", «شنبه ساعت ۱۴:۳۰», "today 16" @param {string} line @param {number} now */
function onDay(line, now) {
  const days = dayOf(line, now);
  const hour = clock(line);
  if (days === null && hour === null) return null;
  const at = atHour(now + (days ?? 0) * DAY, hour);
  return days === null && at <= now ? at + DAY : at;
}

/** @param {string} line @param {number} now @returns {number | null} days from today */
function dayOf(line, now) {
  if (/پس ?فردا|day after tomorrow/.test(line)) return 2;
  if (/فردا|tomorrow/.test(line)) return 1;
  if (/امروز|today/.test(line)) return 0;
  if (/هفته بعد|هفته آینده|next week/.test(line)) return 7;
  const today = new Date(now * 1000).getDay();
  const day = WEEKDAYS.findIndex((names) => names.some((name) => new RegExp(`(^| )${name}( |$)`).test(line)));
  return day < 0 ? null : (day - today + 7) % 7 || 7;
}

/** The time of day in `line`, as hours; null when there is none. @param {string} line */
function clock(line) {
  const found = /(?:^|\s|ساعت|at)\s*(\d{1,2})(?::(\d\d))?(?!\d|\s*(?:روز|ساعت|دقیقه|هفته|days?|hours?|min))/.exec(line);
  if (!found || Number(found[1]) > 23 || Number(found[2] || 0) > 59) return null;
  const afternoon = /عصر|بعد از ظهر|شب|pm/.test(line) && Number(found[1]) < 12 ? 12 : 0;
  return Number(found[1]) + afternoon + Number(found[2] || 0) / 60;
}

/** @param {number} at @param {number | null} hour */
function atHour(at, hour) {
  const day = new Date(at * 1000);
  const whole = hour ?? MORNING;
  day.setHours(Math.floor(whole), Math.round((whole % 1) * 60), 0, 0);
  return day.getTime() / 1000;
}
