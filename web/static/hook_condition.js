// The condition of a web-hook: the filter builder over the one kind of record that is chosen, as JSON in a hidden field.
import { conditionBuilder } from "./filter_builder.js";
import { t } from "./strings.js";

/** @typedef {import("./filter_builder.js").ConditionBuilder} ConditionBuilder */

/** @type {WeakMap<Element, {entity: string, builder: ConditionBuilder | null}>} */
const drawn = new WeakMap();

/** Begins to look after the conditions of web-hooks. */
export function startHookConditions() {
  document.addEventListener("htmx:load", () => dress());
  document.addEventListener("change", (event) => {
    const box = event.target instanceof HTMLInputElement && event.target.name === "entities" ? event.target : null;
    const panel = box?.form?.querySelector("[data-hook-condition]");
    if (panel instanceof HTMLElement) void draw(panel, "");
  });
  document.addEventListener("input", (event) => event.target instanceof HTMLInputElement && event.target.setCustomValidity(""));
  document.addEventListener("submit", send, { capture: true });
  dress();
}

function dress() {
  for (const panel of document.querySelectorAll("[data-hook-condition]")) {
    if (panel instanceof HTMLElement && !drawn.has(panel)) void draw(panel, held(panel).value);
  }
}

/** @param {HTMLElement} panel */
function held(panel) {
  return /** @type {HTMLInputElement} */ (panel.querySelector("[name=condition]"));
}

/** @param {HTMLElement} panel @param {string} said the condition as JSON, "" for none */
async function draw(panel, said) {
  const chosen = [.../** @type {HTMLFormElement} */ (panel.closest("form")).querySelectorAll("[name=entities]:checked")].map((one) => /** @type {HTMLInputElement} */ (one).value);
  const entity = chosen.length === 1 ? chosen[0] : "";
  const before = drawn.get(panel);
  if (before && before.entity === entity) return;
  drawn.set(panel, { entity, builder: null });
  const place = /** @type {HTMLElement} */ (panel.querySelector("[data-condition]"));
  /** @type {HTMLElement} */ (panel.querySelector("[data-condition-hint]")).hidden = Boolean(entity);
  if (before) held(panel).value = "";
  place.replaceChildren();
  if (!entity) return;
  const answer = await fetch(`${panel.dataset.fieldsAt}${encodeURIComponent(entity)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (drawn.get(panel)?.entity !== entity) return; // another kind was chosen meanwhile
  if (!answer?.ok) {
    drawn.delete(panel);
    place.textContent = t("The fields could not be loaded. Please load the page again.");
    return;
  }
  const builder = conditionBuilder((await answer.json()).fields, said ? JSON.parse(said) : null);
  drawn.set(panel, { entity, builder });
  place.replaceChildren(builder.root);
}

/** Before htmx reads the form: what the builder says goes into the hidden field; what is half said is not sent. @param {Event} event */
function send(event) {
  const panel = event.target instanceof HTMLFormElement ? event.target.querySelector("[data-hook-condition]") : null;
  const builder = panel ? drawn.get(panel)?.builder : null;
  if (!panel || !builder) return;
  const missing = builder.unfinished();
  if (missing) {
    event.preventDefault();
    event.stopImmediatePropagation();
    missing.setCustomValidity(t("Fill this in, or remove the condition."));
    missing.reportValidity();
    return;
  }
  const value = builder.value();
  held(/** @type {HTMLElement} */ (panel)).value = value ? JSON.stringify(value) : "";
}
