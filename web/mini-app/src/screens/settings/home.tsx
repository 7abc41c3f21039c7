/** The list of all settings. */
import { useEffect, useState } from "react";
import { ButtonRow, LinkRow, Rows } from "../../parts/rows";
import { useMe } from "../../person";
import { useScrollBack } from "../../router";
import * as telegram from "../../telegram";
import { useTexts } from "../../texts";
import { useLanguage } from "../../texts/language";
import { Tile } from "./icons";
import { languageNames, texts } from "./texts";
import { cityOf } from "./zones";

export function Home() {
  const t = useTexts(texts);
  const language = useLanguage();
  const { data: me } = useMe();
  const canAdd = useCanAdd();
  useScrollBack(true);
  return (
    <main className="screen">
      <h1>{t.title}</h1>
      <Rows>
        <LinkRow
          to="/settings/language"
          icon={<Tile name="language" />}
          text={t.language}
          value={languageNames[language]}
        />
        <LinkRow
          to="/settings/zone"
          icon={<Tile name="zone" />}
          text={t.zone}
          value={me && cityOf(me.timezone)}
        />
        <LinkRow to="/settings/notices" icon={<Tile name="notices" />} text={t.notices} />
      </Rows>
      <Rows>
        <LinkRow to="/settings/data" icon={<Tile name="data" />} text={t.data} />
        <LinkRow to="/settings/consents" icon={<Tile name="consents" />} text={t.consents} />
        <LinkRow to="/settings/privacy" icon={<Tile name="privacy" />} text={t.privacy} />
        <LinkRow to="/settings/terms" icon={<Tile name="terms" />} text={t.terms} />
      </Rows>
      <Rows>
        <LinkRow to="/settings/support" icon={<Tile name="support" />} text={t.support} />
        {canAdd && <ButtonRow icon={<Tile name="home" />} text={t.home} onPress={telegram.addToHomeScreen} />}
        <LinkRow to="/settings/about" icon={<Tile name="about" />} text={t.about} />
      </Rows>
    </main>
  );
}

/** Whether the app can be put on the home screen, and is not there yet. */
function useCanAdd(): boolean {
  const [canAdd, set] = useState(false);
  useEffect(() => {
    let isGone = false;
    telegram.homeScreen().then((status) => {
      if (!isGone) set(status === "missed" || status === "unknown");
    });
    return () => {
      isGone = true;
    };
  }, []);
  return canAdd;
}
