// Elements of the page: text is only ever set as text.

import { shown } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children; a child that is no element is text.
 * @param {string} tag @param {Object<string, *>} [attributes] @param {...*} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * An element of a drawing.
 * @param {string} tag @param {Object<string, *>} [attributes] @param {...*} children
 * @returns {any}
 */
export function draw(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {Element} element @param {Object<string, *>} attributes @param {*[]} children @returns {any} */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? "" : shown(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : shown(child))));
  return element;
}

/** The element of an id. @param {string} id @returns {any} */
export function at(id) {
  return document.getElementById(id);
}

/**
 * Put text in an element, where it is not there already: what is read aloud is read once.
 * @param {Element} element @param {*} text
 */
export function tell(element, text) {
  const said = shown(text);
  if (element.textContent !== said) element.textContent = said;
}

/**
 * A table: heads and cells are text, an element, or {text, number, tone, lang}; the first cell of a row is its head.
 * @param {string} label @param {{text: string, number?: boolean}[]} heads @param {*[][]} rows
 * @param {*[]|null} [foot]
 */
export function table(label, heads, rows, foot = null) {
  /** @param {*} one @param {number} k @param {string} tag */
  const cell = (one, k, tag) => {
    const what = one !== null && typeof one === "object" && !(one instanceof Node) ? one : { text: one ?? "" };
    const classes = [heads[k].number ? "n" : "", what.tone ?? ""].filter(Boolean).join(" ");
    // On a narrow screen rows stand below each other, each cell behind the head of its column.
    return make(tag, { class: classes || null, scope: tag === "th" ? "row" : null, "data-head": k && what.text !== "" ? heads[k].text : null }, what.text);
  };
  /** @param {*[]} cells */
  const row = (cells) => make("tr", {}, ...cells.map((one, k) => cell(one, k, k ? "td" : "th")));
  const head = make("tr", {}, ...heads.map((one) => make("th", { scope: "col", class: one.number ? "n" : null }, one.text)));
  return make(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": label },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows.map(row)), foot ? make("tfoot", {}, row(foot)) : null),
  );
}
