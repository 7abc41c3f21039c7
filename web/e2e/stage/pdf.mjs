/** What a PDF shows, as PDF.js draws it. */
import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

/** The words of its first page, without the blanks between them, and a picture of it (PNG). */
export async function drawn(bytes) {
  const all = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
  const page = await all.getPage(1);
  const viewport = page.getViewport({ scale: 1.5 });
  const { canvas, context } = all.canvasFactory.create(viewport.width, viewport.height);
  await page.render({ canvas, canvasContext: context, viewport }).promise;
  const { items } = await page.getTextContent();
  return {
    text: items.map(({ str }) => str.replaceAll(" ", "")).join(""),
    picture: canvas.toBuffer("image/png"),
  };
}
