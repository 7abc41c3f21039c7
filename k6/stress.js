// Stress: 100, 200, 300 and 400 people at a time, to find out where it breaks and how: with 429 and 503, never with a
// fault, and it recovers by itself. Section 12.3, scenario 3; by 12.9 it breaks above 300.
import { arriving, tagLevel } from "./lib/profile.js";
import { summaryOf } from "./lib/report.js";
import { STATISTICS, thresholds } from "./lib/thresholds.js";
import { glance } from "./lib/visit.js";

const STAGES = [
  [120, 100],
  [300, 100],
  [120, 200],
  [300, 200],
  [120, 300],
  [300, 300],
  [120, 400],
  [300, 400],
  [600, 0],
];

/** What is carried has these figures; the last level is there to break it. */
const levels = {};
for (const people of [100, 200, 300]) {
  levels[`http_req_duration{people:${people}}`] = ["p(95)<3000"];
  levels[`http_req_failed{people:${people}}`] = ["rate<0.01"];
}
levels["http_req_duration{people:400}"] = ["p(95)<10000"];
levels["http_req_failed{people:400}"] = ["rate<0.1"];

export const options = {
  scenarios: { stress: arriving(STAGES) },
  thresholds: thresholds({ errors: 0.1, checks: 0.9, worst: 10000, more: levels }),
  summaryTrendStats: STATISTICS,
  userAgent: "symancy-k6",
};

export default function () {
  tagLevel(STAGES);
  glance();
}

export const handleSummary = summaryOf("stress");
