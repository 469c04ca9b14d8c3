// Tables of inputs: Ctrl and an arrow key lead to the next cell (plain arrows belong to the input itself).

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
}
