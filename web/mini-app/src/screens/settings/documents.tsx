/** The terms of use and the privacy policy. They can be read before anything is agreed to. */
import { api } from "../../api/call";
import { useLoaded } from "../../api/loaded";
import { Button } from "../../parts/button";
import { Problem } from "../../parts/problem";
import { LinkRow, Rows } from "../../parts/rows";
import { Skeletons } from "../../parts/skeletons";
import { Title } from "../../parts/title";
import * as telegram from "../../telegram";
import { fill, useTexts } from "../../texts";
import { useLanguage } from "../../texts/language";
import { texts } from "./texts";

export type DocumentName = "terms" | "privacy";

export function DocumentPage({ name }: { name: DocumentName }) {
  const t = useTexts(texts);
  const key = `document-${name}-${useLanguage()}`;
  const { data, problem, reload } = useLoaded(key, (signal) =>
    api("get", "/v1/documents/{name}", { path: { name }, signal }),
  );
  if (!data) return problem ? <Problem of={problem} onRetry={reload} /> : <Skeletons lines={5} />;
  const { url, version, paragraphs, language } = data;
  const other = name === "terms" ? "privacy" : "terms";
  return (
    <main className="screen">
      <Title>{t[name]}</Title>
      <article className="settings-document" lang={language}>
        {paragraphs.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </article>
      <p className="hint small">{fill(t.documentVersion, { version })}</p>
      {url && (
        <Button kind="plain" onPress={() => telegram.openLink(url)}>
          {t.documentWhole}
        </Button>
      )}
      <Rows>
        <LinkRow to={`/settings/${other}`} text={t[other]} />
      </Rows>
    </main>
  );
}
