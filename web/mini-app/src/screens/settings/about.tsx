import { ButtonRow, LinkRow, Rows } from "../../parts/rows";
import { Title } from "../../parts/title";
import { useAppFacts } from "../../person";
import * as telegram from "../../telegram";
import { fill, useTexts } from "../../texts";
import { texts } from "./texts";

export function About() {
  const t = useTexts(texts);
  const { data: facts } = useAppFacts();
  const bot = facts?.bot_username;
  return (
    <main className="screen">
      <Title>{t.about}</Title>
      <div className="settings-document">
        <p>{t.aboutWhat}</p>
        <p>{t.aboutFun}</p>
      </div>
      <Rows footer={facts && fill(t.version, { version: facts.version })}>
        <LinkRow to="/settings/privacy" text={t.privacy} />
        <LinkRow to="/settings/terms" text={t.terms} />
        {bot && (
          <ButtonRow
            text={t.openBot}
            value={`@${bot}`}
            onPress={() => telegram.openTelegramLink(`https://t.me/${bot}`)}
          />
        )}
      </Rows>
    </main>
  );
}
