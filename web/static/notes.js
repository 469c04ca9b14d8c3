// What is written about a call while talking and at wrap-up: note, result, follow-up. Saved by itself; kept here until the server has it.
import { h, icon, key } from "./elements.js";
import { digits, exactly, moment } from "./format.js";
import { keyName } from "./keys.js";
import { meant } from "./meanings.js";
import { language, persian, said, t } from "./strings.js";

const PAUSE = 700;
const FOLLOW_UP = { as: "moment", ahead: "1" };

/** `due`: the follow-up's moment (epoch seconds), 0 = none, null = the server has not said yet what was typed. @typedef {{note: string, disposition: string, follow: string, due: number | null, timer: number, saved: "" | "saving" | "saved" | "failed"}} Draft */

export class Notes extends EventTarget {
  /** @param {import("./station.js").Station} station */
  constructor(station) {
    super();
    this._station = station;
    /** @type {Map<string, Draft>} */
    this._drafts = new Map();
    station.live.addEventListener("connected", () => [...this._drafts].forEach(([call, draft]) => draft.saved === "failed" && this._save(call, false)));
  }

  /** @param {string} call @returns {Draft} */
  of(call) {
    let draft = this._drafts.get(call);
    if (!draft) this._drafts.set(call, (draft = { note: "", disposition: "", follow: "", due: 0, timer: 0, saved: "" }));
    return draft;
  }

  /** What the server has (written before a reload, or in another tab) stands until something is typed here. @param {string} call @param {{note: string, disposition: string, follow_up_at: string | null} | undefined} written */
  begin(call, written) {
    const draft = this.of(call);
    if (written && !draft.saved) Object.assign(draft, { note: written.note, disposition: written.disposition, due: moment(written.follow_up_at) || 0 });
  }

  /** When the follow-up is due, epoch seconds; 0 when there is none or it is not understood. Throws when the server does not answer. @param {Draft} draft */
  async due(draft) {
    if (draft.due !== null) return draft.due;
    const { follow } = draft;
    const meaning = await meant(follow, FOLLOW_UP);
    if (follow.trim() && !meaning) throw new Error("no answer");
    const at = moment(meaning?.value);
    if (draft.follow === follow) draft.due = at;
    return at;
  }

  /** @param {string} call @param {Partial<Draft>} change @param {boolean} wrapping */
  write(call, change, wrapping) {
    const draft = Object.assign(this.of(call), change, { saved: "saving" });
    clearTimeout(draft.timer);
    draft.timer = window.setTimeout(() => this._save(call, wrapping), PAUSE);
  }

  /** Saves now what is not saved yet. @param {string} call @param {boolean} wrapping */
  async flush(call, wrapping) {
    const draft = this.of(call);
    clearTimeout(draft.timer);
    if (wrapping ? draft.disposition || draft.follow || draft.note : draft.saved === "saving") await this._save(call, wrapping);
  }

  /** @param {string} call @param {boolean} wrapping */
  async _save(call, wrapping) {
    const draft = this.of(call);
    try {
      const at = wrapping && (await this.due(draft));
      const values = wrapping ? { call, disposition: draft.disposition, note: draft.note, follow_up_at: at ? new Date(at * 1000).toISOString() : null } : { call, text: draft.note };
      await this._station.live.send(wrapping ? "wrap_up" : "note", values);
      draft.saved = "saved";
    } catch {
      draft.saved = "failed";
    }
    this.dispatchEvent(new CustomEvent("saved", { detail: call }));
  }

  /** The note, while talking and after. @param {string} call @param {boolean} wrapping */
  noteField(call, wrapping) {
    const draft = this.of(call);
    const area = h("textarea", { id: `note-${call}`, rows: 3, maxlength: 4000, value: draft.note, "data-keep": "note", oninput: (/** @type {any} */ event) => this.write(call, { note: event.target.value }, wrapping) });
    return h("div.field", {}, h("label", { for: `note-${call}` }, t("Note"), " ", key(keyName("note"))), area, this.savedLine(call));
  }

  /** @param {string} call */
  savedLine(call) {
    const line = h("p.saved-note", { role: "status" });
    const show = () => {
      const { saved } = this.of(call);
      line.replaceChildren(...(saved === "saved" ? [icon("check"), " ", t("Saved")] : saved === "failed" ? [icon("warning"), " ", t("Not saved yet; it is kept here and sent as soon as the server answers")] : []));
    };
    const listen = (/** @type {any} */ event) => {
      if (!line.isConnected && line.dataset.shown) return this.removeEventListener("saved", listen);
      line.dataset.shown = "yes";
      if (event.detail === call) show();
    };
    this.addEventListener("saved", listen);
    show();
    return line;
  }

  /** The results to choose from, with keys 1–9. @param {string} call @param {any[]} dispositions */
  results(call, dispositions) {
    const draft = this.of(call);
    const choose = (/** @type {any} */ event) => {
      const button = event.currentTarget;
      this.write(call, { disposition: button.dataset.code }, true);
      for (const other of button.closest(".choices").querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    };
    const rows = dispositions.map((one, index) => h("li", {}, h("button", { type: "button", "data-choice": index, "data-code": one.code, "aria-pressed": draft.disposition === one.code, onclick: choose },
      index < 9 && h("kbd", {}, digits(index + 1, persian)), h("span.grow", {}, said(one.title) || one.code))));
    return h("section", {}, h("h3", {}, t("Result")), h("ul.choices.short", {}, rows));
  }

  /** The follow-up in one line, with what was understood under it (meanings.js). @param {string} call */
  followField(call) {
    const draft = this.of(call);
    const id = `follow-${call}`;
    const input = /** @type {HTMLInputElement} */ (h("input", {
      id, value: draft.follow, maxlength: 80, autocomplete: "off", placeholder: t("tomorrow 10"), "data-keep": "follow", "data-as": FOLLOW_UP.as, "data-ahead": FOLLOW_UP.ahead, "aria-describedby": `${id}-meaning`,
      oninput: () => this.write(call, { follow: input.value, due: null }, true),
    }));
    const understood = h("output.hint.meaning", { id: `${id}-meaning`, for: id }, draft.due ? exactly(draft.due, language) : "");
    const say = (/** @type {string} */ words) => {
      input.value = words;
      for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
    };
    const quick = [t("in 1 hour"), t("tomorrow 10"), t("next week")].map((words) => h("button.chip", { type: "button", onclick: () => say(words) }, words));
    const open = h("button.button.quiet.icon-only", { type: "button", "data-date-open": true, "aria-label": t("Open the calendar"), title: t("Open the calendar") }, icon("calendar"));
    return h("div.field", {}, h("label", { for: id }, t("Follow up")), h("span.date-box", {}, input, open), understood, h("div.row.tight", {}, quick));
  }
}
