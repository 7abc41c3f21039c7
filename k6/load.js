// Load: what is expected, 50 and then 100 people at a time. Section 12.3, scenario 2.
import { arriving } from "./lib/profile.js";
import { summaryOf } from "./lib/report.js";
import { CARRIED, STATISTICS, thresholds } from "./lib/thresholds.js";
import { visit } from "./lib/visit.js";

const STAGES = [
  [120, 50],
  [300, 50],
  [120, 100],
  [300, 100],
  [120, 0],
];

export const options = {
  scenarios: { load: arriving(STAGES) },
  thresholds: thresholds({ more: CARRIED }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default visit;

export const handleSummary = summaryOf("load");
