/** The icons of the list of settings, white on a coloured tile. */
const LINES = {
  language: "M4 12h16M12 4c3 3 3 13 0 16-3-3-3-13 0-16Zm0 16a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z",
  zone: "M12 7v5l3 2m-3 6a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z",
  notices: "M6 16h12l-1.500-2v-4a4.500 4.500 0 0 0-9 0v4L6 16Zm4.500 3h3",
  data: "M12 4v9m0 0-3.500-3.500M12 13l3.500-3.500M5 16v3h14v-3",
  consents: "M5 12.500 10 17 19 7",
  terms: "M7 4h7l4 4v12H7V4Zm3 8h5m-5 4h5",
  privacy: "M7 11h10v8H7v-8Zm2 0V8a3 3 0 0 1 6 0v3",
  support: "M5 6h14v10h-7l-4 3v-3H5V6Z",
  home: "M7 4h10v16H7V4Zm5 5v5m-2.500-2.500h5",
  about: "M12 11v5m0-8v.01M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z",
} as const;

export type TileName = keyof typeof LINES;

export function Tile({ name }: { name: TileName }) {
  return (
    <svg className={`settings-tile settings-tile-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={LINES[name]} />
    </svg>
  );
}
