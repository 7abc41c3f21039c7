import { expect, test } from "vitest";
import { texts } from "./data-texts";
import { isWord } from "./word";

test("the word confirms in any case, and nothing else does", () => {
  expect(isWord(" delete ", "DELETE")).toBe(true);
  expect(isWord("Удалить", "УДАЛИТЬ")).toBe(true);
  expect(isWord("删除", "删除")).toBe(true);
  expect(isWord("", "DELETE")).toBe(false);
  expect(isWord("DELET", "DELETE")).toBe(false);
  expect(isWord("DELETE", "УДАЛИТЬ")).toBe(false);
});

test("the word of each language can be typed", () => {
  for (const { deletionWord } of Object.values(texts)) expect(isWord(deletionWord, deletionWord)).toBe(true);
});
