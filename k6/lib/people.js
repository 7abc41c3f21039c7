// Who visits: people with a history, whom k6/seed.sql has made, and now and then one who has never been here.
import crypto from "k6/crypto";
import exec from "k6/execution";
import { BOT_TOKEN, PEOPLE } from "./settings.js";

/** The Telegram ids of the people with a history begin here, as in k6/seed.sql. */
export const FIRST = 1000000;
const FIRST_NEWCOMER = 5000000;
const SHARE_OF_NEWCOMERS = 0.02;
const LANGUAGES = ["en", "ru", "zh"];

// https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
const KEY = crypto.hmac("sha256", "WebAppData", BOT_TOKEN, "binary");

/** A person who opens the Mini App now: `{ initData, isNew }`. */
export function visitor() {
  const isNew = Math.random() < SHARE_OF_NEWCOMERS;
  const id = isNew
    ? FIRST_NEWCOMER + exec.scenario.iterationInTest
    : FIRST + Math.floor(Math.random() * PEOPLE);
  return { initData: initData(id), isNew };
}

/** Who stays the same through a run, for the smoke test. */
export function regular() {
  return { initData: initData(FIRST), isNew: false };
}

/** What Telegram hands to the Mini App of a person, signed by the token of the bot; good for an hour. */
function initData(id) {
  const fields = {
    auth_date: String(Math.floor(Date.now() / 1000)),
    query_id: "AAHdF6IQAAAAAN0XohDhrOrc",
    user: JSON.stringify({ id, first_name: `User ${id}`, language_code: LANGUAGES[id % 3] }),
  };
  const names = Object.keys(fields).sort();
  const signed = names.map((name) => `${name}=${fields[name]}`).join("\n");
  const pairs = names.map((name) => `${name}=${encodeURIComponent(fields[name])}`);
  return `${pairs.join("&")}&hash=${crypto.hmac("sha256", KEY, signed, "hex")}`;
}
