// Money: yearly cost and income of a unit, building as an annuity (capacity/problem/finance.py). DKK.
/** @import { Money } from "./types.js" */

/** Share of a sum to be paid each year so that it is paid off with interest. @param {Money} money */
export function annuity(money) {
  if (money.interest === 0) return 1 / money.years;
  return money.interest / -Math.expm1(-money.years * Math.log1p(money.interest));
}

/**
 * Running cost of an open unit.
 * @param {Money} money @param {number} beds @param {number} stays @param {number} meanDays
 */
export function yearlyCost(money, beds, stays, meanDays) {
  return money.unit_dkk_per_year + money.bed_dkk_per_year * beds + money.occupied_day_dkk * (stays * meanDays);
}

/**
 * Day rate times occupied days, and the grant.
 * @param {Money} money @param {number} stays @param {number} meanDays
 */
export function yearlyIncome(money, stays, meanDays) {
  return money.day_rate_dkk * (stays * meanDays) + money.grant_dkk_per_year;
}

/** @param {Money} money @param {number} beds */
export function buildingCost(money, beds) {
  return money.building_dkk_per_bed * beds;
}

/** @param {Money} money @param {number} beds */
export function buildingAnnuity(money, beds) {
  return buildingCost(money, beds) * annuity(money);
}

/**
 * Running cost and the building annuity.
 * @param {Money} money @param {number} beds @param {number} stays @param {number} meanDays
 */
export function fullCost(money, beds, stays, meanDays) {
  return yearlyCost(money, beds, stays, meanDays) + buildingAnnuity(money, beds);
}

/**
 * What a new unit loses before it carries itself, once.
 * @param {Money} money @param {number} beds @param {number} stays @param {number} meanDays
 */
export function startupLoss(money, beds, stays, meanDays) {
  const standing = yearlyCost(money, beds, 0, meanDays) - money.grant_dkk_per_year;
  const surplus = (money.day_rate_dkk - money.occupied_day_dkk) * meanDays * stays;
  return lostWhileFilling(money, standing, surplus);
}

/**
 * The filling years' losses by what stands a year and the surplus of all days.
 * @param {Money} money @param {number} standing @param {number} surplus
 */
export function lostWhileFilling(money, standing, surplus) {
  const fallen = Math.max(standing, 0) ** 2 / 2 - Math.max(standing - surplus, 0) ** 2 / 2;
  return money.filling_years * (surplus === 0 ? Math.max(standing, 0) : fallen / surplus);
}

/** What a stay leaves over its own cost. @param {Money} money @param {number} meanDays */
export function margin(money, meanDays) {
  return (money.day_rate_dkk - money.occupied_day_dkk) * meanDays;
}

/**
 * Stays a year at which income covers the running cost; infinite where no number does.
 * @param {Money} money @param {number} beds @param {number} meanDays
 */
export function breakEvenStays(money, beds, meanDays) {
  const each = margin(money, meanDays);
  const short = yearlyCost(money, beds, 0, meanDays) - money.grant_dkk_per_year;
  if (each <= 0) return short > 0 ? Infinity : 0;
  return Math.max(short, 0) / each;
}
