// Spike: from 50 people to 500 within half a minute, and back. Section 12.3, scenario 4.
import { arriving, tagLevel } from "./lib/profile.js";
import { summaryOf } from "./lib/report.js";
import { STATISTICS, thresholds } from "./lib/thresholds.js";
import { glance } from "./lib/visit.js";

const STAGES = [
  [60, 50],
  [30, 500],
  [180, 500],
  [60, 50],
  [120, 50],
];

export const options = {
  scenarios: { spike: arriving(STAGES) },
  thresholds: thresholds({
    errors: 0.05,
    checks: 0.9,
    worst: 5000,
    // Afterwards it is as before.
    more: { "http_req_duration{people:500}": ["p(95)<5000"], "http_req_duration{people:50}": ["p(95)<3000"] },
  }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default function () {
  tagLevel(STAGES);
  glance();
}

export const handleSummary = summaryOf("spike");
