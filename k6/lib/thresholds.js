// What has to be reached: sections 12.1, 12.3 and 12.9 of the design document. A threshold on a name of requests also
// gives these a line of their own in the report.

/** 95 of 100 answers within so many ms: 12.1 of every request, 12.3 of the upload and of the list. */
const GOALS = { every: 3000, create_analysis: 1000, get_history: 500 };
const NAMES = ["create_analysis", "get_history", "get_limits"];

/**
 * The thresholds of a scenario. `errors`: the share of requests that may fail. `worst`: of a scenario that looks for a
 * limit, the ms that replace all goals. `names`: its requests. `more`: thresholds of its own.
 */
export function thresholds({ errors = 0.01, checks = 0.95, worst, names = NAMES, more = {} }) {
  const all = {
    http_req_duration: [`p(95)<${worst || GOALS.every}`],
    http_req_failed: [`rate<${errors}`],
    checks: [`rate>=${checks}`],
    // Whatever the load: 429 and 503 are the right words for too much, every other status from 500 on is a fault.
    answers_that_are_faults: ["count==0"],
  };
  for (const name of names) {
    all[`http_req_duration{name:${name}}`] = [`p(95)<${worst || GOALS[name] || GOALS.every}`];
  }
  return { ...all, ...more };
}

/** What a load that is carried looks like: a reading within 30 seconds (12.1), and no visit that could not begin. */
export const CARRIED = { reading_cycle: ["p(95)<30000"], dropped_iterations: ["count==0"] };

/** Which figures are computed. */
export const STATISTICS = ["med", "p(95)", "p(99)", "max", "count"];
