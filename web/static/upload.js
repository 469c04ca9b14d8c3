// Files are sent in pieces: dropped on, pasted into or chosen in a record's panel, or chosen in a field of a form; a broken connection goes on where it was.
import htmx from "htmx.org/dist/htmx.esm.js";
import { h, icon } from "./elements.js";
import { t } from "./strings.js";
import { toast } from "./toasts.js";

const TRIES = 5;

/** Begins to look after panels and fields that take files. */
export function startUploads() {
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file" || !input.files?.length) return;
    if (input.matches("[data-upload]")) void panelTakes(input.closest("[data-files]"), [...input.files]);
    if (input.matches("[data-upload-field]")) void fieldTakes(input);
  });
  document.addEventListener("dragover", (event) => {
    if (panelAt(event.target)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const panel = panelAt(event.target);
    if (!panel || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    void panelTakes(panel, [...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const panel = document.querySelector("[data-files][data-takes]");
    const typing = event.target instanceof Element && event.target.matches("input, textarea, [contenteditable]");
    const files = [...(event.clipboardData?.files || [])];
    if (panel && files.length && !typing) void panelTakes(panel, files);
  });
}

/** @param {EventTarget | null} target */
function panelAt(target) {
  return target instanceof Element ? target.closest("[data-files][data-takes]") : null;
}

/** @param {Element | null} panel @param {File[]} files */
async function panelTakes(panel, files) {
  if (!(panel instanceof HTMLElement)) return;
  const { files: entity, record } = panel.dataset;
  await Promise.all(files.map((file) => send(file, { entity: entity || "", record: Number(record), field: "" }, panel.querySelector(".uploads")).catch(() => null)));
  if (document.contains(panel)) void htmx.ajax("get", `/files/of/${entity}/${record}`, { target: "#record-files", swap: "outerHTML" });
}

/** A field of a form: the attachment's id goes into the hidden input beside it. @param {HTMLInputElement} input */
async function fieldTakes(input) {
  const box = input.closest("[data-file-field]");
  const held = /** @type {HTMLInputElement | null} */ (box?.querySelector("input[type=hidden]"));
  const file = input.files?.[0];
  if (!(box instanceof HTMLElement) || !held || !file) return;
  const made = await send(file, { entity: box.dataset.fileField || "", record: Number(box.dataset.record || 0), field: held.name }, box.querySelector(".uploads")).catch(() => null);
  if (!made) return;
  held.value = String(made.id);
  box.querySelector("[data-shown]")?.replaceChildren(made.small ? h("img", { src: made.small, alt: made.name, width: 96 }) : h("bdi", {}, made.name));
}

/** @param {File} file @param {{entity: string, record: number, field: string}} place @param {Element | null} list @returns {Promise<any>} */
async function send(file, place, list) {
  const stop = new AbortController();
  const bar = h("progress", { max: file.size || 1, value: 0, "aria-label": file.name });
  const line = h("li.row", {}, h("bdi", {}, file.name), bar, h("button.button.small.quiet.icon-only", { type: "button", "aria-label": t("Stop"), onclick: () => stop.abort() }, icon("close")));
  list?.append(line);
  try {
    const begun = await ask("/files/uploads", JSON.stringify({ name: file.name || "picture.png", size: file.size }), stop.signal);
    let offset = 0;
    while (offset < file.size) {
      offset = await piece(begun, file, offset, stop.signal, line);
      /** @type {HTMLProgressElement} */ (bar).value = offset;
    }
    return await ask(`/files/uploads/${begun.id}/finish`, JSON.stringify(place), stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) toast("bad", `${file.name}: ${error instanceof Error ? error.message : t("That did not work. Please try again.")}`);
    throw error;
  } finally {
    line.remove();
  }
}

/**
 * Sends one piece; after a broken connection it asks how much has come and goes on there: by itself when the network is back, and when that
 * does not help, when somebody says so. @param {any} begun @param {File} file @param {number} offset @param {AbortSignal} signal @param {HTMLElement} line
 */
async function piece(begun, file, offset, signal, line) {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await ask(`/files/uploads/${begun.id}/piece?offset=${offset}`, file.slice(offset, offset + begun.piece), signal)).received;
    } catch (error) {
      if (signal.aborted || !(error instanceof TypeError)) throw error;
      if (attempt % TRIES === 0 || !navigator.onLine) await again(line, signal);
      else await new Promise((done) => setTimeout(done, 1000 * (attempt % TRIES)));
      const answer = await fetch(`/files/uploads/${begun.id}`, { signal }).catch(() => null);
      if (answer?.ok && !answer.redirected) return (await answer.json()).received;
    }
  }
}

/** Waits until the network is back or somebody says “go on”. @param {HTMLElement} line @param {AbortSignal} signal @returns {Promise<void>} */
function again(line, signal) {
  return new Promise((done, stopped) => {
    const over = new AbortController();
    const said = h("span.row.tight", {}, h("span.muted", {}, t("The connection is broken; what has been sent is kept.")), h("button.button.small", { type: "button", onclick: () => end(done) }, t("Go on")));
    /** @param {(value: any) => void} act */
    const end = (act) => {
      over.abort();
      said.remove();
      act(undefined);
    };
    line.append(said);
    window.addEventListener("online", () => end(done), { signal: over.signal });
    signal.addEventListener("abort", () => end(() => stopped(signal.reason)), { signal: over.signal });
  });
}

/** @param {string} url @param {BodyInit} body @param {AbortSignal} signal */
async function ask(url, body, signal) {
  const kind = typeof body === "string" ? "application/json" : "application/octet-stream";
  const answer = await fetch(url, { method: "POST", body, signal, headers: { "Content-Type": kind, "X-CSRF-Token": document.body.dataset.csrf || "" } });
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(value.error?.message || t("That did not work. Please try again."));
  return value;
}
