import type { Analysis } from "../../api/live";

/** A reading as text alone, for other apps. */
export function plainText({ analysis }: Analysis): string {
  const sections = analysis?.sections.map(({ title, content }) => `${title}\n${content}`) ?? [];
  return [analysis?.intro ?? "", ...sections].join("\n\n").trim();
}
