// What a card reader or barcode scanner typed, as the code that is kept. Pure.
import { ascii } from "./format.js";

/** What stands on a magnetic stripe around the number (ISO/IEC 7813): ";6300001404=9912…?" or "%B6300001404^NAME^…?". @param {string} text */
export function codeOf(text) {
  const plain = ascii(text).trim();
  const track = /^(?:;|%[A-Z]?)([^=^?]+)(?:[=^].*)?\?.?$/.exec(plain);
  return track ? track[1] : plain;
}
