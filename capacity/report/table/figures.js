// The tables and numbers of a plan (capacity/plan/figures.py), and what it breaks.
/** @import { Broken, Plan, Problem, Region, Result, Second, Unit, Units } from "./types.js" */
import { SUMS } from "./tolerances.js";
import { countedStays } from "./admitted.js";
import { annuity, buildingAnnuity, buildingCost, startupLoss, yearlyCost, yearlyIncome } from "./finance.js";
import { expected, objectivesOf, signOf } from "./objectives.js";
import { useOfUnit } from "./promise.js";
import { broken } from "./rules.js";
import { sum } from "./problem.js";

const MOST_WOMEN = 0.8;

/**
 * Every instance of a rule that a plan breaks, rule by rule in the order planners read them.
 * @param {Problem} p @param {Plan} plan
 */
export function brokenBy(p, plan) {
  /** @type {Broken[]} */
  const found = [];
  broken(p, plan, (rule, amount, kind, at, last) => {
    const key = kind ? [p.data[kind].ids[at]] : [];
    if (last !== undefined) key.push(last);
    found.push({ rule: rule.name, key, amount, unit: p.data.rule_units[rule.name] });
  });
  return found;
}

/** Objectives by name, as people read them. @param {Problem} p @param {Plan} plan */
export function objectivesOfPlan(p, plan) {
  return Object.fromEntries(objectivesOf(p).map((name) => [name, signOf(name) * expected(p, plan, name)]));
}

/**
 * One row a unit, in the order of their ids.
 * @param {Problem} p @param {Plan} plan @param {Units} units
 * @returns {Unit[]}
 */
export function unitTable(p, plan, units) {
  const { sites, regions } = p.data;
  return p.order.filter((j) => plan.open[j]).map((j) => {
    const [beds, stays] = [plan.beds[j], plan.stays[j]];
    const paid = countedStays(p, beds, stays);
    return {
      site_id: sites.ids[j],
      name: sites.names[j],
      region: regions.ids[p.siteRegion[j]],
      beds,
      stays,
      ...useOfUnit(p.promise, p.data.doubt, beds, stays, p.days),
      income_dkk: yearlyIncome(p.money, paid, p.days),
      cost_dkk: yearlyCost(p.money, beds, paid, p.days),
      building_dkk: buildingCost(p.money, beds),
      startup_loss_dkk: startupLoss(p.money, beds, paid, p.days),
      to_ambulatory_minutes: sites.ambulatory_minutes[j],
      ambulatory: sites.ambulatory[j],
      given: Boolean(units[sites.ids[j]]),
      least_beds: plan.smallest[j],
    };
  });
}

/**
 * Smallest value that at least a share of the weight does not exceed; pairs of value and weight.
 * @param {[number, number][]} pairs @param {number} share
 */
function weightedQuantile(pairs, share) {
  const ordered = [...pairs].sort((a, b) => a[0] - b[0]);
  const total = sum(ordered.map(([, weight]) => weight));
  let reached = 0;
  for (const [value, weight] of ordered) {
    reached += weight;
    if (reached / total >= share - SUMS) return value;
  }
  return ordered[ordered.length - 1][0];
}

/** One row a region. @param {Problem} p @param {Plan} plan @returns {Region[]} */
export function regionTable(p, plan) {
  const access = p.rules.find((rule) => rule.name === "region_access");
  /** @type {[number, number][][]} */
  const ways = p.data.regions.ids.map(() => []);
  const women = new Float64Array(p.regionCount);
  for (let i = 0; i < p.n; i++) {
    const [r, j] = [p.pointRegion[i], plan.site[i]];
    women[r] += p.women[i];
    if (j >= 0 && p.women[i] > 0) ways[r].push([p.minutes[j * p.n + i], p.women[i]]);
  }
  return p.data.regions.ids.map((region, r) => {
    const here = plan.list.filter((j) => p.siteRegion[j] === r);
    return {
      region,
      name: p.data.regions.names[r],
      women: women[r],
      ...waysOf(ways[r]),
      units: here.length,
      beds: sum(here.map((j) => plan.beds[j])),
      ...(access ? { share_within: shareWithin(ways[r], access.minutes) } : {}),
    };
  });
}

/** @param {[number, number][]} pairs */
function waysOf(pairs) {
  if (!pairs.length) return { mean_minutes: null, minutes_80: null, longest_minutes: null };
  return {
    mean_minutes: sum(pairs.map(([way, women]) => way * women)) / sum(pairs.map(([, women]) => women)),
    minutes_80: weightedQuantile(pairs, MOST_WOMEN),
    longest_minutes: Math.max(...pairs.map(([way]) => way)),
  };
}

/** @param {[number, number][]} pairs @param {number} minutes */
function shareWithin(pairs, minutes) {
  if (!pairs.length) return null;
  const within = sum(pairs.map(([way, women]) => (way <= minutes ? women : 0)));
  return within / sum(pairs.map(([, women]) => women));
}

/** Where each point goes, and how far. @param {Problem} p @param {Plan} plan @returns {Result["municipalities"]} */
export function municipalities(p, plan) {
  return p.data.points.ids.map((id, i) => {
    const j = plan.site[i];
    const served = j >= 0;
    return { id, site_id: served ? p.data.sites.ids[j] : null, minutes: served ? p.minutes[j * p.n + i] : null,
      women: p.women[i] };
  });
}

/**
 * The money of all units together, and of the second stage where there is one.
 * @param {Problem} p @param {Unit[]} rows @param {Second|null} [second]
 * @returns {Result["money"]}
 */
export function moneyOf(p, rows, second = null) {
  /** @param {"income_dkk"|"cost_dkk"|"building_dkk"|"startup_loss_dkk"} name */
  const of = (name) => sum(rows.map((row) => row[name])) + (second ? second[name === "cost_dkk" ? "running_dkk" : name] : 0);
  const later = second ? second.building_dkk * annuity(p.money) : 0;
  const annuities = sum(rows.map((row) => buildingAnnuity(p.money, row.beds))) + later;
  return {
    income_dkk: of("income_dkk"),
    cost_dkk: of("cost_dkk"),
    result_dkk: of("income_dkk") - of("cost_dkk"),
    building_dkk: of("building_dkk"),
    building_annuity_dkk: annuities,
    full_cost_dkk: of("cost_dkk") + annuities,
    startup_loss_dkk: of("startup_loss_dkk"),
  };
}

/**
 * The plan's numbers in one figure each.
 * @param {Problem} p @param {Plan} plan @param {Object<string, number>} objectives
 */
export function numbersOf(p, plan, objectives) {
  let [served, minutes, longest] = [0, 0, 0];
  for (let i = 0; i < p.n; i++) {
    const j = plan.site[i];
    if (j < 0 || !(p.women[i] > 0)) continue;
    const way = p.minutes[j * p.n + i];
    served += p.women[i];
    minutes += p.women[i] * way;
    longest = Math.max(longest, way);
  }
  return {
    mean_minutes: served > 0 ? minutes / served : null,
    longest_minutes: longest,
    family_hours_per_year: objectives.travel,
    women_per_year: p.total,
    served_share: served / p.total,
    beds: sum(plan.list.map((j) => plan.beds[j])),
  };
}
