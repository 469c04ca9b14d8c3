// The search box at the top: htmx fetches results as one types; arrows walk them, Enter opens, Escape closes. "/" and Ctrl+K bring one here.
import { h, icon, one } from "./elements.js";
import { digits } from "./format.js";
import { visit } from "./pages.js";
import { me, persian, t } from "./strings.js";

const MOST_REMEMBERED = 6;
const REMEMBERED = `searches.${me.username || ""}`;

/** What was searched for lately, newest first. @returns {string[]} */
function remembered() {
  try {
    const found = JSON.parse(localStorage.getItem(REMEMBERED) || "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, MOST_REMEMBERED) : [];
  } catch {
    return [];
  }
}

/** @param {string} words */
function remember(words) {
  const said = words.trim();
  if (said.length < 2) return;
  const others = remembered().filter((one) => one !== said && !said.startsWith(one));
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify([said, ...others].slice(0, MOST_REMEMBERED)));
  } catch {
    // private windows may refuse; nothing is lost but the list
  }
}

/** The links that arrows walk, and buttons of the list of recent searches. @param {HTMLElement} found @returns {HTMLElement[]} */
function steps(found) {
  return [...found.querySelectorAll("a:not(.dial), button:not(.copy)")].map((each) => /** @type {HTMLElement} */ (each));
}

export function startSearch() {
  const form = /** @type {HTMLFormElement | null} */ (one("#search"));
  const box = /** @type {HTMLInputElement | null} */ (one("#q"));
  const found = one("#found");
  if (!form || !box || !found) return;
  const close = () => found.replaceChildren();
  const say = () => {
    const count = found.querySelectorAll(".found-group li").length;
    const status = one("#found-count");
    if (status) status.textContent = count ? t("{count} found", { count: digits(String(count), persian) }) : "";
  };
  const lately = () => {
    const words = remembered();
    if (box.value.trim() || !words.length) return;
    found.replaceChildren(
      h("section.found-group", { "aria-label": t("Recent searches") },
        h("h2", {}, t("Recent searches"), h("button.button.quiet.small", { type: "button", onclick: forget }, t("Forget them"))),
        h("ul.list", {}, words.map((said) => h("li", {}, icon("clock"), h("button.grow.link", { type: "button", onclick: () => again(said) }, h("bdi", {}, said))))),
      ),
    );
  };
  const forget = () => {
    localStorage.removeItem(REMEMBERED);
    close();
    box.focus();
  };
  /** @param {string} said */
  const again = (said) => {
    box.value = said;
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  found.addEventListener("htmx:beforeSwap", (/** @type {any} */ event) => {
    if (!form.contains(document.activeElement)) event.detail.shouldSwap = false; // an answer that comes after one went elsewhere
  });
  found.addEventListener("htmx:afterSwap", () => {
    if (!box.value.trim()) lately();
    say();
  });
  box.addEventListener("focus", lately);
  box.addEventListener("input", () => box.value.trim() || lately());
  form.addEventListener("keydown", (event) => move(event, box, found, close));
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget instanceof Node && !form.contains(event.relatedTarget)) close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!box.value.trim()) return;
    remember(box.value);
    close();
    visit(`/search?q=${encodeURIComponent(box.value.trim())}`);
  }, { capture: true });
  found.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("a:not(.dial)")) remember(box.value);
  }, { capture: true });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#search") || event.target.closest("#found a")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.code !== "KeyK" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
  document.addEventListener("htmx:pushedIntoHistory", close);
}

/** @param {KeyboardEvent} event @param {HTMLInputElement} box @param {HTMLElement} found @param {() => void} close */
function move(event, box, found, close) {
  const all = steps(found);
  const active = /** @type {HTMLElement | null} */ (document.activeElement);
  const at = active ? all.indexOf(active) : -1;
  if (event.key === "Escape") {
    close();
    box.focus();
    close(); // focusing an empty box shows the recent searches; Escape does not want them
  } else if (event.key === "ArrowDown" && all.length) {
    event.preventDefault();
    all[Math.min(all.length - 1, at + 1)].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    event.preventDefault();
    (at ? all[at - 1] : box).focus();
  } else if (at >= 0 && event.key === "End") {
    event.preventDefault();
    all[all.length - 1].focus();
  } else if (at >= 0 && event.key === "Home") {
    event.preventDefault();
    all[0].focus();
  } else if (at >= 0 && (event.key === "Backspace" || (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey))) {
    box.focus(); // who types on means the box; the letter arrives there
  }
}
