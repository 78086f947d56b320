// What the page says: phrases of the report's catalogue, and numbers in the language's form.

/** @type {{catalogue: Object<string, *>, locale: string, plural: Intl.PluralRules|null, forms: Map<string, Intl.NumberFormat>}} */
const SAID = { catalogue: {}, locale: "en-GB", plural: null, forms: new Map() };

/**
 * Take the catalogue and the locale the page is in.
 * @param {Object<string, *>} catalogue @param {string} locale
 */
export function speak(catalogue, locale) {
  SAID.catalogue = catalogue;
  SAID.locale = locale;
  SAID.plural = new Intl.PluralRules(locale);
  SAID.forms.clear();
}

/** Whether the catalogue has a phrase. @param {string} phrase */
export function canSay(phrase) {
  return Object.hasOwn(SAID.catalogue, phrase);
}

/**
 * A phrase with its values put in; a number chooses the plural form.
 * @param {string} phrase @param {Object<string, *>} [values]
 * @returns {string}
 */
export function say(phrase, values = {}) {
  return canSay(phrase) ? withValues(SAID.catalogue[phrase], values) : phrase;
}

/** @param {*} pattern @param {Object<string, *>} values @returns {string} */
function withValues(pattern, values) {
  if (typeof pattern === "string") return pattern;
  /** @type {*[]} */
  const parts = pattern;
  return parts
    .map((part) => (typeof part === "string" ? part : part.forms ? withValues(formOf(part, values), values) : String(values[part.value])))
    .join("");
}

/** @param {*} part @param {Object<string, *>} values */
function formOf(part, values) {
  const value = values[part.of];
  if (Object.hasOwn(part.forms, String(value))) return part.forms[String(value)];
  const plural = typeof value === "number" && SAID.plural ? SAID.plural.select(value) : part.other;
  return part.forms[Object.hasOwn(part.forms, plural) ? plural : part.other];
}

/** @param {number} value @param {number} least @param {number} most */
function formatted(value, least, most) {
  const key = `${least}|${most}`;
  let form = SAID.forms.get(key);
  if (!form) {
    form = new Intl.NumberFormat(SAID.locale, { minimumFractionDigits: least, maximumFractionDigits: most });
    SAID.forms.set(key, form);
  }
  return form.format(value).replace("-", "−");
}

/** Whether there is a number. @param {*} value */
export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * A number with so many decimals; a dash where there is none.
 * @param {*} value @param {number} [decimals]
 */
export function number(value, decimals = 0) {
  if (!isNumber(value)) return "–";
  const text = formatted(value, decimals, decimals);
  return /[1-9]/.test(text) ? text : formatted(0, decimals, decimals);
}

/** A number with the decimals it has. @param {*} value */
export function plain(value) {
  if (!isNumber(value)) return "–";
  return formatted(Math.abs(value) >= 1 ? Math.round(value * 100) / 100 : value, 0, 6);
}

/** A number with its sign, + as well. @param {*} value @param {number} [decimals] */
export function signed(value, decimals = 0) {
  if (!isNumber(value)) return "–";
  const text = number(Math.abs(value), decimals);
  return /[1-9]/.test(text) ? (value < 0 ? "−" : "+") + text : text;
}

/** A share as per cent. @param {*} share @param {number} [decimals] */
export function percent(share, decimals = 0) {
  return isNumber(share) ? number(100 * share, decimals) + "\u00a0%" : "–";
}

/** Text as a file's bytes may hold it: signs that are not seen stand as marks. @param {*} text */
export function shown(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (sign) => `\\u${Number(sign.codePointAt(0)).toString(16).padStart(4, "0")}`);
}
