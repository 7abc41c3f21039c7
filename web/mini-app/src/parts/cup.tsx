import "./cup.css";

/** A cup with its grounds, drawn. `isRising`: the steam moves, for something is under way. */
export function Cup({ isRising = false }: { isRising?: boolean }) {
  return (
    <svg className="cup" viewBox="0 0 240 214" aria-hidden="true">
      <ellipse className="cup-shadow" cx="120" cy="194" rx="92" ry="14" />
      <ellipse className="cup-deep" cx="120" cy="180" rx="100" ry="23" />
      <ellipse className="cup-light" cx="120" cy="177" rx="100" ry="22" />
      <ellipse className="cup-line" cx="120" cy="177" rx="88" ry="17.500" />
      <ellipse className="cup-shade" cx="120" cy="176" rx="52" ry="9" />
      <path className="cup-handle" d="M182 100c30-8 38 38-12 44" />
      <path className="cup-light" d="M50 88c0 50 30 90 70 90s70-40 70-90Z" />
      <path className="cup-shade" d="M190 88c0 50-30 90-70 90q-5 0-10-1C148 170 168 134 170 88Z" />
      <ellipse className="cup-deep" cx="120" cy="88" rx="70" ry="27" />
      <ellipse className="cup-light" cx="120" cy="86.500" rx="69" ry="26" />
      <ellipse className="cup-shade" cx="120" cy="88.500" rx="61" ry="21" />
      <path
        className="cup-stain"
        d="M62 95c8 9 31 14.500 58 14.500S170 104 178 95c-14-7-22-3-34-7-14-4-21 4-36 1-17-3-28-1-46 6Z"
      />
      <path
        className="cup-grounds"
        d="M71 100c10 6 28 9.500 49 9.500s39-3.500 49-9.500c-9-5-17 1-26-3-8-3-13 4-23 3-9-1-13-6-22-4-10 2-17 1-27 4Z"
      />
      <path
        className="cup-grounds"
        d="M99 84c5-5 12-5 15-1 2-5 9-8 16-6-5 2-7 5-8 8 3 3 4 5 3 7-4-1-7-2-10-4-5 2-10 1-13-1 3 0 5-1 6-2-3-1-6-1-9-1Z"
      />
      <circle className="cup-grounds" cx="146" cy="82" r="2.600" />
      <circle className="cup-grounds" cx="153" cy="86" r="1.600" />
      <circle className="cup-grounds" cx="84" cy="87" r="1.800" />
      <path className="cup-line" d="M57 118c9 32 34 52 63 52s54-20 63-52" opacity="0.4" />
      <g className={isRising ? "cup-steam cup-rising" : "cup-steam"}>
        <path d="M92 52c-10-11 9-19 0-32" />
        <path d="M120 46c-11-13 11-22 0-38" />
        <path d="M148 52c-10-11 9-19 0-32" />
      </g>
    </svg>
  );
}
