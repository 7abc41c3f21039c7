import { expect, test } from "vitest";
import type { User } from "../../person";
import { patched } from "./profile";

const user: User = {
  id: "",
  telegram_id: 1,
  language_code: "en",
  timezone: "Europe/Moscow",
  email_verified: false,
  language_chosen: false,
  timezone_chosen: false,
  notices: { analysis_started: true, limit_free: true, trial_ending: true },
  created_at: "",
  updated_at: "",
};

test("what is left out of a change stays", () => {
  const changed = patched(user, [{ notices: { limit_free: false } }]);
  expect(changed.notices).toEqual({ analysis_started: true, limit_free: false, trial_ending: true });
  expect(changed.language_code).toBe("en");
  expect(patched(user, [])).toBe(user);
});

test("of several changes the last one counts", () => {
  const changed = patched(user, [
    { notices: { limit_free: false } },
    { timezone: "Asia/Tokyo" },
    { notices: { limit_free: true, trial_ending: false } },
  ]);
  expect(changed.notices).toEqual({ analysis_started: true, limit_free: true, trial_ending: false });
  expect(changed.timezone).toBe("Asia/Tokyo");
});
