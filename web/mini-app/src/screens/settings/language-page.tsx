import { ProblemLine } from "../../parts/problem";
import { ChoiceRow, Rows } from "../../parts/rows";
import { Title } from "../../parts/title";
import * as telegram from "../../telegram";
import { useTexts } from "../../texts";
import { LANGUAGES, type Language, setLanguage, useLanguage } from "../../texts/language";
import { useProfile } from "./profile";
import { languageNames, texts } from "./texts";

/** The app speaks the language at once; if the API does not take it, the one before. */
export function LanguagePage() {
  const t = useTexts(texts);
  const current = useLanguage();
  const { change, problem } = useProfile();
  const choose = async (next: Language) => {
    telegram.haptic("selection");
    setLanguage(next);
    if (!(await change({ language_code: next }))) setLanguage(current);
  };
  return (
    <main className="screen">
      <Title>{t.language}</Title>
      <fieldset className="settings-choices">
        <legend className="visually-hidden">{t.language}</legend>
        <Rows footer={t.languageHint}>
          {LANGUAGES.map((one) => (
            <ChoiceRow
              key={one}
              name="language"
              text={languageNames[one]}
              isChosen={one === current}
              onChoose={() => choose(one)}
            />
          ))}
        </Rows>
      </fieldset>
      <ProblemLine of={problem} />
    </main>
  );
}
