// Light or dark by the system until the person chooses; and the colours that administrators give to groups.

const ORDER = ["", "light", "dark"];

/** @param {string} theme "light", "dark" or "" for the system's */
function apply(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function startTheme() {
  apply(localStorage.getItem("theme") || "");
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("[data-theme-switch]")) return;
    const dark = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const next = dark === "dark" ? "light" : "dark";
    localStorage.setItem("theme", ORDER.includes(next) ? next : "");
    apply(next);
  });
  colour(document);
  document.addEventListener("htmx:afterSettle", () => colour(document));
}

/** The content security policy forbids style attributes, so data-colour becomes a property here. @param {ParentNode} within */
export function colour(within) {
  for (const element of within.querySelectorAll("[data-colour]")) {
    const { dataset, style } = /** @type {HTMLElement} */ (element);
    if (/^#[0-9a-f]{3,8}$|^[a-z]+$/i.test(dataset.colour || "")) style.setProperty("--colour", dataset.colour || "");
  }
}
