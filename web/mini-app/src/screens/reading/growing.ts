/**
 * The pieces that a text has grown by, `text` being all of it now: so each of them comes in once. A text
 * that does not go on from what was there starts over.
 */
export function grow(pieces: readonly string[], text: string): readonly string[] {
  const before = pieces.join("");
  if (text === before) return pieces;
  return text.startsWith(before) ? [...pieces, text.slice(before.length)] : [text];
}
