import { useEffect, useMemo, useState } from "react";
import { Problem, ProblemLine } from "../../parts/problem";
import { ChoiceRow, Rows } from "../../parts/rows";
import { Skeletons } from "../../parts/skeletons";
import { Title } from "../../parts/title";
import * as telegram from "../../telegram";
import { count, useTexts } from "../../texts";
import { type Language, useLanguage } from "../../texts/language";
import { useProfile } from "./profile";
import { texts } from "./texts";
import {
  cityOf,
  deviceZone,
  matching,
  nameOf,
  nearZones,
  offsetOf,
  placeOf,
  timeIn,
  zoneNames,
} from "./zones";

/** How many rows one looks through, before and after a word is typed. */
const SHOWN = { near: 12, found: 30 };

export function ZonePage() {
  const t = useTexts(texts);
  const { user, change, problem, reload } = useProfile();
  const [query, setQuery] = useState("");
  const named = useNames(useLanguage());
  const zones = useMemo(zoneNames, []);
  const usual = useMemo(() => nearZones(deviceZone()).slice(0, SHOWN.near), []);
  const found = useMemo(
    () => (query.trim() ? matching(query, zones, named) : usual),
    [query, zones, named, usual],
  );
  if (!user) return problem ? <Problem of={problem} onRetry={reload} /> : <Skeletons lines={6} />;
  const choose = (timezone: string) => {
    telegram.haptic("selection");
    change({ timezone });
  };
  const row = (zone: string, name: string) => (
    <ZoneRow key={zone} name={name} zone={zone} isChosen={zone === user.timezone} onChoose={choose} />
  );
  const device = deviceZone();
  const mine = [...new Set([user.timezone, device])];
  const shown = found.slice(0, SHOWN.found).filter((zone) => query.trim() || !mine.includes(zone));
  return (
    <main className="screen">
      <Title>{t.zone}</Title>
      <p className="hint">{t.zoneHint}</p>
      <ProblemLine of={problem} />
      <fieldset className="settings-choices">
        <legend className="visually-hidden">{t.zone}</legend>
        <Rows>{mine.map((zone) => row(zone, "mine"))}</Rows>
      </fieldset>
      <input
        className="field"
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        aria-label={t.zoneSearch}
        placeholder={t.zoneSearch}
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <fieldset className="settings-choices">
        <legend className="visually-hidden">{t.zoneAll}</legend>
        {shown.length > 0 && <Rows>{shown.map((zone) => row(zone, "found"))}</Rows>}
      </fieldset>
      <p className="hint small" role="status">
        {found.length === 0 && t.zoneNone}
        {found.length > SHOWN.found && count(found.length - SHOWN.found, t.zoneMore)}
      </p>
    </main>
  );
}

interface ZoneRowProps {
  readonly name: string;
  readonly zone: string;
  readonly isChosen: boolean;
  readonly onChoose: (zone: string) => void;
}

function ZoneRow({ name, zone, isChosen, onChoose }: ZoneRowProps) {
  const t = useTexts(texts);
  const device = zone === deviceZone() ? t.zoneDevice : "";
  const hint = [device, nameOf(zone), offsetOf(zone)].filter(Boolean).join(" · ");
  return (
    <ChoiceRow
      name={name}
      text={cityOf(zone)}
      hint={hint}
      value={timeIn(zone)}
      isChosen={isChosen}
      onChoose={() => onChoose(zone)}
    />
  );
}

/** Names of zones in the person's language: a few at a time, because each takes a device some milliseconds. */
function useNames(language: Language): (zone: string) => string {
  const [names, set] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    const found = new Map<string, string>();
    const zones = [...zoneNames()];
    let timer = setTimeout(function some() {
      const until = Date.now() + 8;
      while (zones.length > 0 && Date.now() < until) {
        const zone = zones.shift() ?? "";
        found.set(zone, `${nameOf(zone)} ${placeOf(zone)}`);
      }
      if (zones.length > 0) timer = setTimeout(some, 16);
      else set(found);
    }, 300);
    return () => clearTimeout(timer);
  }, [language]);
  return useMemo(() => (zone: string) => names.get(zone) ?? "", [names]);
}
