// A desktop notification when a call comes and nobody looks at the page.

/** @type {Notification | null} */
let shown = null;

/** Asks for permission; only sensible after a click. */
export async function allowNotifications() {
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission().catch(() => {});
}

/** @param {string} title @param {string} body */
export function notify(title, body) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  shown?.close();
  shown = new Notification(title, { body, tag: "switchboard-call", requireInteraction: true });
  shown.onclick = () => (window.focus(), shown?.close());
}

export function unnotify() {
  shown?.close();
  shown = null;
}

/** Something that can wait: shown once, goes by itself, and leads to `url`. @param {string} title @param {string} body @param {() => void} open */
export function notifyQuietly(title, body, open) {
  if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const said = new Notification(title, { body, tag: `switchboard-alarm-${title}` });
  said.onclick = () => (window.focus(), said.close(), open());
}
