// What a card reader or barcode scanner typed, as the code that is kept. Pure.
import { ascii } from "./format.js";

/** What stands on a magnetic stripe around the number (ISO/IEC 7813): ";6300001404=9912…?" or "%B6300001404^NAME^…?". @param {string} text */
export function codeOf(text) {
  const plain = ascii(text).trim();
  const track = /^(?:;|%[A-Z]?)([^=^?]+)(?:[=^?].*)?\??.?$/.exec(plain);
  return track ? track[1] : plain;
}

/** The keys of the layout that readers type in, whatever layout the computer has: [plain, with Shift]. @type {Record<string, [string, string]>} */
const SIGNS = {
  Semicolon: [";", ":"], Equal: ["=", "+"], Slash: ["/", "?"], Minus: ["-", "_"], Period: [".", ">"], Comma: [",", "<"], Quote: ["'", '"'], Space: [" ", " "],
  NumpadSubtract: ["-", "-"], NumpadAdd: ["+", "+"], NumpadDivide: ["/", "/"], NumpadMultiply: ["*", "*"], NumpadDecimal: [".", "."],
};
const OVER_DIGITS = ")!@#$%^&*(";

/**
 * The letter that a reader meant with a key: readers know the places of the keys on an American keyboard, and a Persian layout makes «ک» of their “;”.
 * A letter that is plain ASCII is taken as it came.
 * @param {{key: string, code: string, shiftKey: boolean}} event @returns {string} "" for keys that are no letters
 */
export function meantBy({ key, code, shiftKey }) {
  if (key.length !== 1) return "";
  if (key >= " " && key <= "~") return key;
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return shiftKey ? letter[1] : letter[1].toLowerCase();
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code);
  if (digit) return shiftKey && code.startsWith("Digit") ? OVER_DIGITS[Number(digit[1])] : digit[1];
  return SIGNS[code]?.[shiftKey ? 1 : 0] ?? key;
}
