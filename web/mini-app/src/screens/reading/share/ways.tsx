/** The ways of a card: into a chat, a story, another app, the gallery, or as a link. */
import { useState } from "react";
import { copy } from "../../../parts/copy";
import { Icon, type IconName } from "../../../parts/icon";
import * as telegram from "../../../telegram";
import { useMainButton } from "../../../telegram/buttons";
import { useTexts } from "../../../texts";
import { Refused } from "../refused";
import type { Format } from "./card";
import { Links } from "./links";
import { texts } from "./texts";
import { type Share, useShares } from "./use-shares";

interface Props {
  readonly id: string;
  readonly format: Format;
  /** `undefined` while it is drawn. */
  readonly file: File | undefined;
}

interface Way {
  readonly text: string;
  readonly icon: IconName;
  readonly go: (file: File) => unknown;
}

export function Ways({ id, format, file }: Props) {
  const t = useTexts(texts);
  const shares = useShares(id);
  const [note, setNote] = useState("");
  const linked = (then: (share: Share) => unknown) => async (of: File) => {
    setNote("");
    const share = await shares.of(of);
    if (share) await then(share);
  };
  const ways = waysOf(format, file, {
    send: {
      text: t.send,
      icon: "send",
      go: linked(async (share) => setNote((await sent(share)) ? t.sent : t.notSent)),
    },
    story: {
      text: t.toStory,
      icon: "story",
      go: linked(({ url, link }) => telegram.shareToStory(url, `${t.invitation} ${link}`)),
    },
    other: {
      text: t.otherApp,
      icon: "share",
      go: (of) => navigator.share({ files: [of] }).catch(() => undefined),
    },
    save: {
      text: t.save,
      icon: "save",
      go: linked(({ url }) => {
        telegram.download(url, "symancy.jpg");
        setNote(t.isSaved);
      }),
    },
    link: {
      text: t.link,
      icon: "link",
      go: linked(async ({ url }) => void (await copy(url))),
    },
  });
  const { isBusy } = shares.act;
  const first = ways[0];
  useMainButton({
    text: first?.text ?? t.title,
    onPress: () => file && first?.go(file),
    isActive: file !== undefined,
    isBusy,
  });
  return (
    <>
      <p className="hint small" role="status">
        {note}
      </p>
      <Refused why={shares.act.problem} />
      <div className="rows">
        {ways.map(({ text, icon, go }) => (
          <button
            key={icon}
            type="button"
            className="row"
            disabled={!file || isBusy}
            onClick={() => file && go(file)}
          >
            <Icon name={icon} />
            <span className="row-text">{text}</span>
          </button>
        ))}
        {!telegram.canDownload && <SaveLink file={file} text={t.save} />}
      </div>
      {!telegram.canDownload && <p className="hint small">{t.saveHint}</p>}
      <Links shares={shares} share={shares.made(file)} />
    </>
  );
}

type Name = "send" | "story" | "other" | "save" | "link";

/** Those that work here, the best one first. */
function waysOf(format: Format, file: File | undefined, all: Readonly<Record<Name, Way>>): Way[] {
  const canShareFiles = file !== undefined && navigator.canShare?.({ files: [file] }) === true;
  const works: Readonly<Record<Name, boolean>> = {
    send: telegram.canShareMessages,
    story: telegram.canShareStories && format === "story",
    other: canShareFiles,
    save: telegram.canDownload,
    link: true,
  };
  const order: Name[] = format === "story" ? ["story", "send"] : ["send"];
  return [...order, "other" as const, "save" as const, "link" as const]
    .filter((name) => works[name])
    .map((name) => all[name]);
}

/** Telegram takes a prepared message once; one that it has not is not sent. */
async function sent({ prepared_message_id: id }: Share): Promise<boolean> {
  return id ? telegram.sendPrepared(id) : false;
}

/** Of web views without Telegram's own download. */
function SaveLink({ file, text }: { file: File | undefined; text: string }) {
  const save = () => {
    if (!file) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = file.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 30_000);
  };
  return (
    <button type="button" className="row" disabled={!file} onClick={save}>
      <Icon name="save" />
      <span className="row-text">{text}</span>
    </button>
  );
}
