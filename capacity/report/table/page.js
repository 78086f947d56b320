// The planner's table: what is on it, what is done to it, and what is shown of it.
/** @import { Before, Engine, Found, PageData, Progress, Result, Settings, Table, TableState, Units } from "./types.js" */

import { at, make, tell } from "./dom.js";
import { showSettings, startSettings } from "./inputs.js";
import { fitted, NOTHING, showMap, startMap } from "./map.js";
import { caseOf, commands, copyOf, differences, fromAddress, fromFile, misfit, same, toAddress, toFile, withBeds, withSetting } from "./state.js";
import { knownSaid, refusalSaid, showAgainst, showBroken, showFigures, showHeadline, showMoney, showPlaces, showRegions, showUnits, showVerdict } from "./views.js";
import { number, say, speak } from "./words.js";

const LATER = 150;
const MOST_UNDONE = 200;

/** @type {PageData} */
let data;
/** @type {Pick<Engine, "evaluate"|"optimise"|"optimising">} */
let engine;

/** @type {Table} */
const TABLE = { state: { units: {}, settings: {} }, planB: null, found: null, back: [], forth: [], colours: "minutes", stop: false, busy: false, seen: { of: "", sets: [] }, shown: NOTHING, other: null };

// --- doing and undoing -------------------------------------------------------------------------

/**
 * Put a new state on the table; what was there can be had back.
 * @param {TableState} state @param {{planB?: TableState|null, found?: Found|null}} [beside]
 */
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

/** @param {Before[]} from @param {Before[]} to */
function step(from, to) {
  if (!from.length || TABLE.busy) return;
  to.push({ state: TABLE.state, planB: TABLE.planB, found: TABLE.found });
  Object.assign(TABLE, from.pop());
  show();
}

/** @param {string} site */
function toggle(site) {
  if (TABLE.busy || data.result) return;
  become(withBeds(TABLE.state, site, site in TABLE.state.units ? null : 0));
}

/**
 * One bed more or fewer than the unit has now; opens what is closed.
 * @param {string} site @param {number} by
 */
function changeBeds(site, by) {
  if (TABLE.busy || data.result) return;
  if (!(site in TABLE.state.units)) return void (by > 0 && toggle(site));
  const unit = TABLE.shown.units.find((one) => one.site_id === site);
  become(withBeds(TABLE.state, site, Math.max(0, (unit ? unit.beds : 0) + by)));
}

/** @param {string} key @param {*} value */
function set(key, value) {
  become(withSetting(TABLE.state, key, value, settingOf(key)?.value));
}

/** @param {string} key */
function settingOf(key) {
  return data.settings.find((one) => one.key === key);
}

// --- showing -----------------------------------------------------------------------------------

/** @param {TableState} state */
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
  showSettings(TABLE.state.settings);
  showControls();
  showCommands();
  clearTimeout(TABLE.later);
  TABLE.later = setTimeout(toHash, LATER);
  return "";
}

/** A setting's value on the table. @param {string} key */
function valueOf(key) {
  return key in TABLE.state.settings ? TABLE.state.settings[key] : settingOf(key)?.value;
}

/** The rule of access as the settings have it, or null where it is off. @param {TableState} state */
function accessOf(state) {
  const whole = "rules.region_access";
  const rule = whole in state.settings ? state.settings[whole] : data.rules.region_access;
  if (!rule) return null;
  /** @param {string} name */
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

/** @param {boolean} beside */
function showColours(beside) {
  if (!at("colours")) return;
  at("colours").querySelector("[value=change]").disabled = !beside;
  if (!beside && TABLE.colours === "change") TABLE.colours = "minutes";
  at("colours").value = TABLE.colours;
}

// --- the list of sites -------------------------------------------------------------------------

/** @type {Map<string, {box: HTMLInputElement, beds: HTMLInputElement, sizes: HTMLElement}>} */
const LIST = new Map();

function startList() {
  const groups = data.regions.names.map((name, k) => ({ name, sites: data.sites.ids.map((_, j) => j).filter((j) => data.sites.region[j] === k) }));
  at("list").append(...groups.filter(({ sites }) => sites.length).map(({ name, sites }) => make("fieldset", {}, make("legend", {}, name), ...sites.map(listed))));
}

/** @param {number} k */
function listed(k) {
  const [id, name] = [data.sites.ids[k], data.short[k]];
  const box = make("input", { type: "checkbox", id: `site-${k}`, change: () => toggle(id) });
  const beds = make("input", {
    type: "number", min: 0, step: 1, inputmode: "numeric", "aria-label": say("table-beds-at", { name }), title: say("table-beds-hint"),
    change: () => typedBeds(id, beds),
  });
  /** @param {string} sign @param {number} by @param {string} phrase */
  const button = (sign, by, phrase) => make("button", { type: "button", "aria-label": say(phrase, { name }), click: () => changeBeds(id, by) }, sign);
  const sizes = make("span", { class: "sizes" }, button("−", -1, "table-fewer"), beds, button("+", 1, "table-more"));
  const label = make("label", { for: `site-${k}`, title: data.sites.names[k] }, name, data.ambulatories[k] ? make("span", { class: "soft", title: say("map-ambulatory") }, " ◆") : null);
  LIST.set(id, { box, beds, sizes });
  return make("div", { class: "site-row" }, box, label, sizes);
}

/** @param {string} id @param {HTMLInputElement} input */
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
    beds.value = unit.given ? String(unit.beds) : "";
    beds.placeholder = String(unit.beds);
  }
}

// --- searching ---------------------------------------------------------------------------------

/** @param {boolean} next @param {boolean} keep */
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

/** @param {Progress} progress */
function progress({ valued, sets }) {
  at("progress-bar").max = sets;
  at("progress-bar").value = valued;
  tell(at("progress-said"), say("table-progress", { valued: number(valued), sets: number(sets) }));
}

/** @param {Result} result @param {boolean} next @param {boolean} kept */
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

/**
 * Units whose beds the promise would decide the same way are left to the promise.
 * @param {Units} units @param {Settings} settings
 */
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

/**
 * Put a state that was read on the table, where it fits the case.
 * @param {{state: TableState, planB: TableState|null}} said
 */
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
  const names = new Map([...data.settings, ...data.read_only].map((one) => [one.key, one.name]));
  fault(
    say("table-other-case", { theirs: read.of.fingerprint.slice(0, 16), ours: data.fingerprint.slice(0, 16) }),
    apart.length ? apart.map(([what, there, here]) => say("table-differs", { what: names.get(what) ?? what, there: JSON.stringify(there ?? null), here: JSON.stringify(here ?? null) })) : [say("table-differs-tables")],
  );
}

/**
 * A fault that is told, with what differs; "" takes it away.
 * @param {string} text @param {string[]} [more]
 */
function fault(text, more = []) {
  at("fault").replaceChildren(...(text ? [make("p", {}, text), ...(more.length ? [make("ul", {}, ...more.map((one) => make("li", {}, one)))] : [])] : []));
}

function showCommands() {
  const lines = commands(TABLE.state, data.asked);
  for (const [name, line] of Object.entries(lines)) tell(at(`command-${name}`), line);
  at("command-evaluate-part").hidden = Object.keys(TABLE.state.units).length === 0;
}

/** @param {string} id @param {HTMLElement} button */
async function copied(id, button) {
  const from = at(id);
  try {
    await navigator.clipboard.writeText(from.value ?? from.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(from);
    if (from.select) from.select();
    else getSelection()?.setBaseAndExtent(range.startContainer, range.startOffset, range.endContainer, range.endOffset);
  }
  tell(at("told"), say("table-copied"));
  button.focus();
}

// --- beginning ---------------------------------------------------------------------------------

function startControls() {
  /** @param {string} id @param {() => void} does */
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
  /** @type {NodeListOf<HTMLElement>} */
  const copying = document.querySelectorAll("[data-copy]");
  for (const button of copying) button.addEventListener("click", () => copied(button.dataset.copy ?? "", button));
  if (!data.result) window.addEventListener("hashchange", fromHash);
  window.addEventListener("resize", () => fitted() && showMap(TABLE.shown, TABLE.other, TABLE.colours));
  document.addEventListener("keydown", shortcut);
}

/** @param {*} event */
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
  /** @type {Pick<Engine, "evaluate"|"optimise">} */
  const asked = {
    evaluate: (units, settings = {}) => engine.evaluate(units, settings),
    optimise: (settings = {}, wish = {}) => engine.optimise(settings, wish),
  };
  const state = () => ({ ...copyOf(TABLE.state), plan_b: copyOf(TABLE.planB) });
  window.capacityTable = Object.freeze({ ...asked, state, toggle });
}

/** What the page holds, deflated so that it can be sent by mail. @param {string} text */
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

/** In the place of an engine: a plan that the library made, and no other. @param {Result} result */
function stillEngine(result) {
  const refuse = () => { throw new Error(at("still").textContent); };
  /** @type {Engine["evaluate"]} */
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
  startSettings(data, set);
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
  at("main").hidden = true;
});
