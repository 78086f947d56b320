// What a planner's units come to, worked out as the library does: `createEngine(data)` (see types.js).
// Modules of this folder become one plain script in `source.py`; no module needs a page.

/**
 * @param {import("./types.js").Data} data what `table_data` gave
 * @returns {import("./types.js").Engine}
 */
export function createEngine(data) {
  return {
    evaluate: (units, settings = {}, objective = "travel", figures = true) => missing(),
    optimise: (settings = {}, wish = {}) => missing(),
    optimising: (settings = {}, wish = {}) => missing(),
    nextBest: (settings = {}, wish = {}) => missing(),
    space: (settings = {}, wish = {}) => missing(),
  };
}
function missing() { throw new Error("not yet written"); }
