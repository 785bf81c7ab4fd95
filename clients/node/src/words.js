/** What could move a cursor, turn the text around or hide: controls, formats, separators, halves of pairs, what is no character. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu;

/** Characters that are shown of a stranger's words. */
const MOST = 500;

/**
 * A stranger's words, fit for one line of a message or a terminal: escaped, and cut where they are long.
 *
 * @param {string} words
 * @param {number} [most] characters
 */
export function shown(words, most = MOST) {
  const whole = words.length > 4 * most ? words.slice(0, 4 * most) : words;
  const line = whole.replace(HIDDEN, escaped);
  return line.length > most || whole.length < words.length ? `${line.slice(0, most - 3)}...` : line;
}

/**
 * A program's own output, fit for a terminal: its lines and tabs pass, the rest of what a terminal would obey is escaped.
 *
 * @param {Uint8Array} bytes
 */
export function printable(bytes) {
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/\r\n/g, '\n')
    .replace(HIDDEN, (each) => (each === '\n' || each === '\t' ? each : escaped(each)));
}

/** @param {string} each */
function escaped(each) {
  const point = /** @type {number} */ (each.codePointAt(0));
  const known = /** @type {Record<string, string>} */ ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[each];
  return known ?? (point <= 0xff ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`);
}
