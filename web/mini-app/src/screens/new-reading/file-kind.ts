export type FileKind = "jpeg" | "png" | "webp" | "gif" | "heif" | "other";

/** How many bytes of a file say what it is. */
export const HEAD = 12;

/** Brands of ISO base media files that are pictures: HEIC (ISO 23008-12, 10.2), and AVIF. */
const PICTURES = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis"];

/** What a file is by its first bytes; its name and declared type may be anything. */
export function kindOf(head: Uint8Array): FileKind {
  const text = String.fromCharCode(...head.slice(0, HEAD));
  if (text.startsWith("\xff\xd8\xff")) return "jpeg";
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (text.startsWith("RIFF") && text.slice(8) === "WEBP") return "webp";
  if (text.startsWith("GIF87a") || text.startsWith("GIF89a")) return "gif";
  if (text.slice(4, 8) === "ftyp" && PICTURES.includes(text.slice(8))) return "heif";
  return "other";
}
