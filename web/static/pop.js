// Who is calling: known, maybe, several, unknown, withheld. Built from the card that comes with the offer.
import { h, icon, phone, state } from "./elements.js";
import { ago, digits, exactly, moment, toman } from "./format.js";
import { now } from "./clocks.js";
import { pageLink } from "./pages.js";
import { language, persian, said, t } from "./strings.js";
import { refused, toast } from "./toasts.js";

const METHODS = { call: "phone", sms: "message", email: "mail", fax: "fax", meeting: "meeting", visit: "meeting", letter: "mail", note: "note" };

/** One line for a notification: "Maryam Ahmadi · Aria Sanat" or the number. @param {any} card @param {string} caller */
export function nameOf(card, caller) {
  if (card?.match === "withheld" || (!caller && !card?.number)) return t("Number withheld");
  const party = card?.parties?.[0];
  if (!party) return caller || card?.number || "";
  if (card.parties.length > 1) return t("{count} possible customers", { count: digits(card.parties.length, persian) });
  return [card.match === "maybe" ? `${t("maybe")} ${party.name}` : party.name, party.company?.name].filter(Boolean).join(" · ");
}

/**
 * The customer's part of a call card: who it is, and what is known of them (or how to make them known).
 * @param {any} card @param {{call: string, caller: string, party: number | null, ringing: boolean, send: (command: string, values: any) => Promise<any>}} about
 * @returns {{head: any[], body: any[]}}
 */
export function popOf(card, about) {
  const number = card?.number || about.caller;
  if (!card || card.match === "withheld" || !number) return { head: [h("p.who", {}, icon("lock"), " ", t("Number withheld"))], body: stranger(about, "") };
  const parties = card.parties || [];
  const linked = parties.find((/** @type {any} */ one) => one.id === about.party);
  if (linked || (parties.length === 1 && card.match === "exact")) return known(linked || parties[0], number, "", about);
  if (parties.length === 1) return known(parties[0], number, t("maybe"), about);
  if (parties.length) return several(parties, number, card.match === "maybe" ? t("maybe") : "", about);
  return { head: [h("p.who", {}, t("Unknown number")), phone(number)], body: stranger(about, number) };
}

/** @param {any} party @param {string} number @param {string} mark @param {any} about */
function known(party, number, mark, about) {
  const calls = party.calls_this_month ? t("{count} calls this month", { count: digits(party.calls_this_month, persian) }) : "";
  const title = [said(party.title) || said(party.role_title) || said(party.role), party.company?.name].filter(Boolean).join(t(", "));
  const head = [
    h("div", {},
      h("p.who", {}, mark && h("span.mark", {}, icon("help"), mark), mark && " ", party.hidden ? h("bdi", {}, party.name) : pageLink(party.url || `/parties/${party.id}`, party.name)),
      party.hidden && h("p.muted", {}, party.expert ? t("Contact belongs to {name}", { name: said(party.expert_name) || party.expert }) : t("You may not see this contact.")),
      title && h("p.muted", {}, title),
      h("div.row.tight", {}, marks(party))),
    h("div.row.tight", {}, phone(number), calls && h("span.muted", {}, calls)),
    mark && !party.hidden && confirm(party, about),
  ];
  return { head, body: [...open(party.open_items || []), ...owed(party.money || []), ...last(party.communications || []), ...related(party.relations || []), !about.ringing && other(about)] };
}

/** @param {any} party */
function marks(party) {
  const group = party.group && h("span.chip", {}, h("span.group-dot", { "data-colour": party.group.color }), language === "fa" ? party.group.name : party.group.name_en || party.group.name);
  const expert = party.expert && h("span.chip", {}, icon("person"), t("Expert: {name}", { name: said(party.expert_name) || party.expert }));
  const grade = party.grade && h("span.chip", {}, h("span.group-dot", { "data-colour": party.grade.color }), said(party.grade));
  const cards = (party.cards || []).map((/** @type {any} */ one) => h("span.chip", {}, icon("ticket"), said(one.kind) || one.code, one.discount ? ` ${digits(Number(one.discount), persian).replace(".", persian ? "٫" : ".")}${persian ? "٪" : "%"}` : ""));
  return [party.vip && h("span.mark", {}, icon("star"), t("VIP")), grade, group, expert, ...cards];
}

/** What is owed and open, by kind of record. @param {any[]} money */
function owed(money) {
  if (!money.length) return [];
  const rows = money.map((one) => h("li", {}, h("span.grow", {}, said(one.title)), h("span", {}, h("bdi", {}, toman(one.rial, language)), " ", t("Toman"))));
  return [h("section", {}, h("h3", {}, t("Money")), h("ul.mini", {}, rows))];
}

/** @param {any[]} relations */
function related(relations) {
  if (!relations.length) return [];
  const rows = relations.map((one) => h("li", {}, h("span.muted", {}, said(one.kind_title)), " ", pageLink(one.url, one.name), one.title && h("span.muted", {}, " ", one.title)));
  return [h("section", {}, h("h3", {}, t("Relations")), h("ul.mini", {}, rows))];
}

/** @param {any[]} items */
function open(items) {
  if (!items.length) return [];
  const rows = items.slice(0, 5).map((one) => {
    const due = moment(one.due_at);
    const late = due && due < now();
    return h("li", {}, h("span.grow", {}, one.title), due ? h(`span.${late ? "error-text" : "muted"}`, { title: exactly(due, language) }, late ? `${t("overdue")} · ` : "", ago(due, now(), language)) : null);
  });
  return [h("section", {}, h("h3", {}, t("Open items")), h("ul.mini", {}, rows))];
}

/** @param {any[]} communications */
function last(communications) {
  if (!communications.length) return [];
  const rows = communications.slice(0, 3).map((one) => {
    const at = moment(one.at);
    return h("li", {}, icon(METHODS[/** @type {keyof typeof METHODS} */ (one.method)] || "note"), h("span.grow", {}, one.subject || said(one.result_title) || one.note || said(one.method_title) || t("Call")), h("span.muted", { title: exactly(at, language) }, ago(at, now(), language)));
  });
  return [h("section", {}, h("h3", {}, t("Last communications")), h("ul.mini", {}, rows))];
}

/** @param {any} party @param {any} about */
function confirm(party, about) {
  const yes = h("button.button.small", { type: "button", onclick: () => link(about, party.id) }, icon("check"), t("Yes, this customer"));
  return h("div.row", {}, yes);
}

/** @param {any[]} parties @param {string} number @param {string} mark @param {any} about */
function several(parties, number, mark, about) {
  const rows = parties.slice(0, 9).map((party, index) => {
    const text = [said(party.title) || said(party.role_title), party.company?.name].filter(Boolean).join(t(", "));
    const pick = h("button", { type: "button", "data-choice": index, "aria-pressed": party.id === about.party, onclick: () => link(about, party.id) },
      h("kbd", {}, digits(index + 1, persian)), h("span.grow", {}, h("span.strong", {}, party.name), text && h("span.muted", {}, text)), party.vip && state("attention", "star", t("VIP")));
    return h("li", {}, pick);
  });
  return { head: [h("p.who", {}, mark && h("span.mark", {}, icon("help"), mark), mark && " ", t("Who is it?")), phone(number)], body: [h("ul.choices", {}, rows), !about.ringing && other(about)] };
}

/** @param {any} about @param {number} party */
function link(about, party) {
  about.send("link", { call: about.call, party }).then(() => toast("good", t("The call is at this customer now.")), refused);
}

/** Unknown: create with two fields, or link to somebody known. Offered while talking, not while it rings. @param {any} about @param {string} number */
function stranger(about, number) {
  return about.ringing ? [] : [about.party ? h("p", {}, pageLink(`/parties/${about.party}`, t("The customer of this call"))) : create(about, number), other(about)];
}

/** @param {any} about @param {string} number */
function create(about, number) {
  const first = field("first_name", t("First name"));
  const family = field("last_name", t("Family name"));
  const company = field("company", t("Company (if any)"));
  const error = h("p.error", { role: "alert" });
  const save = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(/** @type {HTMLFormElement} */ (event.target))].map(([name, value]) => [name, String(value).trim()]));
    if (!values.first_name && !values.last_name && !values.company) return (error.textContent = t("Write a name, or a company."));
    const kind = values.first_name || values.last_name ? "person" : "company";
    about.send("create", { call: about.call, kind, ...values }).then(
      () => toast("good", t("Customer saved.")),
      (/** @type {any} */ problem) => (error.textContent = problem.message || t("That did not work. Please try again.")),
    );
  };
  const title = number ? t("New customer with this number") : t("New customer");
  return h("form.stack", { onsubmit: save, "hx-boost": "false" }, h("section", {}, h("h3", {}, title), h("div.fields", {}, first, family), company, error, h("button.button.primary.small", {}, icon("person-add"), t("Save customer"))));
}

/** @param {string} name @param {string} label */
function field(name, label) {
  return h("div.field", {}, h("label", { for: `new-${name}` }, label), h("input", { id: `new-${name}`, name, maxlength: 120, autocomplete: "off", "data-keep": name }));
}

/** "Somebody else": search and link. @param {any} about */
function other(about) {
  const found = h("ul.choices", {});
  let asked = 0;
  const seek = async (/** @type {Event} */ event) => {
    const words = /** @type {HTMLInputElement} */ (event.target).value.trim();
    const mine = ++asked;
    if (words.length < 2) return found.replaceChildren();
    const answer = await fetch(`/api/v1/parties?per=6&q=${encodeURIComponent(words)}`).then((response) => (response.ok ? response.json() : { items: [] }), () => ({ items: [] }));
    if (mine !== asked) return;
    found.replaceChildren(...answer.items.map((/** @type {any} */ party) => h("li", {}, h("button", { type: "button", onclick: () => link(about, party.id) }, icon(party.kind === "company" ? "company" : "person"), h("span.grow", {}, party.name)))));
    if (!answer.items.length) found.append(h("li.muted", {}, t("Nobody found")));
  };
  const box = h("div.search-box", {}, icon("search"), h("input", { type: "search", "aria-label": t("Search customers"), placeholder: t("Name, company or number"), oninput: seek, "data-keep": "other" }));
  return h("details", { "data-keep-open": "other" }, h("summary", {}, t("Link to another customer")), h("div.stack", {}, box, found));
}
