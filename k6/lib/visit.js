// One visit to the Mini App, as section 12.3 of the design document has it: a photo, the history, the limits, and
// time to think in between.
import { sleep } from "k6";
import { visitor } from "./people.js";
import { VISIT_SECONDS } from "./profile.js";
import { agree, history, limits, look, noteCycle, sendPhoto } from "./requests.js";
import { PHOTO_SHARE } from "./settings.js";

/** Between two looks at a reading that is not complete yet. */
const LOOK_SECONDS = 2;
/** A person who has waited for so long leaves; their reading counts as one that took at least as long. */
const PATIENCE_SECONDS = 40;

/** A visit with a photo whose reading is waited for. */
export function visit() {
  const reading = arrive();
  if (reading) {
    waitFor(reading);
  }
}

/** The same without waiting for the reading, for scenarios that bring more than can be read at once. */
export function glance() {
  arrive();
}

/** A photo alone. */
export function photo() {
  const person = visitor();
  if (person.isNew) {
    agree(person);
  }
  sendPhoto(person);
}

function arrive() {
  const person = visitor();
  if (person.isNew) {
    agree(person);
  }
  // Who comes for the first time comes with a photo.
  const reading = person.isNew || Math.random() < PHOTO_SHARE ? sendPhoto(person) : undefined;
  sleep(2);
  history(person);
  sleep(1);
  limits(person);
  sleep(VISIT_SECONDS - 3);
  return reading && { ...reading, person };
}

function waitFor(reading) {
  let waited = VISIT_SECONDS;
  while (!look(reading.person, reading) && waited < PATIENCE_SECONDS) {
    sleep(LOOK_SECONDS);
    waited += LOOK_SECONDS;
  }
  noteCycle(reading);
}
