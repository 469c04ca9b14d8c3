// Tables of inputs: Ctrl and an arrow key lead to the next cell (plain arrows belong to the input itself); a line below says what the cell means.

const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });

/** Begins to look after every such table. */
export function startGrids() {
  document.addEventListener("keydown", (event) => {
    const cell = event.target instanceof Element && event.ctrlKey ? /** @type {HTMLTableCellElement | null} */ (event.target.closest("[data-grid] td")) : null;
    const step = STEPS[event.key];
    if (!cell || !step) return;
    const rtl = getComputedStyle(cell).direction === "rtl";
    const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
    const rows = [.../** @type {HTMLTableElement} */ (row.closest("table")).tBodies[0].rows];
    const next = rows[rows.indexOf(row) + step[0]]?.cells[cell.cellIndex + (rtl ? -step[1] : step[1])];
    const input = /** @type {HTMLElement | null} */ (next?.querySelector("select, input") || null);
    if (!input) return;
    event.preventDefault();
    input.focus();
  });
  document.addEventListener("focusin", (event) => {
    const cell = event.target instanceof Element ? /** @type {HTMLTableCellElement | null} */ (event.target.closest("[data-grid] td")) : null;
    if (cell) explain(cell);
  });
}

/** What the cell's column means, in the line below the table. @param {HTMLTableCellElement} cell */
function explain(cell) {
  const table = /** @type {HTMLTableElement} */ (cell.closest("table"));
  const line = table.closest("form")?.querySelector("[data-grid-hint]");
  const head = table.tHead?.rows[0].cells[cell.cellIndex];
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement).cells[0];
  if (line && head?.title) line.textContent = `${row.textContent?.trim()} · ${head.textContent}: ${head.title}`;
}
