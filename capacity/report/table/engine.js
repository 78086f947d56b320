// What a planner's units come to, worked out as the library does: `createEngine(data)` (see types.js).
// Modules of this folder become one plain script in `source.py`; none of them needs a page.
/** @import { Asked, Data, Engine, Figure, Held, Problem, Result, Settings, Standing, Stood, Units, Wish } from "./types.js" */
import { secondStage } from "./aftercare.js";
import { spaceOf } from "./bounds.js";
import { brokenBy, moneyOf, municipalities, numbersOf, objectivesOfPlan, regionTable, unitTable } from "./figures.js";
import { OBJECTIVES, objectivesOf } from "./objectives.js";
import { nearestPlan } from "./plans.js";
import { problemOf, sum } from "./problem.js";
import { nameOf, searching } from "./search.js";
import { changed, mostBeds, off, SettingError } from "./settings.js";
import { AGREE } from "./tolerances.js";

const GIVEN = "The units were given, not searched for: the plan tells what they come to.";
const FORMAT = 1;
const MOST_BEDS = 10_000;
const REMEMBERED = 16;
const AT_ONCE = 500;
const SLICE = 20;
const TOLD_EVERY = 100;

/**
 * @param {import("./types.js").Data} data what `table_data` gave
 * @returns {import("./types.js").Engine}
 */
export function createEngine(data) {
  if (data.format !== FORMAT) throw new RangeError(`these data are of another version: ${data.format}, not ${FORMAT}`);
  /** @type {Map<string, Held>} */
  const known = new Map();
  let proven = false;
  /** @param {Settings} settings */
  const problems = (settings) => {
    if (!proven) checkProof(data);
    proven = true;
    const key = JSON.stringify(settings);
    const held = known.get(key) || { problem: problemOf(changed(data, settings)), standing: null };
    if (!known.has(key) && known.size >= REMEMBERED) known.delete([...known.keys()][0]);
    known.set(key, held);
    return held;
  };
  /** @type {Engine["evaluate"]} */
  const evaluate = (units, settings = {}, objective = "travel", figures = true) => {
    const held = problems(settings);
    const result = resultOf(held.problem, checkedUnits(data, units), objective);
    if (!figures) return { ...result, figures: [] };
    held.standing = held.standing || data.figures.map((figure) => standingProblem(data, settings, figure));
    return { ...result, figures: held.standing.map((one) => standingOf(one, units)) };
  };
  /** @param {Settings} settings @param {Wish} wish */
  const begin = (settings, wish) => {
    problems(settings);
    return beginSearch(data, settings, wish);
  };
  /** @param {Asked} search @param {Settings} settings */
  const end = (search, settings) => resultOfSearch(search, (units) => evaluate(units, settings, search.objective));
  /** @type {Engine["optimise"]} */
  const optimise = (settings = {}, wish = {}) => {
    const search = begin(settings, wish);
    while (search.part(TOLD_EVERY)) { /* the whole of it */ }
    return end(search, settings);
  };
  /** @type {Engine["optimising"]} */
  const optimising = async (settings = {}, wish = {}) => {
    const search = begin(settings, wish);
    while (search.part(SLICE)) await new Promise((resolve) => { setTimeout(resolve, 0); });
    return end(search, settings);
  };
  const space = (settings = {}, wish = {}) => spaceTold(wishedProblem(data, settings, wish));
  return { evaluate, optimise, optimising, nextBest: optimise, space };
}

/**
 * The library's own numbers of one set came with the data: an engine that has others would leave something out.
 * @param {Data} data
 */
function checkProof(data) {
  const { units, numbers } = data.proof;
  const result = resultOf(problemOf(changed(data, {})), units, "travel");
  /** @type {Object<string, number>} */
  const mine = { ...result.objectives, beds: result.beds, women_per_year: result.women_per_year };
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Math.abs(mine[name] - value) <= AGREE * Math.max(1, Math.abs(value)))) {
      const said = `the library works this case out otherwise: ${name} ${value}, and here ${mine[name]}`;
      throw Object.assign(new RangeError(said), { must: "as-library", key: name, value: mine[name], values: { value } });
    }
  }
}

/**
 * Units as they are given: known sites, and whole numbers of beds.
 * @param {Data} data @param {Units} units
 */
function checkedUnits(data, units) {
  const most = mostBeds(data, MOST_BEDS);
  for (const [id, beds] of Object.entries(units)) {
    if (!data.sites.ids.includes(id)) throw new SettingError(id, beds, "site");
    if (!Number.isInteger(beds) || beds < 0 || beds > most) {
      throw new SettingError(id, beds, "beds", { most });
    }
  }
  return units;
}

/** @param {Problem} p @param {string} objective */
function checkedObjective(p, objective) {
  if (!objectivesOf(p).includes(objective)) throw new SettingError("objective", objective, "one-of", { choices: OBJECTIVES.join(", ") });
  return objective;
}

/**
 * A plan's numbers and tables.
 * @param {Problem} p @param {Units} units @param {string} objective
 * @returns {Result}
 */
function resultOf(p, units, objective) {
  checkedObjective(p, objective);
  const plan = nearestPlan(p, units);
  const objectives = objectivesOfPlan(p, plan);
  const [rows, second] = [unitTable(p, plan, units), secondStage(p, plan)];
  return {
    status: "given",
    objective_name: objective,
    objective: objectives[objective],
    objectives,
    ...numbersOf(p, plan, objectives),
    broken: brokenBy(p, plan),
    units: rows,
    regions: regionTable(p, plan),
    municipalities: municipalities(p, plan),
    money: moneyOf(p, rows, second),
    aftercare: second,
    known: GIVEN,
    sets: 1,
    valued: 1,
    given: { ...units },
    figures: [],
  };
}

// --- how a set stands in the documented figures ---------------------------------------------------

/** @param {Data} data @param {Settings} settings @param {Figure} figure @returns {Stood} */
function standingProblem(data, settings, figure) {
  if (figure.refused) return { figure, refused: figure.refused };
  try {
    const patched = changed(data, settings, figure.patch);
    return { figure, problem: problemOf(changed(patched, figure.settings)) };
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    return { figure, refused: error.message, fault: error };
  }
}

/**
 * @param {Stood} stood @param {Units} units
 * @returns {Standing}
 */
function standingOf({ figure, problem, refused, fault }, units) {
  const said = { id: figure.id, label: figure.label };
  if (!problem) return { ...said, women_per_year: NaN, kept: false, broken: [], beds: 0, refused, fault };
  const plan = nearestPlan(problem, units);
  const broken = brokenBy(problem, plan);
  return { ...said, women_per_year: problem.total, kept: !broken.length, broken, beds: sum(plan.beds) };
}

// --- the best set ---------------------------------------------------------------------------------

/**
 * The problem with units that stay, and sites that stay closed, beside those of its rules.
 * @param {Data} data @param {Settings} settings @param {Wish} wish
 */
function wishedProblem(data, settings, wish) {
  const after = changed(data, settings);
  for (const [rule, wished] of Object.entries({ keep: wish.keep ?? [], forbid: wish.forbid ?? [] })) {
    const said = off(after.rules[rule]) ? [] : after.rules[rule];
    if (wished.length) after.rules[rule] = [...new Set([...said, ...wished])];
  }
  return problemOf(after);
}

/** @param {Problem} p */
function spaceTold(p) {
  const { kept, free, fewest, most, sets } = spaceOf(p);
  /** @param {number[]} sites */
  const ids = (sites) => sites.map((j) => p.data.sites.ids[j]);
  return { sets, kept: ids(kept), free: ids(free), fewest, most };
}

/**
 * A search with how it is told of and stopped: part(ms) goes on for so long, and says whether there is more.
 * @param {Data} data @param {Settings} settings @param {Wish} wish
 * @returns {Asked}
 */
function beginSearch(data, settings, wish) {
  const p = wishedProblem(data, settings, wish);
  const objective = checkedObjective(p, wish.objective || "travel");
  const shown = new Set((wish.after || []).map((ids) => nameOf(p, ids.map((id) => data.sites.ids.indexOf(id)))));
  const search = searching(p, objective, shown);
  /** @type {Asked} */
  const state = { p, objective, search, stopped: false, shown: shown.size, part };
  let told = Date.now();
  /** @param {number} milliseconds */
  function part(milliseconds) {
    const end = Date.now() + milliseconds;
    while (search.run(AT_ONCE) && Date.now() < end) { /* a part */ }
    if (search.over) return false;
    state.stopped = Boolean(wish.shouldStop && wish.shouldStop());
    if (wish.onProgress && Date.now() - told >= TOLD_EVERY - SLICE) {
      told = Date.now();
      wish.onProgress(progressOf(state));
    }
    return !state.stopped;
  }
  return state;
}

/** @param {Asked} asked */
function progressOf({ p, search }) {
  const best = search.best();
  return {
    valued: search.valued + search.leftOut,
    sets: search.space.sets,
    best: best ? search.lowest : null,
    site_ids: best ? best.map((j) => p.data.sites.ids[j]).sort() : null,
  };
}

/** @param {Asked} state @param {(units: Units) => Result} evaluate @returns {Result} */
function resultOfSearch(state, evaluate) {
  const { p, search } = state;
  const best = search.best();
  const units = best ? Object.fromEntries(p.order.filter((j) => best.includes(j)).map((j) => [p.data.sites.ids[j], 0])) : {};
  const status = state.stopped ? "stopped" : best ? "optimal" : "infeasible";
  const said = evaluate(units);
  return { ...said, objective: best ? said.objective : null, status, known: knownBy(state), sets: search.space.sets, valued: search.valued };
}

/** How it is known, in a sentence. @param {Asked} asked */
function knownBy({ search, stopped, shown }) {
  /** @param {number} count */
  const said = (count) => count.toLocaleString("en-GB");
  const { sets } = search.space;
  const others = shown ? " Sets already shown are left aside." : "";
  if (stopped) return `${said(search.valued)} of ${said(sets)} sets of sites were valued before the run was cut short.${others}`;
  if (sets === 0) return "The rules leave no set of sites to value.";
  if (sets === 1) return `Only one set of sites may be opened; it was valued.${others}`;
  if (!search.leftOut) return `All ${said(sets)} sets of sites were valued.${others}`;
  return `Of ${said(sets)} sets of sites ${said(search.valued)} were valued; of the others none keeps the rules and is better.${others}`;
}
