// Cards of a board dragged to another column: the card's own form is sent, as if its menu had been used. Shift with an arrow does the same by keyboard.

/** Looks after every board that comes onto the page. */
export function startBoards() {
  /** @type {HTMLElement | null} */
  let carried = null;
  document.addEventListener("dragstart", (event) => {
    carried = event.target instanceof HTMLElement ? event.target.closest(".board-card") : null;
    if (!carried || !event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", carried.dataset.card || "");
    for (const column of document.querySelectorAll(".board-column")) column.classList.toggle("open", takes(column, carried));
  });
  document.addEventListener("dragover", (event) => {
    const column = carried && columnAt(event);
    for (const one of document.querySelectorAll(".board-column.over")) one.classList.toggle("over", one === column);
    if (!carried || !column || !takes(column, carried)) return;
    event.preventDefault();
    column.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const column = carried && columnAt(event);
    if (!carried || !column || !takes(column, carried)) return;
    event.preventDefault();
    move(carried, column);
  });
  document.addEventListener("dragend", () => {
    carried = null;
    for (const column of document.querySelectorAll(".board-column")) column.classList.remove("open", "over");
  });
  document.addEventListener("keydown", pressed);
}

/** @param {Event} event @returns {HTMLElement | null} */
function columnAt(event) {
  return event.target instanceof Element ? event.target.closest(".board-column") : null;
}

/** @param {Element} column @param {HTMLElement} card */
function takes(column, card) {
  return (card.dataset.moves || "").split(" ").includes(/** @type {HTMLElement} */ (column).dataset.state || "");
}

/** Presses the button of the card's own menu. @param {HTMLElement} card @param {Element} column */
function move(card, column) {
  const state = /** @type {HTMLElement} */ (column).dataset.state || "";
  /** @type {HTMLElement | null} */ (card.querySelector(`button[name=to][value="${CSS.escape(state)}"]`))?.click();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  const card = /** @type {HTMLElement | null} */ (event.target instanceof Element ? event.target.closest(".board-card") : null);
  const way = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
  if (!card || !way || !event.shiftKey) return;
  const columns = [...document.querySelectorAll(".board-column")];
  const step = document.dir === "rtl" || document.documentElement.dir === "rtl" ? -way : way;
  let place = columns.indexOf(/** @type {Element} */ (card.closest(".board-column"))) + step;
  while (columns[place] && !takes(columns[place], card)) place += step;
  if (!columns[place]) return;
  event.preventDefault();
  move(card, columns[place]);
}
