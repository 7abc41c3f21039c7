/** All readings of the person, the newest first. */
import { useEffect, useMemo, useRef, useState } from "react";
import type { Analysis } from "../../api/live";
import { Button } from "../../parts/button";
import { Chips } from "../../parts/chips";
import { Cup } from "../../parts/cup";
import { Problem, ProblemLine } from "../../parts/problem";
import { common } from "../../parts/texts";
import { go, useScrollBack } from "../../router";
import { count, useTexts } from "../../texts";
import { useLanguage } from "../../texts/language";
import { FOCUSES } from "../reading/again";
import "./history.css";
import { Item, ItemSkeletons } from "./item";
import { type Filter, type Readings, useReadings } from "./list";
import { months } from "./rules";
import { Search } from "./search";
import { useSight } from "./sight";
import { texts } from "./texts";

/** What was looked for stays when the person comes back from a reading. */
let lastFilter: Filter = { focus: "", words: "" };

export default function History() {
  const t = useTexts(texts);
  const [filter, setFilter] = useState(lastFilter);
  lastFilter = filter;
  const list = useReadings(filter);
  useScrollBack(list.readings !== undefined);
  useSight(list.readings !== undefined);
  const isFiltered = filter.focus !== "" || filter.words !== "";
  if (!list.readings && list.problem && !isFiltered) {
    return <Problem of={list.problem} onRetry={list.refresh} />;
  }
  if (list.readings?.length === 0 && !isFiltered) return <Empty />;
  return (
    <main className="screen history">
      <h1>{t.title}</h1>
      <Search words={filter.words} onChange={(words) => setFilter((now) => ({ ...now, words }))} />
      <FocusFilter value={filter.focus} onChange={(focus) => setFilter((now) => ({ ...now, focus }))} />
      <p className="visually-hidden" role="status">
        {list.readings && isFiltered && !list.isBusy ? count(list.readings.length, t.found) : ""}
      </p>
      <Results list={list} onShowAll={() => setFilter({ focus: "", words: "" })} />
    </main>
  );
}

function FocusFilter({
  value,
  onChange,
}: {
  value: Filter["focus"];
  onChange: (value: Filter["focus"]) => void;
}) {
  const t = useTexts(texts);
  const { focus } = useTexts(common);
  const options = [
    { value: "" as const, text: t.all },
    ...FOCUSES.map((name) => ({ value: name, text: focus[name] })),
  ];
  return (
    <div className="history-filter">
      <Chips label={t.filter} options={options} value={value} onChange={onChange} />
    </div>
  );
}

function Results({ list, onShowAll }: { list: Readings; onShowAll: () => void }) {
  const t = useTexts(texts);
  if (!list.readings) {
    return list.problem ? <Retry list={list} /> : <ItemSkeletons />;
  }
  if (list.readings.length === 0) {
    return (
      <div className="history-nothing">
        <h2>{t.nothing}</h2>
        <p className="hint">{t.nothingHint}</p>
        <Button kind="plain" onPress={onShowAll}>
          {t.showAll}
        </Button>
      </div>
    );
  }
  return (
    <>
      <Months readings={list.readings} renew={list.renew} />
      {list.problem ? <Retry list={list} /> : list.hasMore && <More list={list} />}
    </>
  );
}

function Months({ readings, renew }: { readings: readonly Analysis[]; renew: Readings["renew"] }) {
  const language = useLanguage();
  const groups = useMemo(() => months(readings), [readings]);
  return groups.map(({ key, time, items }) => (
    <section key={key} aria-labelledby={`month-${key}`}>
      <h2 id={`month-${key}`} className="history-month">
        {monthName(time, language)}
      </h2>
      <ul className="history-items">
        {items.map((reading) => (
          <Item key={reading.id} reading={reading} renew={renew} />
        ))}
      </ul>
    </section>
  ));
}

function monthName(time: string, language: string): string {
  const date = new Date(time);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
  const name = date.toLocaleDateString(language, { month: "long", ...year });
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/** Comes by itself when the end of the list is near; the button is for screen readers and keyboards. */
function More({ list }: { list: Readings }) {
  const t = useTexts(common);
  const end = useRef<HTMLDivElement>(null);
  const { more, isBusy } = list;
  useEffect(() => {
    if (isBusy || !end.current || !("IntersectionObserver" in window)) return;
    const observer = new IntersectionObserver(
      (seen) => seen.some(({ isIntersecting }) => isIntersecting) && more(),
      { rootMargin: "900px 0px" },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [more, isBusy]);
  return (
    <div ref={end} className="history-more">
      <Button kind="plain" isBusy={isBusy} onPress={more}>
        {t.more}
      </Button>
    </div>
  );
}

function Retry({ list }: { list: Readings }) {
  const t = useTexts(common);
  const again = list.readings && list.hasMore ? list.more : list.refresh;
  return (
    <div className="history-more">
      <ProblemLine of={list.problem} />
      <Button kind="plain" isBusy={list.isBusy} onPress={again}>
        {t.again}
      </Button>
    </div>
  );
}

function Empty() {
  const t = useTexts(texts);
  return (
    <main className="screen centered">
      <div className="history-picture">
        <Cup />
      </div>
      <h1>{t.emptyTitle}</h1>
      <p className="hint">{t.emptyHint}</p>
      <Button onPress={() => go("/")}>{t.first}</Button>
    </main>
  );
}
