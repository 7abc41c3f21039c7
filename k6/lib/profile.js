// How many come, and when. An open model: people arrive whether the API is fast or slow. With a fixed number of
// people who wait for each answer before they ask again, a slow API would be spared by its own slowness.
import exec from "k6/execution";
import { SCALE } from "./settings.js";

/** How long a visit takes when every answer is there at once: the pauses of section 12.3. */
export const VISIT_SECONDS = 6;

const seconds = (full) => Math.max(1, Math.round(full * SCALE));

/** Visits that begin in a minute if so many people are here all the time (Little's law). */
const perMinute = (people) => Math.round((people * 60) / VISIT_SECONDS);

/** The scenario of stages `[seconds, people]`, from none: so many at a time, if every answer is there at once. */
export function arriving(stages) {
  const most = Math.max(...stages.map(([, people]) => people));
  return {
    executor: "ramping-arrival-rate",
    startRate: 0,
    timeUnit: "1m",
    // Of an API that is slow more are here; when it is three times as many, visits are dropped, which is a failure. So
    // are those for whom k6 makes a VU too late: a half more than are expected stand ready.
    preAllocatedVUs: Math.ceil(most * 1.5),
    maxVUs: most * 3,
    stages: stages.map(([full, people]) => ({ duration: `${seconds(full)}s`, target: perMinute(people) })),
  };
}

/** The scenario of so many visits a second, all of the time. */
export function constant(rate, full) {
  return {
    executor: "constant-arrival-rate",
    rate,
    timeUnit: "1s",
    duration: `${seconds(full)}s`,
    preAllocatedVUs: 50,
    maxVUs: 400,
  };
}

/**
 * How many people are here now by the plan of the stages: a number where it stays, `ramp` where it changes. Requests
 * are tagged with it (`people`), so that each level has figures of its own.
 */
export function tagLevel(stages) {
  let rest = (Date.now() - exec.scenario.startTime) / 1000;
  let before = 0;
  let level = "ramp";
  for (const [full, people] of stages) {
    if (rest < seconds(full)) {
      level = people === before ? String(people) : "ramp";
      break;
    }
    rest -= seconds(full);
    before = people;
  }
  exec.vu.metrics.tags.people = level;
}
