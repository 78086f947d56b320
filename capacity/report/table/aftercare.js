// The second stage of the stays: beds of its own at the unit or in a shared house (capacity/rules/aftercare.py).
/** @import { Plan, Problem, Second } from "./types.js" */
import { TIE } from "./tolerances.js";
import { countedStays } from "./admitted.js";
import { annuity, lostWhileFilling } from "./finance.js";
import { staysByBeds } from "./promise.js";

/**
 * Fewest beds that carry the stays, counted up from none.
 * @param {(beds: number) => number} carried @param {number} stays
 */
function bedsToCarry(carried, stays) {
  let beds = 0;
  while (carried(beds) < stays) beds += 1;
  return beds;
}

/**
 * What so many beds of aftercare carry: its promise is another than the unit's, the doubt about demand the same.
 * @param {Problem} p
 */
function carriedThere(p) {
  const care = p.data.aftercare;
  if (!care) throw new RangeError("there is no aftercare");
  const { kind, held_up: turned_away, wait_days, wait_probability, occupancy } = care;
  const promise = { kind, turned_away, wait_days, wait_probability, occupancy, demand_cv: p.promise.demand_cv };
  p.carriedThere = p.carriedThere ?? staysByBeds(promise, p.data.doubt, care.days, null);
  return p.carriedThere;
}

/**
 * A plan's second stage: its beds, and what it costs; null where there is none.
 * @param {Problem} p @param {Plan} plan
 * @returns {Second|null}
 */
export function secondStage(p, plan) {
  const care = p.data.aftercare;
  if (!care) return null;
  const carried = carriedThere(p);
  const [sent, paid] = [new Float64Array(p.m), new Float64Array(p.m)];
  for (const j of plan.list) {
    sent[care.place[j]] += plan.stays[j];
    paid[care.place[j]] += countedStays(p, plan.beds[j], plan.stays[j]);
  }
  const perStay = care.days * (care.occupied_day_dkk + care.persons * care.person_day_dkk);
  const second = { beds: 0, running_dkk: 0, income_dkk: 0, building_dkk: 0, startup_loss_dkk: 0 };
  for (let j = 0; j < p.m; j++) {
    if (!(sent[j] > 0)) continue;
    let beds = 0;
    for (const share of care.shares) beds += bedsToCarry(carried, sent[j] * share * (1 - TIE));
    const standing = beds ? care.house_dkk_per_year + care.bed_dkk_per_year * beds : 0;
    const [income, days] = [care.day_rate_dkk * care.days * paid[j], perStay * paid[j]];
    second.beds += beds;
    second.running_dkk += standing + days;
    second.income_dkk += income;
    second.building_dkk += care.building_dkk_per_bed * beds;
    second.startup_loss_dkk += lostWhileFilling(p.money, standing, income - days);
  }
  return second;
}

/** What the second stage costs a year, building as an annuity; nothing where there is none. @param {Problem} p @param {Plan} plan */
export function aftercareCost(p, plan) {
  const second = secondStage(p, plan);
  return second ? second.running_dkk + second.building_dkk * annuity(p.money) : 0;
}
