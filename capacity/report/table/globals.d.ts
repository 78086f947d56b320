// Names that stand when the page's own script begins, or that it leaves: for the checker of types alone.

declare const capacityEngine: { createEngine: typeof import("./engine.js").createEngine };

interface Window {
  capacityTable: object;
}
