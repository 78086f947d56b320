// The planner's table: what is on it, what is done to it, and what is shown of it.

import { at, make, tell } from "./dom.js";
import { fitted, showMap, startMap } from "./map.js";
import { caseOf, commands, copyOf, differences, fits, fromAddress, fromFile, misfit, same, toAddress, toFile, withBeds, withSetting } from "./state.js";
import { knownSaid, refusalSaid, settingName, showAgainst, showBroken, showFigures, showHeadline, showMoney, showPlaces, showRegions, showUnits, showVerdict } from "./views.js";
import { canSay, number, percent, plain, say, speak } from "./words.js";

const LATER = 150;
const MOST_UNDONE = 200;

let data = null;
let engine = null;

/** @type {{state: object, planB: object|null, found: object|null, back: object[], forth: object[], colours: string, stop: boolean, busy: boolean, seen: object}} */
const TABLE = { state: { units: {}, settings: {} }, planB: null, found: null, back: [], forth: [], colours: "minutes", stop: false, busy: false, seen: { of: "", sets: [] } };

// --- doing and undoing -------------------------------------------------------------------------

/** Put a new state on the table; what was there can be had back. */
function become(state, { planB = TABLE.planB, found = null } = {}) {
  if (same(state, TABLE.state) && same(planB, TABLE.planB) && !found) return;
  const before = { state: TABLE.state, planB: TABLE.planB, found: TABLE.found };
  Object.assign(TABLE, { state, planB, found });
  const why = show();
  if (why) {
    // What cannot be worked out never lies on the table.
    Object.assign(TABLE, before);
    show();
    fault(say("table-cannot", { why }));
    return;
  }
  TABLE.back.push(before);
  TABLE.back.splice(0, TABLE.back.length - MOST_UNDONE);
  TABLE.forth = [];
  showControls();
}

function undo() {
  step(TABLE.back, TABLE.forth);
}

function redo() {
  step(TABLE.forth, TABLE.back);
}

function step(from, to) {
  if (!from.length || TABLE.busy) return;
  to.push({ state: TABLE.state, planB: TABLE.planB, found: TABLE.found });
  Object.assign(TABLE, from.pop());
  show();
}

function toggle(site) {
  if (TABLE.busy || data.result) return;
  become(withBeds(TABLE.state, site, site in TABLE.state.units ? null : 0));
}

/** One bed more or fewer than the unit has now; opens what is closed. */
function changeBeds(site, by) {
  if (TABLE.busy || data.result) return;
  if (!(site in TABLE.state.units)) return void (by > 0 && toggle(site));
  const unit = TABLE.shown.units.find((one) => one.site_id === site);
  become(withBeds(TABLE.state, site, Math.max(0, (unit ? unit.beds : 0) + by)));
}

function set(key, value) {
  become(withSetting(TABLE.state, key, value, settingOf(key).value));
}

function settingOf(key) {
  return data.settings.find((one) => one.key === key);
}

// --- showing -----------------------------------------------------------------------------------

function evaluated(state) {
  return engine.evaluate(state.units, state.settings);
}

/** Work out what is on the table and show it; why that cannot be done, or "". */
function show() {
  let result;
  let other = null;
  try {
    result = evaluated(TABLE.state);
    if (TABLE.planB) other = engine.evaluate(TABLE.planB.units, TABLE.planB.settings, undefined, false);
  } catch (error) {
    return refusalSaid(data, error);
  }
  fault("");
  TABLE.shown = result;
  data.access = accessOf(TABLE.state);
  showMap(result, other, TABLE.colours);
  showHeadline(data, result, other);
  showVerdict(result);
  showBroken(data, result);
  showUnits(data, result);
  showRegions(data, result, other);
  showMoney(data, result);
  at("money-admitted").hidden = valueOf("finance.counts") !== "admitted" || valueOf("promise.kind") !== "loss";
  showFigures(data, result);
  if (at("places-part").open) showPlaces(data, result, other);
  TABLE.other = other;
  showAgainst(data, result, other, TABLE);
  tell(at("known"), knownSaid(TABLE.found));
  showList();
  showSettings();
  showControls();
  showCommands();
  clearTimeout(TABLE.later);
  TABLE.later = setTimeout(toHash, LATER);
  return "";
}

/** A setting's value on the table. */
function valueOf(key) {
  return key in TABLE.state.settings ? TABLE.state.settings[key] : settingOf(key)?.value;
}

/** The rule of access as the settings have it, or null where it is off. */
function accessOf(state) {
  const whole = "rules.region_access";
  const rule = whole in state.settings ? state.settings[whole] : data.rules.region_access;
  if (!rule) return null;
  const part = (name) => state.settings[`${whole}.${name}`] ?? rule[name];
  return { minutes: part("minutes"), share: part("share") };
}

function showControls() {
  const { state, planB, back, forth, busy } = TABLE;
  at("undo").disabled = busy || !back.length;
  at("redo").disabled = busy || !forth.length;
  for (const id of ["best", "keep-best", "next", "set-b", "clear-all"]) at(id).disabled = busy;
  at("stop").hidden = !busy;
  at("progress").hidden = !busy;
  at("swap-b").hidden = at("clear-b").hidden = !planB;
  at("reset-settings").disabled = Object.keys(state.settings).length === 0;
  showColours(Boolean(planB));
}

function showColours(beside) {
  if (!at("colours")) return;
  at("colours").querySelector("[value=change]").disabled = !beside;
  if (!beside && TABLE.colours === "change") TABLE.colours = "minutes";
  at("colours").value = TABLE.colours;
}

// --- the list of sites -------------------------------------------------------------------------

const LIST = new Map();

function startList() {
  const groups = data.regions.ids.map((id, k) => [data.regions.names[k], data.sites.ids.map((_, j) => j).filter((j) => data.sites.region[j] === k)]);
  at("list").append(...groups.filter(([, sites]) => sites.length).map(([name, sites]) => make("fieldset", {}, make("legend", {}, name), ...sites.map(listed))));
}

function listed(k) {
  const [id, name] = [data.sites.ids[k], data.short[k]];
  const box = make("input", { type: "checkbox", id: `site-${k}`, change: () => toggle(id) });
  const beds = make("input", {
    type: "number", min: 0, step: 1, inputmode: "numeric", "aria-label": say("table-beds-at", { name }), title: say("table-beds-hint"),
    change: () => typedBeds(id, beds),
  });
  const button = (sign, by, phrase) => make("button", { type: "button", "aria-label": say(phrase, { name }), click: () => changeBeds(id, by) }, sign);
  const sizes = make("span", { class: "sizes" }, button("−", -1, "table-fewer"), beds, button("+", 1, "table-more"));
  const label = make("label", { for: `site-${k}`, title: data.sites.names[k] }, name, data.ambulatories[k] ? make("span", { class: "soft", title: say("map-ambulatory") }, " ◆") : null);
  LIST.set(id, { box, beds, sizes });
  return make("div", { class: "site-row" }, box, label, sizes);
}

function typedBeds(id, input) {
  const beds = input.value === "" ? 0 : Number(input.value);
  if (Number.isInteger(beds) && beds >= 0 && beds <= 9999) become(withBeds(TABLE.state, id, beds));
  showList();
}

function showList() {
  const units = new Map(TABLE.shown.units.map((unit) => [unit.site_id, unit]));
  for (const [id, { box, beds, sizes }] of LIST) {
    const unit = units.get(id);
    box.checked = Boolean(unit);
    sizes.hidden = !unit;
    if (!unit) continue;
    // What the promise decides stands as a hint: typed beds are told from it.
    beds.value = unit.given ? unit.beds : "";
    beds.placeholder = unit.beds;
  }
}

// --- settings ----------------------------------------------------------------------------------

const INPUTS = new Map();

/** Settings in the order planners ask about them, by section of the case. */
const GROUPS = [["table-group-women", ["demand", "stay"]], ["table-group-beds", ["promise", "sizes"]], ["table-group-rules", ["rules"]], ["money", ["finance"]], ["table-group-travel", ["travel", "objective"]]];

function startSettings() {
  const section = (setting) => setting.key.split(".")[0];
  const groups = GROUPS.map(([phrase, sections]) => [say(phrase), data.settings.filter((one) => sections.includes(section(one)))]);
  at("settings").append(...groups.filter(([, rows]) => rows.length).map(([name, rows]) => make("fieldset", {}, make("legend", {}, name), make("div", { class: "rows" }, ...rows.map(settingRow)))));
  at("read-only").append(...[...data.read_only, ...data.beyond].map(readOnlyRow));
}

function settingRow(setting) {
  const id = `setting-${setting.key}`;
  const label = settingName(data, setting.key);
  const phrase = say("table-reset", { name: label });
  const reset = make("button", { type: "button", class: "reset", "aria-label": phrase, title: phrase, click: () => set(setting.key, setting.value) }, "↺");
  const input = { show: () => {} };
  const row = make("div", { class: "setting" }, make("label", { for: id }, label), make("span", { class: "value" }, ...inputsOf(setting, id, input), reset), make("span", { class: "soft" }, rangeSaid(setting)));
  INPUTS.set(setting.key, Object.assign(input, { row, reset }));
  return row;
}

/** What a setting is changed by: a number, a choice, or whether a rule is on and its value. */
function inputsOf(setting, id, input) {
  if (setting.kind === "choice") return choiceInput(setting, id, input);
  if (setting.kind === "rule") return ruleInputs(setting, id, input);
  const field = make("input", { id, type: "number", min: 0, step: "any", change: () => typed(setting, field) });
  const scale = setting.kind === "share" ? 100 : 1;
  input.show = (value) => (field.value = trimmed(value * scale));
  return [field, setting.kind === "share" ? "%" : null];
}

function choiceInput(setting, id, input) {
  const choice = make("select", { id, change: () => set(setting.key, choice.value) }, ...setting.choices.map((one) => make("option", { value: one }, say(`table-choice-${one}`))));
  input.show = (value) => (choice.value = value);
  return [choice];
}

/** A rule is on or off; its value is a number, two of them, or a list of sites, by its form. */
function ruleInputs(setting, id, input) {
  const on = make("input", { id, type: "checkbox", change: () => switched(setting, on.checked, fields) });
  const kinds = { number: ["number"], pair: ["number", "number"], list: ["text"] }[setting.form] ?? [];
  const fields = kinds.map((type, k) => {
    const numeric = type === "number" ? { min: 0, step: "any" } : { placeholder: data.sites.ids.slice(0, 2).join(", ") };
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

function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Switch a rule: on with the case's value, or else with what is in its fields, or the middle of its range. */
function switched(setting, on, fields) {
  if (!on) return set(setting.key, false);
  if (setting.value !== false) return set(setting.key, setting.value);
  if (!fields.length) return set(setting.key, true);
  if (setting.range) return set(setting.key, (setting.range[0] + setting.range[1]) / 2);
  // Its value is typed: the rule is on as soon as there is one.
  return void fields[0].focus();
}

function typedRule(setting, fields) {
  const texts = fields.map((field) => field.value.trim());
  if (texts.some((text) => text === "")) return void showSettings();
  if (setting.form === "list") {
    const sites = texts[0].split(/[\s,;]+/).filter(Boolean);
    if (sites.every((site) => data.sites.ids.includes(site))) set(setting.key, sites);
  } else {
    const numbers = texts.map(Number);
    if (numbers.every((one) => Number.isFinite(one) && one >= 0)) set(setting.key, numbers.length > 1 ? numbers : numbers[0]);
  }
  showSettings();
}

function typed(setting, field) {
  const value = Number(field.value) / (setting.kind === "share" ? 100 : 1);
  if (field.value !== "" && fits(setting, value)) set(setting.key, value);
  showSettings();
}

function trimmed(value) {
  return String(Number(Number(value).toPrecision(12)));
}

function showSettings() {
  for (const setting of data.settings) {
    const input = INPUTS.get(setting.key);
    const value = setting.key in TABLE.state.settings ? TABLE.state.settings[setting.key] : setting.value;
    input.show(value);
    const changed = !same(value, setting.value);
    input.row.classList.toggle("changed", changed);
    input.reset.hidden = !changed;
  }
}

function said(setting, value) {
  return setting.kind === "share" ? percent(value, (100 * value) % 1 ? 1 : 0) : plain(value);
}

function rangeSaid(setting) {
  const parts = [];
  const before = data.settings[data.settings.indexOf(setting) - 1];
  if (setting.range) parts.push(say("table-range", { low: said(setting, setting.range[0]), high: said(setting, setting.range[1]) }));
  if (setting.source && setting.source !== before?.source) parts.push(setting.source);
  return parts.join(" · ");
}

function readOnlyRow(one) {
  const value = one.value === true ? say("yes") : one.value === false || one.value === undefined ? say("no") : typeof one.value === "number" ? plain(one.value) : typeof one.value === "string" ? choiceSaid(one.value) : JSON.stringify(one.value);
  const command = ["capacity plan", data.asked, one.command].filter(Boolean).join(" ");
  return make("tr", {}, make("th", { scope: "row" }, one.name), make("td", {}, value), make("td", {}, say(`table-why-${one.why}`)), make("td", {}, make("code", {}, command)));
}

// --- searching ---------------------------------------------------------------------------------

/** What one of a setting's choices is called. */
function choiceSaid(choice) {
  return canSay(`table-choice-${choice}`) ? say(`table-choice-${choice}`) : choice;
}

async function search(next, keep) {
  if (TABLE.busy) return;
  const { settings } = TABLE.state;
  const objective = at("goal").value;
  const kept = keep ? Object.keys(TABLE.state.units) : [];
  const of = JSON.stringify([settings, objective]);
  if (TABLE.seen.of !== of || !next) TABLE.seen = { of, sets: [] };
  const wish = { objective, keep: kept, ...(next ? { after: TABLE.seen.sets } : {}), onProgress: progress, shouldStop: () => TABLE.stop };
  Object.assign(TABLE, { busy: true, stop: false });
  tell(at("progress-said"), "");
  showControls();
  at("stop").focus();
  try {
    finished(await engine.optimising(settings, wish), next && TABLE.seen.sets.length > 0, keep);
  } catch (error) {
    fault(say("table-cannot", { why: refusalSaid(data, error) }));
  } finally {
    TABLE.busy = false;
    showControls();
    at(next ? "next" : keep ? "keep-best" : "best").focus();
  }
}

function progress({ valued, sets }) {
  at("progress-bar").max = sets;
  at("progress-bar").value = valued;
  tell(at("progress-said"), say("table-progress", { valued: number(valued), sets: number(sets) }));
}

function finished(result, next, kept) {
  const found = { status: result.status, sets: result.sets, valued: result.valued, objective_name: result.objective_name, next };
  if (result.units.length === 0) {
    const phrase = result.status === "stopped" ? "table-known-none" : next ? "table-known-last" : kept ? "table-known-infeasible-kept" : "table-known-infeasible";
    fault(say(phrase, { sets: number(result.sets), valued: number(result.valued) }));
    return;
  }
  if (result.status === "optimal") TABLE.seen.sets.push(result.units.map((unit) => unit.site_id));
  become({ units: decided(result.given, TABLE.state.settings), settings: { ...TABLE.state.settings } }, { found });
}

/** Units whose beds the promise would decide the same way are left to the promise. */
function decided(units, settings) {
  const none = Object.fromEntries(Object.keys(units).map((site) => [site, 0]));
  const least = new Map(engine.evaluate(none, settings, undefined, false).units.map((unit) => [unit.site_id, unit.beds]));
  return Object.fromEntries(Object.entries(units).map(([site, beds]) => [site, beds === least.get(site) ? 0 : beds]));
}

// --- sharing -----------------------------------------------------------------------------------

function toHash() {
  const hash = "#" + toAddress(TABLE.state, TABLE.planB, data.fingerprint);
  TABLE.hash = hash;
  try {
    history.replaceState(null, "", hash);
  } catch {
    location.hash = hash;
  }
  at("address").value = location.href;
}

function fromHash() {
  if (location.hash === TABLE.hash || location.hash.length < 2) return false;
  let said;
  try {
    said = fromAddress(location.hash);
  } catch {
    fault(say("table-not-state"));
    return false;
  }
  if (!said) return false;
  if (!said.fingerprint || !data.fingerprint.startsWith(said.fingerprint)) {
    fault(say("table-other-case", { theirs: said.fingerprint || "?", ours: data.fingerprint.slice(0, 16) }));
    return false;
  }
  return taken(said);
}

/** Put a state that was read on the table, where it fits the case. */
function taken({ state, planB }) {
  const wrong = misfit(state, data) ?? (planB ? misfit(planB, data) : null);
  if (wrong !== null) {
    fault(say("table-misfit", { what: wrong }));
    return false;
  }
  become(copyOf(state), { planB: copyOf(planB) });
  return true;
}

function save() {
  const { shown } = TABLE;
  const figures = { objectives: shown.objectives, beds: shown.beds, mean_minutes: shown.mean_minutes, longest_minutes: shown.longest_minutes, broken: shown.broken };
  const url = URL.createObjectURL(new Blob([toFile(TABLE.state, TABLE.planB, data, figures)], { type: "application/json" }));
  const link = make("a", { href: url, download: "state.json" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

async function load() {
  const [file] = at("load").files;
  at("load").value = "";
  if (!file) return;
  let read;
  try {
    read = fromFile(await file.text());
  } catch {
    fault(say("table-not-state"));
    return;
  }
  if (read.of.fingerprint === data.fingerprint) {
    taken(read);
    return;
  }
  const apart = differences(read.of, caseOf(data)).slice(0, 8);
  const names = new Map(data.settings.concat(data.read_only).map((one) => [one.key, one.name]));
  fault(
    say("table-other-case", { theirs: read.of.fingerprint.slice(0, 16), ours: data.fingerprint.slice(0, 16) }),
    apart.length ? apart.map(([what, there, here]) => say("table-differs", { what: names.get(what) ?? what, there: JSON.stringify(there ?? null), here: JSON.stringify(here ?? null) })) : [say("table-differs-tables")],
  );
}

/** A fault that is told, with what differs; "" takes it away. */
function fault(text, more = []) {
  at("fault").replaceChildren(...(text ? [make("p", {}, text), ...(more.length ? [make("ul", {}, ...more.map((one) => make("li", {}, one)))] : [])] : []));
}

function showCommands() {
  const lines = commands(TABLE.state, data.asked);
  for (const name of ["evaluate", "plan", "report"]) tell(at(`command-${name}`), lines[name]);
  at("command-evaluate-part").hidden = Object.keys(TABLE.state.units).length === 0;
}

async function copied(id, button) {
  const from = at(id);
  try {
    await navigator.clipboard.writeText(from.value ?? from.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    if (from.select) from.select();
    else getSelection().setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  }
  tell(at("told"), say("table-copied"));
  button.focus();
}

// --- beginning ---------------------------------------------------------------------------------

function startControls() {
  const click = (id, does) => at(id).addEventListener("click", does);
  click("undo", undo);
  click("redo", redo);
  click("best", () => search(false, false));
  click("keep-best", () => search(false, true));
  click("next", () => search(true, false));
  click("stop", () => (TABLE.stop = true));
  click("clear-all", () => become({ units: {}, settings: { ...TABLE.state.settings } }));
  click("set-b", () => become(copyOf(TABLE.state), { planB: copyOf(TABLE.state), found: TABLE.found }));
  click("swap-b", () => become(copyOf(TABLE.planB), { planB: copyOf(TABLE.state) }));
  click("clear-b", () => become(copyOf(TABLE.state), { planB: null, found: TABLE.found }));
  click("reset-settings", () => become({ units: { ...TABLE.state.units }, settings: {} }));
  click("save", save);
  click("print", () => window.print());
  at("load").addEventListener("change", load);
  at("colours")?.addEventListener("change", () => {
    TABLE.colours = at("colours").value;
    showMap(TABLE.shown, TABLE.other, TABLE.colours);
  });
  at("places-part").addEventListener("toggle", () => at("places-part").open && showPlaces(data, TABLE.shown, TABLE.other));
  for (const button of document.querySelectorAll("[data-copy]")) button.addEventListener("click", () => copied(button.dataset.copy, button));
  if (!data.result) window.addEventListener("hashchange", fromHash);
  window.addEventListener("resize", () => fitted() && showMap(TABLE.shown, TABLE.other, TABLE.colours));
  document.addEventListener("keydown", shortcut);
}

function shortcut(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const key = event.key.toLowerCase();
  const does = key === "y" || (key === "z" && event.shiftKey) ? redo : key === "z" ? undo : null;
  if (!does) return;
  event.preventDefault();
  does();
}

/** What tests and other scripts may ask: the engine's own answers, and what is on the table. */
function expose() {
  window.capacityTable = Object.freeze({
    evaluate: (units, settings = {}) => engine.evaluate(units, settings),
    optimise: (settings = {}, wish = {}) => engine.optimise(settings, wish),
    state: () => ({ ...copyOf(TABLE.state), plan_b: copyOf(TABLE.planB) }),
    toggle,
  });
}

/** What the page holds, deflated so that it can be sent by mail. */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** In the place of an engine: a plan that the library made, and no other. */
function stillEngine(result) {
  const refuse = () => { throw new Error(at("still").textContent); };
  const evaluate = (units) => (units === data.units ? { ...result, figures: [] } : refuse());
  return { evaluate, optimise: refuse, optimising: refuse };
}

async function start() {
  data = await unpacked(at("data").textContent);
  engine = data.result ? stillEngine(data.result) : capacityEngine.createEngine(data);
  speak(data.catalogue, data.locale);
  data.place_names = Object.fromEntries([data.regions, data.points, data.sites].flatMap(({ ids, names }) => ids.map((id, k) => [id, names[k]])));
  startMap(data, { toggle, beds: changeBeds });
  startList();
  startSettings();
  startControls();
  expose();
  fitted();
  TABLE.state = { units: data.result ? data.units : decided(data.units, {}), settings: {} };
  TABLE.found = data.known ?? null;
  show();
  if (!data.result) fromHash();
  document.documentElement.classList.add("js");
}

// A page that cannot begin says so: nothing on it would be true.
start().catch((error) => {
  at("not-begun").hidden = false;
  tell(at("not-begun-why"), error.message);
  document.querySelector("main").hidden = true;
});
