// AI workers: ten photos a second for five minutes, 36,000 an hour, of which none is waited for. That they become
// readings within 30 seconds is asked of the ledger afterwards. Section 12.4.
import { constant } from "./lib/profile.js";
import { summaryOf } from "./lib/report.js";
import { STATISTICS, thresholds } from "./lib/thresholds.js";
import { photo } from "./lib/visit.js";

export const options = {
  scenarios: { "ai-workers": constant(10, 300) },
  thresholds: thresholds({ names: ["create_analysis"], more: { dropped_iterations: ["count==0"] } }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default photo;

export const handleSummary = summaryOf("ai-workers");
