// What a run is told, by deploy/k6/k6.sh or by hand (`k6 run -e NAME=value`).

/** The paths of the API below this. */
export const API = `${__ENV.API_URL || "http://127.0.0.1:3000"}/v1`;

/** What signs the initData of the people; that of the sandbox's bot opens nothing. */
export const BOT_TOKEN = __ENV.BOT_TOKEN || "4010:sandbox-token-not-a-secret";

/** How long each part of a profile takes, as a share of its full length. */
export const SCALE = Number(__ENV.SCALE || 1);

/** How many people k6/seed.sql has made. */
export const PEOPLE = Number(__ENV.PEOPLE || 2000);

/** In which share of the visits a photo is sent: in all, as in section 12.3. */
export const PHOTO_SHARE = Number(__ENV.PHOTO_SHARE || 1);

/** Stands in the idempotency keys, so that two runs against one deployment have none in common. */
export const RUN = __ENV.RUN || String(Date.now());

/** Where the report is written. */
export const REPORT = __ENV.REPORT || ".";
