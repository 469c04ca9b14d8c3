// Numbers, durations, moments and telephone numbers as people read them. Data keeps ASCII digits; only what is shown is Persian.

const PERSIAN_DIGITS = "۰۱۲۳۴۵۶۷۸۹";

/** ASCII digits as the reader writes them. @param {string | number} text @param {boolean} persian */
export function digits(text, persian) {
  return persian ? String(text).replace(/[0-9]/g, (one) => PERSIAN_DIGITS[Number(one)]) : String(text);
}

/** An amount in Rial as people say it, in Toman: "1,250,000", «۱٬۲۵۰٬۰۰۰». @param {number} rial @param {string} language */
export function toman(rial, language) {
  return (rial / 10).toLocaleString(language === "fa" ? "fa-IR" : "en", { maximumFractionDigits: 1 });
}

/** Persian and Arabic digits as ASCII. @param {string} text */
export function ascii(text) {
  return text.replace(/[۰-۹]/g, (one) => String(one.charCodeAt(0) - 0x6f0)).replace(/[٠-٩]/g, (one) => String(one.charCodeAt(0) - 0x660));
}

/** Seconds as 02:37, or 1:02:37 from an hour on. @param {number} seconds @param {boolean} persian */
export function duration(seconds, persian) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return digits(hours ? `${hours}:${rest}` : rest, persian);
}

/** Epoch seconds from a number of seconds or an ISO-8601 text; 0 when there is none. @param {any} value */
export function moment(value) {
  if (typeof value === "number") return value;
  const parsed = value ? Date.parse(value) / 1000 : 0;
  return Number.isFinite(parsed) ? parsed : 0;
}

/**
 * A moment relative to now: "3 minutes ago", «۳ دقیقه پیش», "in 2 days".
 * @param {number} at epoch seconds @param {number} now epoch seconds @param {string} language
 */
export function ago(at, now, language) {
  const seconds = at - now;
  const relative = new Intl.RelativeTimeFormat(language === "fa" ? "fa-IR" : "en", { numeric: "auto", style: "long" });
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]];
  for (const [unit, size] of units) if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  return relative.format(0, "second");
}

/**
 * A moment in full: Jalali in Persian («سه‌شنبه ۲۵ آذر ۱۴۰۴، ۱۴:۰۳»), Gregorian in English. Built from parts, because the "full" style orders wrongly.
 * @param {number} at epoch seconds @param {string} language
 */
export function exactly(at, language) {
  const persian = language === "fa";
  const locale = persian ? "fa-IR-u-ca-persian" : "en-GB";
  const format = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of format.formatToParts(new Date(at * 1000))) part[type] = value;
  return `${weekdayName(part.weekday)} ${part.day} ${part.month} ${part.year}${persian ? "،" : ","} ${part.hour}:${part.minute}`;
}

/** The joiner that browsers leave out: «پنج‌شنبه». @param {string} name of a weekday */
export function weekdayName(name) {
  return name.replace(/^(یک|پنج)شنبه$/, "$1\u200cشنبه");
}

/**
 * A telephone number grouped as people say it: +989121234567 → 0912 123 45 67, +982188776655 → 021 8877 6655; others as they are.
 * @param {string} number
 */
export function grouped(number) {
  const national = number.replace(/^(\+98|0098)/, "0");
  let found = /^(09\d\d)(\d{3})(\d\d)(\d\d)$/.exec(national);
  if (found) return found.slice(1).join(" ");
  found = /^(0\d\d)(\d{4})(\d{4})$/.exec(national);
  if (found) return found.slice(1).join(" ");
  found = /^\+(\d{1,3})(\d{3})(\d{3})(\d{2,5})$/.exec(number);
  return found ? `+${found.slice(1).join(" ")}` : number;
}

/** Only the digits of an amount, in ASCII, without separators; null when there are words too. @param {string} text */
export function plainAmount(text) {
  const bare = ascii(text).replace(/[,٬،\s]/g, "").replace("−", "-");
  return /^-?\d*$/.test(bare) ? bare : null;
}

/** Thousands separated as readers write them: 12500000 → 12,500,000, «۱۲٬۵۰۰٬۰۰۰». @param {string} bare @param {boolean} persian */
export function separated(bare, persian) {
  return digits(bare.replace(/\B(?=(\d{3})+$)/g, persian ? "٬" : ","), persian);
}
