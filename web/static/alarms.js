// The bell of alarm dates: draws itself again when something rings, says what is new, and asks once whether it may do so outside the page.
import { one } from "./elements.js";
import { allowNotifications, notifyQuietly } from "./notify.js";
import { refresh, visit } from "./pages.js";
import { t } from "./strings.js";
import { toast } from "./toasts.js";

/** Asks for notifications when somebody opens the bell: only then is it clear what for. */
export function startAlarms() {
  document.addEventListener("toggle", ({ target }) => {
    if (target instanceof HTMLDetailsElement && target.open && target.closest("#bell")) void allowNotifications();
  }, { capture: true });
}

/** The server says how many ring, and which are new. @param {{count: number, new: number, rang: {title: string, text: string, url: string}[]}} message */
export function alarmsTold(message) {
  document.body.dispatchEvent(new CustomEvent("switchboard:alarms"));
  void refresh("/alarms");
  for (const { title, text, url } of message.rang) {
    toast("info", `${title} – ${text}`, { label: t("Open"), act: () => visit(url) });
    notifyQuietly(title, text, () => visit(url));
  }
  const more = message.new - message.rang.length;
  if (more > 0) toast("info", t("{n} more alarms ring.", { n: more }), { label: t("Open"), act: () => visit("/alarms") });
  one("#bell summary")?.classList.add("rang");
}
