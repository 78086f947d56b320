// What a plan comes to, as tables and sentences.
/** @import { Broken, Found, Measure, PageData, Result, TableState, Units } from "./types.js" */

import { at, make, table, tell } from "./dom.js";
import { canSay, isNumber, number, percent, plain, say, signed } from "./words.js";

const MILLION = 1e6;

/**
 * Measures of a plan, in the order they are told: name, value, decimals, and whether less is better.
 * @param {PageData} data
 * @returns {Measure[]}
 */
function measures(data) {
  const access = data.access;
  return [
    { said: say("key-units"), of: (r) => r.units.length },
    { said: say("key-beds"), of: (r) => r.beds },
    ...(data.aftercare ? [{ said: say("table-after-beds"), of: afterBedsOf }] : []),
    { said: say("key-mean"), of: (r) => r.mean_minutes, decimals: 1 },
    { said: say("table-longest"), of: (r) => r.longest_minutes },
    ...(access ? [{ said: say("table-within", { minutes: plain(access.minutes) }), of: withinOf, share: true }] : []),
    { said: say("table-hours"), of: (r) => r.family_hours_per_year },
    { said: say("table-cost"), of: (r) => r.money.full_cost_dkk / MILLION, decimals: 1 },
    { said: say("table-result"), of: (r) => r.money.result_dkk / MILLION, decimals: 1 },
  ];
}

/** @param {Result} result */
function afterBedsOf(result) {
  return result.aftercare ? result.aftercare.beds : null;
}

/** @param {Result} result */
function withinOf(result) {
  const told = result.regions.filter((region) => isNumber(region.share_within));
  const women = told.reduce((sum, region) => sum + region.women, 0);
  return women ? told.reduce((sum, region) => sum + region.women * (region.share_within ?? 0), 0) / women : null;
}

/** @param {Measure} measure @param {*} value */
function measured(measure, value) {
  return measure.share ? percent(value) : number(value, measure.decimals ?? 0);
}

/** @param {Measure} measure @param {*} now @param {*} was */
function changed(measure, now, was) {
  if (!isNumber(now) || !isNumber(was)) return "";
  return measure.share ? signed(100 * (now - was)) : signed(now - was, measure.decimals ?? 0);
}

/**
 * Headline figures, with what changes from plan B.
 * @param {PageData} data @param {Result} result @param {Result|null} other
 */
export function showHeadline(data, result, other) {
  at("headline").replaceChildren(
    ...measures(data).map((measure) => {
      const [now, was] = [measure.of(result), other ? measure.of(other) : null];
      const beside = other ? make("span", { class: "beside" }, say("table-b-was", { value: measured(measure, was), change: changed(measure, now, was) || "–" })) : null;
      return make("li", {}, make("b", {}, measured(measure, now)), measure.said, beside);
    }),
  );
}

/** One sentence on what is open, and whether the rules hold. @param {Result} result */
export function showVerdict(result) {
  const open = say("map-title", { count: result.units.length, beds: result.beds });
  const kept = result.broken.length === 0;
  const rules = new Set(result.broken.map((one) => one.rule)).size;
  const said = result.units.length === 0 ? say("table-none-open") : kept ? say("table-kept", { open }) : say("table-broken", { open, count: rules });
  at("verdict").className = kept ? "kept" : "lost";
  tell(at("verdict"), said);
}

/**
 * Every rule that does not hold: what it asks, where it is broken, by how much.
 * @param {PageData} data @param {Result} result
 */
export function showBroken(data, result) {
  const byRule = grouped(result.broken);
  at("broken").replaceChildren(
    ...[...byRule].map(([rule, found]) =>
      make(
        "li", {},
        make("b", {}, ruleName(data, rule)),
        make("span", { class: "soft" }, data.rule_words[rule]?.sentence ?? ""),
        make("ul", {}, ...found.map((one) => make("li", {}, brokenSaid(data, one)))),
      ),
    ),
  );
  at("broken-part").hidden = result.broken.length === 0;
}

/** @param {Broken[]} found */
function grouped(found) {
  /** @type {Map<string, Broken[]>} */
  const groups = new Map();
  for (const one of found) groups.set(one.rule, [...(groups.get(one.rule) ?? []), one]);
  return groups;
}

/** What a rule is called. @param {PageData} data @param {string} rule */
export function ruleName(data, rule) {
  return data.rule_words[rule]?.name ?? rule;
}

/**
 * Why the engine refuses, in the page's words: of what setting or place, what it is and what it has to be.
 * @param {PageData} data @param {*} error
 */
export function refusalSaid(data, error) {
  const { key, value, must, values, rule: english } = error;
  const name = data.place_names[key] ?? settingName(data, key) ?? (canSay(`table-goal-${key}`) ? say(`table-goal-${key}`) : null);
  const rule = canSay(`table-must-${must}`) ? say(`table-must-${must}`, values) : english;
  if (!rule) return error.message;
  return say("table-refused", { what: name ? `${key} (${name})` : key, value: typeof value === "number" ? plain(value) : JSON.stringify(value), rule });
}

/**
 * What a setting is called; a part of a rule's table by the part, too.
 * @param {PageData} data @param {string} key
 */
export function settingName(data, key) {
  const [section, name, part] = key.split(".");
  const found = [...data.settings, ...data.read_only].find((one) => one.key === key || one.key === `${section}.${name}`);
  return found && part ? `${found.name}: ${canSay("table-part-" + part) ? say("table-part-" + part) : part}` : found?.name;
}

/**
 * One broken instance in words: where, by how much, in the rule's unit.
 * @param {PageData} data @param {Broken} one
 */
export function brokenSaid(data, one) {
  const where = one.key.filter((id) => id !== data.scenario).map((id) => data.place_names[id] ?? id).join(", ");
  const unit = data.unit_words[one.unit] ?? one.unit;
  const amount = Math.abs(one.amount) >= 1000 ? number(one.amount) : Math.abs(one.amount) >= 0.1 ? number(one.amount, 1) : plain(Number(one.amount.toPrecision(2)));
  return where ? say("table-broken-at", { where, amount, unit }) : say("table-broken-whole", { amount, unit });
}

/** Units: beds, stays, how full. @param {PageData} data @param {Result} result */
export function showUnits(data, result) {
  const heads = [["unit"], ["beds", 1], ["stays", 1], ["occupancy", 1], ["turned-away", 1], ["to-ambulatory", 1]].map(headOf);
  const rows = result.units.map((unit) => [
    shortOf(data, unit.site_id), `${number(unit.beds)}${unit.given ? "*" : ""}`, number(unit.stays, 1),
    percent(unit.occupancy), { text: percent(unit.turned_away, 1), tone: unit.beds < unit.least_beds ? "bad" : null }, number(unit.to_ambulatory_minutes),
  ]);
  const stays = result.units.reduce((sum, unit) => sum + unit.stays, 0);
  put("units", table(say("units"), heads, rows, [say("total"), number(result.beds), number(stays, 1), "", "", ""]));
  at("units-note").hidden = !result.units.some((unit) => unit.given);
}

/** @param {*[]} pair */
function headOf([phrase, isOfNumbers]) {
  return { text: say(phrase), number: Boolean(isOfNumbers) };
}

/** @param {string} id @param {HTMLElement} element */
function put(id, element) {
  // A keyboard that stands in a table stays there when the table is made anew.
  const focused = at(id).contains(document.activeElement);
  at(id).replaceChildren(element);
  if (focused) element.focus();
}

/**
 * Regions: who lives there, how far they travel; beside plan B, what changes.
 * @param {PageData} data @param {Result} result @param {Result|null} other
 */
export function showRegions(data, result, other) {
  const access = data.access;
  const heads = [["region"], ["women", 1], ["mean", 1], ...(other ? [["table-change", 1]] : []), ["minutes-80", 1], ["longest", 1]].map(headOf);
  if (access) heads.push({ text: say("share-within", { minutes: plain(access.minutes) }), number: true });
  heads.push(...[["units", 1], ["beds", 1]].map(headOf));
  const was = new Map((other ? other.regions : []).map((region) => [region.region, region]));
  const rows = result.regions.map((region) => [
    region.name, number(region.women, 1), number(region.mean_minutes),
    ...(other ? [difference(region.mean_minutes, was.get(region.region)?.mean_minutes)] : []),
    number(region.minutes_80), number(region.longest_minutes),
    ...(access ? [{ text: percent(region.share_within), tone: (region.share_within ?? 1) < access.share ? "bad" : null }] : []),
    number(region.units), number(region.beds),
  ]);
  const foot = [say("country"), number(result.women_per_year, 1), number(result.mean_minutes), ...(other ? [difference(result.mean_minutes, other.mean_minutes)] : []), "", number(result.longest_minutes), ...(access ? [percent(withinOf(result))] : []), number(result.units.length), number(result.beds)];
  put("regions", table(say("regions"), heads, rows, foot));
}

/** @param {*} now @param {*} was */
function difference(now, was) {
  return isNumber(now) && isNumber(was) ? signed(now - was, 1) : "–";
}

/** The part of a site's name that says where. @param {PageData} data @param {string|null} site */
export function shortOf(data, site) {
  return site === null ? "–" : data.short[data.sites.ids.indexOf(site)];
}

/**
 * Income, cost and building of each unit and of aftercare, in millions.
 * @param {PageData} data @param {Result} result
 */
export function showMoney(data, result) {
  const columns = ["income_dkk", "cost_dkk", null, "building_dkk", "startup_loss_dkk"];
  const heads = [["unit"], ["income", 1], ["cost", 1], ["result", 1], ["building", 1], ["startup", 1]].map(headOf);
  /** @param {*} of */
  const cells = (of) => columns.map((column) => {
    const value = column ? of[column] : of.income_dkk - of.cost_dkk;
    return { text: number(value / MILLION, 1), tone: column || value >= 0 ? null : "bad" };
  });
  const rows = result.units.map((unit) => [shortOf(data, unit.site_id), ...cells(unit)]);
  const second = result.aftercare;
  if (second) rows.push([say("aftercare"), ...cells({ ...second, cost_dkk: second.running_dkk })]);
  put("money", table(say("money"), heads, rows, [say("total"), ...cells(result.money)]));
}

/**
 * How the set stands in each figure of the documents.
 * @param {PageData} data @param {Result} result
 */
export function showFigures(data, result) {
  at("figures-part").hidden = result.figures.length === 0;
  if (!result.figures.length) return;
  const heads = [["scenario"], ["women", 1], ["table-stands"], ["table-beds-there", 1]].map(headOf);
  const rows = result.figures.map((one) => [
    one.label, plain(one.women_per_year),
    one.fault ? refusalSaid(data, one.fault) : one.refused ? one.refused : one.kept ? { text: `✓ ${say("table-holds")}`, tone: "good" } : { text: `✗ ${[...new Set(one.broken.map((b) => ruleName(data, b.rule)))].join("; ")}`, tone: "bad" },
    number(one.beds),
  ]);
  put("figures", table(say("table-figures"), heads, rows));
  tell(at("figures-said"), say("table-figures-said", { kept: result.figures.filter((one) => one.kept).length, all: result.figures.length }));
}

/**
 * Every demand point: its unit and the minutes there.
 * @param {PageData} data @param {Result} result @param {Result|null} other
 */
export function showPlaces(data, result, other) {
  const heads = [["table-place"], ["unit"], ["table-minutes", 1], ...(other ? [["table-change", 1]] : [])].map(headOf);
  const rows = result.municipalities.map((one, i) => [data.points.names[i], shortOf(data, one.site_id), number(one.minutes), ...(other ? [difference(one.minutes, other.municipalities[i].minutes)] : [])]);
  put("places", table(say("table-places"), heads, rows));
}

/**
 * This plan beside plan B: figures, units opened and closed, settings that differ.
 * @param {PageData} data @param {Result} result @param {Result|null} other
 * @param {{state: TableState, planB: TableState|null}} states
 */
export function showAgainst(data, result, other, states) {
  at("against-part").hidden = !other;
  if (!other) return;
  const heads = [{ text: say("table-measure") }, { text: say("table-this"), number: true }, { text: say("table-b"), number: true }, { text: say("table-change"), number: true }];
  const rows = measures(data).map((measure) => {
    const [now, was] = [measure.of(result), measure.of(other)];
    return [measure.said, measured(measure, now), measured(measure, was), changed(measure, now, was)];
  });
  rows.push([say("table-rules-broken"), number(ruleCount(result)), number(ruleCount(other)), signed(ruleCount(result) - ruleCount(other))]);
  put("against", table(say("table-against"), heads, rows));
  at("against-said").replaceChildren(...againstSaid(data, result, other, states).map((text) => make("li", {}, text)));
}

/** @param {Result} result */
function ruleCount(result) {
  return new Set(result.broken.map((one) => one.rule)).size;
}

/**
 * @param {PageData} data @param {Result} result @param {Result} other
 * @param {{state: TableState, planB: TableState|null}} states
 */
function againstSaid(data, result, other, { state, planB }) {
  /** @param {string} site */
  const short = (site) => shortOf(data, site);
  const [now, was] = [result, other].map((one) => new Map(one.units.map((unit) => [unit.site_id, unit.beds])));
  const opened = [...now.keys()].filter((site) => !was.has(site)).map(short);
  const closed = [...was.keys()].filter((site) => !now.has(site)).map(short);
  const resized = [...now.keys()].filter((site) => was.has(site) && was.get(site) !== now.get(site)).map((site) => `${short(site)} ${was.get(site)} → ${now.get(site)}`);
  const moved = result.municipalities.flatMap((one, i) => {
    const was = other.municipalities[i].minutes;
    return one.minutes === null || was === null ? [] : [one.minutes - was];
  });
  /** @param {(change: number) => boolean} test */
  const count = (test) => moved.filter(test).length;
  const there = planB ? planB.settings : {};
  const keys = Object.keys({ ...state.settings, ...there }).filter((key) => JSON.stringify(state.settings[key]) !== JSON.stringify(there[key]));
  const named = new Map(data.settings.map((one) => [one.key, one.name]));
  return [
    ...(opened.length ? [say("table-opened", { units: opened.join(", ") })] : []),
    ...(closed.length ? [say("table-closed", { units: closed.join(", ") })] : []),
    ...(resized.length ? [say("table-resized", { units: resized.join(", ") })] : []),
    say("table-moved", { nearer: count((d) => d < -0.5), farther: count((d) => d > 0.5) }),
    ...(keys.length ? [say("table-set-apart", { settings: keys.map((key) => named.get(key) ?? key).join(", ") })] : []),
  ];
}

/**
 * How the answer is known, in words: a search's, or that the set was chosen by hand.
 * @param {Found|null} found
 */
export function knownSaid(found) {
  if (!found) return say("table-known-given");
  if (found.text) return found.text;
  const sets = number(found.sets);
  if (found.status === "stopped") return say("table-known-stopped", { valued: number(found.valued), sets });
  return say(found.next ? "table-known-next" : "table-known-best", { sets, goal: say(`table-goal-${found.objective_name}`) });
}
