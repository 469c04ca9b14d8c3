// The button of a print's page. Not bundled: the page has no frame.
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
