// Soak: 100 people at a time for four hours. What leaks shows in the memory, the files and the connections that
// deploy/k6/watch.py looks at. Section 12.3, scenario 5.
import { arriving } from "./lib/profile.js";
import { summaryOf } from "./lib/report.js";
import { CARRIED, STATISTICS, thresholds } from "./lib/thresholds.js";
import { visit } from "./lib/visit.js";

const STAGES = [
  [300, 100],
  [14400, 100],
  [300, 0],
];

export const options = {
  scenarios: { soak: arriving(STAGES) },
  thresholds: thresholds({ more: CARRIED }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default visit;

export const handleSummary = summaryOf("soak");
