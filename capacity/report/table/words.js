// What the page says: phrases of the report's catalogue, and numbers in the language's form.

const SAID = { catalogue: {}, locale: "en-GB", plural: null, forms: new Map() };

/** Take the catalogue and the locale the page is in. */
export function speak(catalogue, locale) {
  SAID.catalogue = catalogue;
  SAID.locale = locale;
  SAID.plural = new Intl.PluralRules(locale);
  SAID.forms.clear();
}

/** Whether the catalogue has a phrase. */
export function canSay(phrase) {
  return Object.hasOwn(SAID.catalogue, phrase);
}

/** A phrase with its values put in; a number chooses the plural form. */
export function say(phrase, values = {}) {
  return canSay(phrase) ? withValues(SAID.catalogue[phrase], values) : phrase;
}

function withValues(pattern, values) {
  if (typeof pattern === "string") return pattern;
  return pattern
    .map((part) => (typeof part === "string" ? part : part.forms ? withValues(formOf(part, values), values) : String(values[part.value])))
    .join("");
}

function formOf(part, values) {
  const value = values[part.of];
  if (Object.hasOwn(part.forms, String(value))) return part.forms[String(value)];
  const plural = typeof value === "number" ? SAID.plural.select(value) : part.other;
  return part.forms[Object.hasOwn(part.forms, plural) ? plural : part.other];
}

function formatted(value, least, most) {
  const key = `${least}|${most}`;
  let form = SAID.forms.get(key);
  if (!form) {
    form = new Intl.NumberFormat(SAID.locale, { minimumFractionDigits: least, maximumFractionDigits: most });
    SAID.forms.set(key, form);
  }
  return form.format(value).replace("-", "−");
}

/** Whether there is a number. */
export function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** A number with so many decimals; a dash where there is none. */
export function number(value, decimals = 0) {
  if (!isNumber(value)) return "–";
  const text = formatted(value, decimals, decimals);
  return /[1-9]/.test(text) ? text : formatted(0, decimals, decimals);
}

/** A number with the decimals it has. */
export function plain(value) {
  if (!isNumber(value)) return "–";
  return formatted(Math.abs(value) >= 1 ? Math.round(value * 100) / 100 : value, 0, 6);
}

/** A number with its sign, + as well. */
export function signed(value, decimals = 0) {
  if (!isNumber(value)) return "–";
  const text = number(Math.abs(value), decimals);
  return /[1-9]/.test(text) ? (value < 0 ? "−" : "+") + text : text;
}

/** A share as per cent. */
export function percent(share, decimals = 0) {
  return isNumber(share) ? number(100 * share, decimals) + "\u00a0%" : "–";
}

/** Text as a file's bytes may hold it: signs that are not seen stand as marks. */
export function shown(text) {
  return String(text).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, (sign) => `\\u${sign.codePointAt(0).toString(16).padStart(4, "0")}`);
}
