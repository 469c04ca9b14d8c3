// Maps: moved by dragging and arrows, nearer and farther by wheel, pinch and buttons; tiles of the server in data-tiles are laid below the points.

const WORLD = 65536;
const SVG = "http://www.w3.org/2000/svg";
const NEAREST = 4;
const DEEPEST = 19;

/** Looks after every map that comes onto the page. */
export function startMaps() {
  const dress = () => {
    for (const map of document.querySelectorAll("[data-map]:not([data-dressed])")) new Plane(/** @type {HTMLElement} */ (map));
  };
  document.addEventListener("htmx:load", dress);
  dress();
}

class Plane {
  /** @param {HTMLElement} element */
  constructor(element) {
    element.dataset.dressed = "1";
    this.element = element;
    this.svg = /** @type {SVGSVGElement} */ (element.querySelector("svg"));
    this.tiles = element.dataset.tiles || "";
    const [x, y, width, height] = (this.svg.getAttribute("viewBox") || "").split(" ").map(Number);
    const room = this.svg.getBoundingClientRect();
    const scale = Math.max(width / (room.width || 1), height / (room.height || 1)) || 1;
    this.home = { x: x + width / 2, y: y + height / 2, scale };
    this.now = { ...this.home };
    /** @type {Map<number, PointerEvent>} */
    this.fingers = new Map();
    this.dragged = false;
    element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) element.addEventListener(name, (event) => this.up(/** @type {PointerEvent} */ (event)));
    element.addEventListener("click", (event) => this.click(event), true);
    element.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(element);
  }

  /** @param {number} factor @param {number} [left] @param {number} [top] the point of the screen that stays where it is */
  zoom(factor, left, top) {
    const room = this.svg.getBoundingClientRect();
    const dx = left === undefined ? 0 : left - room.left - room.width / 2;
    const dy = top === undefined ? 0 : top - room.top - room.height / 2;
    const scale = Math.min(Math.max(this.now.scale * factor, NEAREST / room.width), (WORLD * 1.2) / room.width);
    this.now = { x: this.now.x + dx * (this.now.scale - scale), y: this.now.y + dy * (this.now.scale - scale), scale };
    this.draw();
  }

  /** @param {number} dx @param {number} dy pixels */
  pan(dx, dy) {
    this.now = { ...this.now, x: this.now.x - dx * this.now.scale, y: this.now.y - dy * this.now.scale };
    this.draw();
  }

  draw() {
    const room = this.svg.getBoundingClientRect();
    if (!room.width) return;
    const { x, y, scale } = this.now;
    const view = { left: x - (room.width * scale) / 2, top: y - (room.height * scale) / 2, width: room.width * scale, height: room.height * scale };
    this.svg.setAttribute("viewBox", `${view.left} ${view.top} ${view.width} ${view.height}`);
    this.svg.querySelector(".map-towns")?.setAttribute("font-size", String(12 * scale));
    if (this.tiles) this.lay(view, scale);
  }

  /** The tiles of what is seen. @param {{left: number, top: number, width: number, height: number}} view @param {number} scale */
  lay(view, scale) {
    const depth = Math.min(Math.max(Math.round(Math.log2(WORLD / 256 / scale)), 0), DEEPEST);
    const size = WORLD / 2 ** depth;
    const most = 2 ** depth - 1;
    const place = /** @type {Element} */ (this.svg.querySelector(".map-tiles"));
    const there = new Map([...place.children].map((one) => [/** @type {SVGElement} */ (one).dataset.tile, one]));
    for (let column = Math.max(Math.floor(view.left / size), 0); column <= Math.min(Math.floor((view.left + view.width) / size), most); column += 1) {
      for (let row = Math.max(Math.floor(view.top / size), 0); row <= Math.min(Math.floor((view.top + view.height) / size), most); row += 1) {
        const name = `${depth}/${column}/${row}`;
        if (there.delete(name)) continue;
        const tile = document.createElementNS(SVG, "image");
        const facts = { href: this.tiles.replace("{z}", String(depth)).replace("{x}", String(column)).replace("{y}", String(row)), x: column * size, y: row * size, width: size * 1.002, height: size * 1.002 };
        for (const [key, value] of Object.entries(facts)) tile.setAttribute(key, String(value));
        tile.dataset.tile = name;
        place.append(tile);
      }
    }
    for (const old of there.values()) old.remove();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && !this.element.contains(document.activeElement)) return;
    event.preventDefault();
    this.zoom(event.deltaY > 0 ? 1.25 : 0.8, event.clientX, event.clientY);
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target instanceof Element && event.target.closest("button")) return;
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size === 1) this.dragged = false;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.clientX;
    const dy = event.clientY - before.clientY;
    if (!this.dragged && Math.hypot(dx, dy) < 4) return;
    this.dragged = true;
    const other = [...this.fingers.values()].find((one) => one.pointerId !== event.pointerId);
    if (other) {
      const far = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
      if (far > 0) this.zoom(was / far, (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    } else this.pan(dx, dy);
    this.fingers.set(event.pointerId, event);
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.fingers.delete(event.pointerId);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const how = event.target instanceof Element ? /** @type {HTMLElement | null} */ (event.target.closest("[data-zoom]"))?.dataset.zoom : "";
    if (how === "fit") {
      this.now = { ...this.home };
      this.draw();
    } else if (how) this.zoom(how === "in" ? 0.5 : 2);
    else if (this.dragged) {
      event.preventDefault();
      event.stopPropagation();
    }
    this.dragged = false;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.code];
    if (step) this.pan(step[0], step[1]);
    else if (event.key === "+" || event.key === "=") this.zoom(0.5);
    else if (event.key === "-") this.zoom(2);
    else return;
    event.preventDefault();
  }
}
