/** Lines of 24 by 24, in the colour of the text. */
const LINES = {
  cup: "M5 8h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5V8Zm12 1h1.5a2.5 2.5 0 0 1 0 5H17M8 3v2m4-2v2",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  star: "m12 4 2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8L7 19l1.1-5.5L4 9.700l5.600-.7L12 4Z",
  gear: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm7-3 1.700-1.300-1.700-3-2 .8a7 7 0 0 0-1.700-1L15 5h-3.500l-.4 2.500a7 7 0 0 0-1.700 1l-2-.8-1.700 3L7.400 12l-1.700 1.300 1.700 3 2-.8a7 7 0 0 0 1.700 1l.4 2.500H15l.3-2.500a7 7 0 0 0 1.700-1l2 .8 1.700-3L19 12Z",
  camera: "M4 8h3l1.500-2.500h7L17 8h3v11H4V8Zm8 8.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7Z",
  share: "M12 15V4m0 0L8 8m4-4 4 4M5 13v6h14v-6",
  copy: "M9 9h10v11H9V9Zm-4 6V4h10",
  trash: "M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13",
  next: "m9 6 6 6-6 6",
  close: "m6 6 12 12M18 6 6 18",
  search: "M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm4.500-1.500L20 20",
  check: "m5 13 4 4L19 7",
  words: "M5 6h14M5 11h14M5 16h8",
  send: "M20 4 3.500 11l6 2.500L20 4Zm0 0-4 15-6.500-5.500m0 0V19l2.700-3.200",
  story: "M12 8v8m-4-4h8M12 3a9 9 0 1 1-8.500 12M3 11a9 9 0 0 1 4-6.500",
  save: "M12 4v11m0 0-4-4m4 4 4-4M5 17v2.500h14V17",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.600-5.600l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.600 5.600l1-1",
} as const;

export type IconName = keyof typeof LINES;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={LINES[name]} />
    </svg>
  );
}
