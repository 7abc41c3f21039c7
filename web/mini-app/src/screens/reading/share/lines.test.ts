import { describe, expect, test } from "vitest";
import { fit, lines, pieces } from "./lines";

/** A font whose letters are 1 wide, and whose ideographs are 2. */
const measure = (text: string) =>
  [...text].reduce((sum, one) => sum + (/[\u2E80-\u9FFF\uFF00-\uFFEF]/.test(one) ? 2 : 1), 0);

describe("lines of a card", () => {
  test("break between words, and none is wider than the card", () => {
    expect(lines("A bird near the rim of the cup", 12, measure)).toEqual([
      "A bird near",
      "the rim of",
      "the cup",
    ]);
  });

  test("a word that is wider than the card is divided, and nothing of it is lost", () => {
    expect(lines("Rindfleischetikettierung now", 10, measure)).toEqual([
      "Rindfleisc",
      "hetikettie",
      "rung now",
    ]);
  });

  test("Chinese breaks between characters, and no line begins with a mark", () => {
    // As the rules of Chinese line breaking have it (W3C, CLREQ 3.1.8): the mark takes its character along.
    expect(lines("杯底有一座桥，很清楚。", 12, measure)).toEqual(["杯底有一座", "桥，很清楚。"]);
    for (const line of lines("她说：“远方有信来。”然后笑了（轻轻地）。", 10, measure)) {
      expect(line).not.toMatch(/^[，。：”）]/);
      expect(line).not.toMatch(/[“（]$/);
    }
  });

  test("Latin words inside of Chinese stay whole", () => {
    expect(pieces("来自Symancy的信")).toContain("Symancy");
  });

  test("Russian prepositions go with the next word, a dash with the one before", () => {
    expect(pieces("Птица у края — к вести")).toEqual(["Птица ", "у края — ", "к вести"]);
  });

  test("several short words in a row do not make one long piece", () => {
    expect(pieces("о долгом, а не о завтрашнем дне")).toEqual([
      "о долгом, ",
      "а не ",
      "о завтрашнем ",
      "дне",
    ]);
  });

  test("a character of several code points is not torn", () => {
    expect(lines("👨‍👩‍👧👨‍👩‍👧", 6, measure).join("")).toBe("👨‍👩‍👧👨‍👩‍👧");
    for (const line of lines("👨‍👩‍👧👨‍👩‍👧", 6, measure)) expect(line).toBe("👨‍👩‍👧");
  });

  test("nothing but spaces is lost", () => {
    const text = "У самого дна — мост; вокруг него кофе оставил яблоко, и звезду, и дорогу к морю.";
    for (const width of [5, 8, 13, 21, 40]) {
      const all = lines(text, width, measure);
      expect(all.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      for (const line of all) expect(measure(line)).toBeLessThanOrEqual(width);
    }
  });
});

describe("a text in a box", () => {
  const measureAt = (size: number) => (text: string) => measure(text) * size;
  const sentence = "The bird near the rim brings word from afar. ";

  test("is as large as fits", () => {
    const box = { width: 400, height: 200 };
    expect(fit(sentence, box, [40, 20, 10], measureAt).size).toBe(20);
    expect(fit("Short.", box, [40, 20, 10], measureAt).size).toBe(40);
  });

  test("that is too long ends after a sentence, and stays inside", () => {
    const box = { width: 300, height: 90 };
    const setting = fit(sentence.repeat(30), box, [20, 10], measureAt);
    expect(setting.height).toBeLessThanOrEqual(90);
    expect(setting.paragraphs.flat().at(-1)).toMatch(/afar\. …$/);
  });

  test("of one endless sentence is cut", () => {
    const box = { width: 300, height: 90 };
    const setting = fit("杯".repeat(2000), box, [20, 10], measureAt);
    expect(setting.height).toBeLessThanOrEqual(90);
    expect(setting.paragraphs.flat().at(-1)).toMatch(/…$/);
  });

  test("keeps its paragraphs", () => {
    expect(fit("One.\n\nTwo.", { width: 400, height: 400 }, [10], measureAt).paragraphs).toEqual([
      ["One."],
      ["Two."],
    ]);
  });
});
