import { expect, test } from "vitest";
import { kindOf } from "./file-kind";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ["\xff\xd8\xff\xe0\0\x10JFIF\0\x01", "jpeg"],
  ["\xff\xd8\xff\xe1\x2a\x10Exif\0\0", "jpeg"],
  ["\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "png"],
  ["RIFF\x24\x10\0\0WEBPVP8 ", "webp"],
  ["GIF89a\x01\0\x01\0\0\0", "gif"],
  ["\0\0\0\x18ftypheic\0\0\0\0", "heif"],
  ["\0\0\0\x1cftypavif\0\0\0\0", "heif"],
  // A film of an iPhone, a sound, a page and a drawing are not read.
  ["\0\0\0\x14ftypqt  \0\0\0\0", "other"],
  ["RIFF\x24\x10\0\0WAVEfmt ", "other"],
  ["%PDF-1.700000", "other"],
  ["<svg xmlns='h", "other"],
  ["\xff\xd8", "other"],
  ["", "other"],
])("%j is %s", (head, kind) => {
  expect(kindOf(bytes(head))).toBe(kind);
});
