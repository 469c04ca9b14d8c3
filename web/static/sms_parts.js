// How many short messages a text is: GSM-7 or UCS-2, as 3GPP TS 23.038 and 23.040 count. The same as crm/merging/sms_parts.py.

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("^{}\\[~]|€\f");

/** @param {string} text @returns {{alphabet: string, length: number, parts: number, left: number}} */
export function counted(text) {
  const letters = [...text];
  const plain = letters.every((one) => BASIC.has(one) || EXTENDED.has(one));
  const length = plain ? letters.reduce((sum, one) => sum + (EXTENDED.has(one) ? 2 : 1), 0) : text.length;
  const [single, joined] = plain ? [160, 153] : [70, 67];
  const parts = !length ? 0 : length <= single ? 1 : Math.ceil(length / joined);
  return { alphabet: plain ? "GSM-7" : "UCS-2", length, parts, left: (parts < 2 ? single : parts * joined) - length };
}
