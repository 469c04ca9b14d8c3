// The date picker of every date field: both calendars, one keyboard, a sheet on phones. Typing goes on without it.
// After the ARIA Authoring Practices' date picker dialog. What is chosen is written into the field as if it had been typed.
import { h, icon } from "./elements.js";
import { ascii, digits } from "./format.js";
import { addMonths, dayOf, fromIso, GREGORIAN, JALALI, monthLength, partsOf, weekday } from "./jalali.js";
import { named, said, written } from "./jalali_names.js";
import { understand } from "./meanings.js";
import { persian, t } from "./strings.js";

/** @typedef {import("./jalali.js").Calendar} Calendar */

const [EARLIEST, LATEST] = [dayOf(GREGORIAN, 1800, 1, 1), dayOf(GREGORIAN, 2120, 12, 31)];
const KEPT = "calendar";
const GAP = 4;
const SHORTCUTS = {
  date: () => [t("Today"), t("Tomorrow"), t("In a week")],
  moment: () => [t("Today"), t("Tomorrow"), t("In a week")],
  range: () => [t("This week"), t("Last week"), t("This month"), t("Last month"), t("Last 30 days"), t("This year")],
};

class DatePicker {
  constructor() {
    this.dialog = /** @type {HTMLDialogElement} */ (h("dialog.date-picker", { "aria-label": t("Choose a date") }));
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => this.click(event));
    this.dialog.addEventListener("focusout", ({ relatedTarget }) => relatedTarget instanceof Node && !this.dialog.contains(relatedTarget) && this.dialog.close());
    document.addEventListener("pointerdown", ({ target }) => !this.dialog.contains(/** @type {Node} */ (target)) && this.dialog.close());
    document.body.append(this.dialog);
    this.calendar = /** @type {Calendar} */ (localStorage.getItem(KEPT) || (persian ? JALALI : GREGORIAN));
    /** @type {HTMLInputElement | undefined} */
    this.input = undefined;
    /** @type {keyof typeof SHORTCUTS} */
    this.as = "date";
    this.at = 0;
    this.today = 0;
    this.time = "";
    /** @type {number[]} first and last chosen day */
    this.chosen = [];
    /** @type {number | null} the first day of a range, once it is chosen */
    this.begun = null;
  }

  /** @param {HTMLInputElement} input */
  async open(input) {
    this.input = input;
    this.as = /** @type {keyof typeof SHORTCUTS} */ (input.dataset.as || "date");
    this.today = fromIso(input.dataset.today || "") ?? Math.floor(Date.now() / 86_400_000 - new Date().getTimezoneOffset() / 1440);
    const value = input.dataset.value || (await understand(input))?.value || "";
    this.chosen = value.split("/").map(fromIso).filter((one) => one !== null);
    this.time = /T(\d\d:\d\d)/.exec(value)?.[1] || "09:00";
    this.begun = null;
    this.at = Math.min(Math.max(this.chosen[0] ?? this.today, EARLIEST), LATEST);
    this.render();
    this.dialog.show(); // not modal: a call that comes can be answered beside it
    this.place();
    this.cell()?.focus();
  }

  /** Below the field, or above it where there is more room; the stylesheet makes it a sheet on phones. */
  place() {
    const field = /** @type {HTMLInputElement} */ (this.input).getBoundingClientRect();
    const { offsetWidth: wide, offsetHeight: high, style } = this.dialog;
    const start = document.dir === "rtl" ? field.right - wide : field.left;
    const below = field.bottom + GAP + high <= innerHeight || field.top < high;
    style.left = `${Math.max(GAP, Math.min(start, innerWidth - wide - GAP))}px`;
    style.top = `${Math.max(GAP, Math.min(below ? field.bottom + GAP : field.top - high - GAP, innerHeight - high - GAP))}px`;
  }

  render() {
    const time = h("label.date-time", {}, t("Time"), h("input", { name: "time", value: digits(this.time, persian), inputmode: "numeric", autocomplete: "off", maxlength: 5 }));
    this.dialog.replaceChildren(
      h("div.date-head", {}, this.turn(-1), ...this.monthAndYear(), this.turn(1)),
      this.table(),
      ...(this.as === "moment" ? [time] : []),
      h("p.date-hint", { role: "status" }, this.begun === null ? "" : t("From {day}; now choose the last day.", { day: said(this.calendar, this.begun) })),
      h("div.date-foot", {}, ...SHORTCUTS[this.as]().map((words) => h("button.button.small", { type: "button", "data-words": words }, words))),
      h("div.date-foot", {}, this.calendars(), h("button.button.small.quiet", { type: "button", "data-words": "" }, t("Clear"))),
    );
  }

  /** @param {1 | -1} step */
  turn(step) {
    const title = step > 0 ? t("Next month") : t("Previous month");
    return h("button.button.quiet.icon-only", { type: "button", "data-step": step, "aria-label": title, title }, icon(step > 0 ? "next" : "previous", "pointing"));
  }

  monthAndYear() {
    const [year, month] = partsOf(this.calendar, this.at);
    const months = Array.from({ length: 12 }, (_, place) => {
      const name = named(this.calendar, dayOf(this.calendar, year, place + 1, 1), { month: "long", day: "numeric" }).month;
      return h("option", { value: place + 1, selected: place + 1 === month }, name);
    });
    return [
      h("select", { name: "month", "aria-label": t("Month"), onchange: (/** @type {Event} */ event) => this.jump(year, Number(/** @type {HTMLSelectElement} */ (event.target).value)) }, months),
      h("input.date-year", {
        name: "year", "aria-label": t("Year"), value: digits(year, persian), inputmode: "numeric", autocomplete: "off", maxlength: 4,
        onchange: (/** @type {Event} */ event) => this.jump(Number(ascii(/** @type {HTMLInputElement} */ (event.target).value)), month),
      }),
    ];
  }

  table() {
    const [year, month] = partsOf(this.calendar, this.at);
    const first = dayOf(this.calendar, year, month, 1);
    const begin = first - weekday(first);
    const weeks = Math.ceil((weekday(first) + monthLength(this.calendar, year, month)) / 7);
    const heads = Array.from({ length: 7 }, (_, day) => {
      const name = named(this.calendar, begin + day, { weekday: "long" }).weekday;
      return h("th", { scope: "col", abbr: name }, named(this.calendar, begin + day, { weekday: persian ? "narrow" : "short" }).weekday.slice(0, 2));
    });
    const rows = Array.from({ length: weeks }, (_, week) => h("tr", {}, Array.from({ length: 7 }, (__, day) => this.day(begin + week * 7 + day, month))));
    const title = `${named(this.calendar, this.at, { month: "long", day: "numeric" }).month} ${digits(year, persian)}`;
    return h("table", { role: "grid", "aria-label": title }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows));
  }

  /** @param {number} number @param {number} month */
  day(number, month) {
    const [, its, day] = partsOf(this.calendar, number);
    const [from, to] = this.begun === null ? [this.chosen[0], this.chosen.at(-1)] : [this.begun, this.begun];
    const picked = from !== undefined && to !== undefined && from <= number && number <= to;
    const kinds = [its !== month && "other", weekday(number) === 6 && "rest", picked && number !== from && number !== to && "inside"];
    return h(["td", ...kinds.filter(Boolean)].join("."), {
      role: "gridcell", "data-day": number, tabindex: number === this.at ? 0 : -1, "aria-label": said(this.calendar, number),
      "aria-selected": picked ? "true" : "false", "aria-current": number === this.today ? "date" : null,
    }, digits(day, persian));
  }

  calendars() {
    const names = /** @type {[Calendar, string][]} */ ([[JALALI, t("Jalali")], [GREGORIAN, t("Gregorian")]]);
    return h("div.segmented", { role: "group", "aria-label": t("Calendar") },
      names.map(([calendar, name]) => h("button", { type: "button", "data-calendar": calendar, "aria-pressed": calendar === this.calendar ? "true" : "false" }, name)));
  }

  cell() {
    return /** @type {HTMLElement | null} */ (this.dialog.querySelector('td[tabindex="0"]'));
  }

  /** @param {number} year @param {number} month */
  jump(year, month) {
    const most = this.calendar === JALALI ? 1498 : 2119;
    const [, , day] = partsOf(this.calendar, this.at);
    if (year >= most - 320 && year <= most) this.at = dayOf(this.calendar, year, month, Math.min(day, monthLength(this.calendar, year, month)));
    this.render();
    this.cell()?.focus();
  }

  /** @param {number} number @param {boolean} [stay] keep the focus where it is */
  go(number, stay = false) {
    const held = stay ? /** @type {HTMLElement} */ (document.activeElement).dataset.step : undefined;
    this.at = Math.min(Math.max(number, EARLIEST), LATEST);
    this.render();
    if (held) /** @type {HTMLElement} */ (this.dialog.querySelector(`[data-step="${held}"]`)).focus();
    else this.cell()?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target } = event;
    if (event.key === "Escape") return this.leave();
    if (event.ctrlKey && event.shiftKey) return this.dialog.close(); // the keys of calls (keys.js)
    if (event.key === "Enter" && target instanceof HTMLInputElement) {
      event.preventDefault();
      if (target.name === "time") this.choose(this.at);
      else target.dispatchEvent(new Event("change"));
      return;
    }
    if (!(target instanceof HTMLTableCellElement)) return;
    const ahead = document.dir === "rtl" ? -1 : 1;
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: () => this.go(this.at + ahead), ArrowLeft: () => this.go(this.at - ahead), ArrowDown: () => this.go(this.at + 7), ArrowUp: () => this.go(this.at - 7),
      Home: () => this.go(this.at - weekday(this.at)), End: () => this.go(this.at + 6 - weekday(this.at)),
      PageDown: () => this.go(addMonths(this.calendar, this.at, event.shiftKey ? 12 : 1)), PageUp: () => this.go(addMonths(this.calendar, this.at, event.shiftKey ? -12 : -1)),
      Enter: () => this.choose(this.at), " ": () => this.choose(this.at),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const { day, step, words, calendar } = /** @type {HTMLElement | null} */ (target.closest("[data-day], [data-step], [data-words], [data-calendar]"))?.dataset ?? {};
    if (day) this.choose(Number(day));
    else if (step) this.go(addMonths(this.calendar, this.at, Number(step)), true);
    else if (words !== undefined) this.write(words);
    else if (calendar) this.reckon(/** @type {Calendar} */ (calendar));
  }

  /** @param {Calendar} calendar */
  reckon(calendar) {
    this.calendar = calendar;
    localStorage.setItem(KEPT, calendar);
    this.render();
    /** @type {HTMLElement} */ (this.dialog.querySelector(`[data-calendar="${calendar}"]`)).focus();
  }

  /** @param {number} number */
  choose(number) {
    const text = written(this.calendar, number);
    const time = /** @type {HTMLInputElement | null} */ (this.dialog.querySelector("[name=time]"));
    if (this.as === "range" && this.begun === null) {
      this.begun = number;
      this.go(number);
    } else if (this.as === "range" && this.begun !== null) {
      const [first, last] = [Math.min(this.begun, number), Math.max(this.begun, number)];
      this.write(`${written(this.calendar, first)} ${t("to")} ${written(this.calendar, last)}`);
    } else this.write(time ? `${text} ${time.value}` : text);
  }

  leave() {
    this.dialog.close();
    this.input?.focus();
  }

  /** Into the field, as if typed. @param {string} text */
  write(text) {
    const input = /** @type {HTMLInputElement} */ (this.input);
    const time = /** @type {HTMLInputElement | null} */ (this.dialog.querySelector("[name=time]"));
    input.value = time && text && !/\d|[۰-۹]/.test(text) ? `${text} ${time.value}` : text;
    this.leave();
    for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
  }
}

export function startDatePicker() {
  /** @type {DatePicker | null} */
  let picker = null;
  const open = (/** @type {Element | null | undefined} */ input) => {
    picker ??= new DatePicker();
    if (input instanceof HTMLInputElement && !input.disabled && !input.readOnly) void picker.open(input);
  };
  document.documentElement.dataset.script = "on";
  document.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("[data-date-open]");
    if (button) open(button.parentElement?.querySelector("input[data-as]"));
  });
  document.addEventListener("keydown", (event) => {
    const field = event.altKey && event.key === "ArrowDown" ? /** @type {Element} */ (event.target).closest('input[data-as]:not([data-as="money"])') : null;
    if (field) event.preventDefault();
    if (field) open(field);
  });
}
