// The settings of the case: what each is changed by, and what cannot be changed here.
/** @import { Form, Input, PageData, PageSetting, Settings, Showing } from "./types.js" */

import { at, make } from "./dom.js";
import { NOTHING } from "./map.js";
import { fits, same } from "./state.js";
import { settingName } from "./views.js";
import { canSay, percent, plain, say } from "./words.js";

/** @type {Form} */
const FORM = { data: NOTHING, set: NOTHING, settings: {} };

/** @type {Map<string, Input>} */
const INPUTS = new Map();

/** Settings in the order planners ask about them, by section of the case. */
const GROUPS = { "table-group-women": ["demand", "stay"], "table-group-beds": ["promise", "sizes"], "table-group-rules": ["rules"], "money": ["finance"], "table-group-travel": ["travel", "objective"] };

/**
 * Put every setting on the page: set(key, value) changes it.
 * @param {PageData} data @param {Form["set"]} set
 */
export function startSettings(data, set) {
  Object.assign(FORM, { data, set });
  /** @param {PageSetting} setting */
  const section = (setting) => setting.key.split(".")[0];
  const groups = Object.entries(GROUPS).map(([phrase, sections]) => ({ name: say(phrase), rows: FORM.data.settings.filter((one) => sections.includes(section(one))) }));
  at("settings").append(...groups.filter(({ rows }) => rows.length).map(({ name, rows }) => make("fieldset", {}, make("legend", {}, name), make("div", { class: "rows" }, ...rows.map(settingRow)))));
  at("read-only").append(...[...FORM.data.read_only, ...FORM.data.beyond].map(readOnlyRow));
  const heads = [...document.querySelectorAll("#read-only-part thead th")].map((head) => head.textContent);
  for (const row of document.querySelectorAll("#read-only tr")) {
    row.querySelectorAll("td").forEach((cell, k) => cell.setAttribute("data-head", heads[k + 1] ?? ""));
  }
}

/** @param {PageSetting} setting */
function settingRow(setting) {
  const id = `setting-${setting.key}`;
  const label = settingName(FORM.data, setting.key);
  const phrase = say("table-reset", { name: label });
  const reset = make("button", { type: "button", class: "reset", "aria-label": phrase, title: phrase, click: () => FORM.set(setting.key, setting.value) }, "↺");
  /** @type {Showing} */
  const input = { show: () => {} };
  const row = make("div", { class: "setting" }, make("label", { for: id }, label), make("span", { class: "value" }, ...inputsOf(setting, id, input), reset), make("span", { class: "soft" }, rangeSaid(setting)));
  INPUTS.set(setting.key, Object.assign(input, { row, reset }));
  return row;
}

/**
 * What a setting is changed by: a number, a choice, or whether a rule is on and its value.
 * @param {PageSetting} setting @param {string} id @param {Showing} input
 */
function inputsOf(setting, id, input) {
  if (setting.kind === "choice") return choiceInput(setting, id, input);
  if (setting.kind === "rule") return ruleInputs(setting, id, input);
  const field = make("input", { id, type: "number", min: 0, step: "any", change: () => typed(setting, field) });
  const scale = setting.kind === "share" ? 100 : 1;
  input.show = (value) => (field.value = trimmed(value * scale));
  return [field, setting.kind === "share" ? "%" : null];
}

/** @param {PageSetting} setting @param {string} id @param {Showing} input */
function choiceInput(setting, id, input) {
  const choice = make("select", { id, change: () => FORM.set(setting.key, choice.value) }, ...(setting.choices ?? []).map((one) => make("option", { value: one }, say(`table-choice-${one}`))));
  input.show = (value) => (choice.value = value);
  return [choice];
}

/** Fields of a rule's value, by its form. */
const KINDS = { number: ["number"], pair: ["number", "number"], list: ["text"], toggle: [] };

/**
 * A rule is on or off; its value is a number, two of them, or a list of sites, by its form.
 * @param {PageSetting} setting @param {string} id @param {Showing} input
 */
function ruleInputs(setting, id, input) {
  const on = make("input", { id, type: "checkbox", change: () => switched(setting, on.checked, fields) });
  const kinds = KINDS[setting.form ?? "toggle"];
  /** @type {HTMLInputElement[]} */
  const fields = kinds.map((type, k) => {
    const numeric = type === "number" ? { min: 0, step: "any" } : { placeholder: FORM.data.sites.ids.slice(0, 2).join(", ") };
    const label = kinds.length > 1 ? `${setting.name}: ${say(k ? "table-part-most" : "table-part-fewest")}` : setting.name;
    return make("input", { type, ...numeric, class: kinds.length > 1 ? "half" : null, "aria-label": label, change: () => typedRule(setting, fields) });
  });
  input.show = (value) => {
    on.checked = value !== false;
    const parts = value === false || value === true || isTable(value) ? [] : setting.form === "list" ? [value.join(", ")] : [value].flat().map(trimmed);
    // A rule with a value that no field shows, such as a table, is switched alone.
    fields.forEach((field, k) => {
      field.hidden = isTable(value);
      field.value = parts[k] ?? "";
    });
  };
  return [on, ...fields];
}

/** @param {*} value */
function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * Switch a rule: on with the case's value, or else with what is in its fields, or the middle of its range.
 * @param {PageSetting} setting @param {boolean} on @param {HTMLInputElement[]} fields
 */
function switched(setting, on, fields) {
  if (!on) return FORM.set(setting.key, false);
  if (setting.value !== false) return FORM.set(setting.key, setting.value);
  if (!fields.length) return FORM.set(setting.key, true);
  if (setting.range) return FORM.set(setting.key, (setting.range[0] + setting.range[1]) / 2);
  // Its value is typed: the rule is on as soon as there is one.
  return void fields[0].focus();
}

/** @param {PageSetting} setting @param {HTMLInputElement[]} fields */
function typedRule(setting, fields) {
  const texts = fields.map((field) => field.value.trim());
  if (texts.some((text) => text === "")) return void showSettings();
  if (setting.form === "list") {
    const sites = texts[0].split(/[\s,;]+/).filter(Boolean);
    if (sites.every((site) => FORM.data.sites.ids.includes(site))) FORM.set(setting.key, sites);
  } else {
    const numbers = texts.map(Number);
    if (numbers.every((one) => Number.isFinite(one) && one >= 0)) FORM.set(setting.key, numbers.length > 1 ? numbers : numbers[0]);
  }
  showSettings();
}

/** @param {PageSetting} setting @param {HTMLInputElement} field */
function typed(setting, field) {
  const value = Number(field.value) / (setting.kind === "share" ? 100 : 1);
  if (field.value !== "" && fits(setting, value)) FORM.set(setting.key, value);
  showSettings();
}

/** @param {*} value */
function trimmed(value) {
  return String(Number(Number(value).toPrecision(12)));
}

/** Show each setting as it is on the table. @param {Settings} [settings] */
export function showSettings(settings = FORM.settings) {
  FORM.settings = settings;
  for (const setting of FORM.data.settings) {
    const input = INPUTS.get(setting.key);
    if (!input) continue;
    const value = setting.key in settings ? settings[setting.key] : setting.value;
    input.show(value);
    const changed = !same(value, setting.value);
    input.row.classList.toggle("changed", changed);
    input.reset.hidden = !changed;
  }
}

/** @param {PageSetting} setting @param {*} value */
function said(setting, value) {
  return setting.kind === "share" ? percent(value, (100 * value) % 1 ? 1 : 0) : plain(value);
}

/** @param {PageSetting} setting */
function rangeSaid(setting) {
  const parts = [];
  const before = FORM.data.settings[FORM.data.settings.indexOf(setting) - 1];
  if (setting.range) parts.push(say("table-range", { low: said(setting, setting.range[0]), high: said(setting, setting.range[1]) }));
  if (setting.source && setting.source !== before?.source) parts.push(setting.source);
  return parts.join(" · ");
}

/** @param {*} one */
function readOnlyRow(one) {
  const value = one.value === true ? say("yes") : one.value === false || one.value === undefined ? say("no") : typeof one.value === "number" ? plain(one.value) : typeof one.value === "string" ? choiceSaid(one.value) : JSON.stringify(one.value);
  const command = ["capacity plan", FORM.data.asked, one.command].filter(Boolean).join(" ");
  return make("tr", {}, make("th", { scope: "row" }, one.name), make("td", {}, value), make("td", {}, say(`table-why-${one.why}`)), make("td", {}, make("code", {}, command)));
}

/** What one of a setting's choices is called. @param {string} choice */
function choiceSaid(choice) {
  return canSay(`table-choice-${choice}`) ? say(`table-choice-${choice}`) : choice;
}
