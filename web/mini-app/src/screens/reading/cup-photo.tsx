/** The photo of a reading: small and whole at the head of the letter, as large as the glass when it is touched. */
import { useState } from "react";
import { api } from "../../api/call";
import { useLoaded } from "../../api/loaded";
import { Icon } from "../../parts/icon";
import { Modal } from "../../parts/modal";
import { useTexts } from "../../texts";
import { pictureOf } from "../new-reading/sent-pictures";
import { texts } from "./texts";

export function CupPhoto({ id }: { id: string }) {
  const t = useTexts(texts);
  const { data, reload, problem } = useLoaded(`photo:${id}`, (signal) =>
    api("get", "/v1/analyses/{id}/photo", { path: { id }, signal }),
  );
  const [failures, setFailures] = useState(0);
  const [isOpen, setOpen] = useState(false);
  const isMissing = failures > 1 || (problem !== undefined && !data);
  // Once: the link may have expired since it was asked for.
  const failed = () => {
    setFailures(failures + 1);
    if (failures === 0) void reload();
  };
  if (isMissing) {
    return (
      <p className="letter-photo letter-no-photo hint small">
        <Icon name="cup" />
        {t.noPhoto}
      </p>
    );
  }
  const url = pictureOf(id) ?? data?.photo.url;
  return (
    <>
      <button
        type="button"
        className="letter-photo"
        aria-label={t.enlarge}
        disabled={!url}
        onClick={() => setOpen(true)}
      >
        {url && <img src={url} alt={t.photo} loading="lazy" decoding="async" onError={failed} />}
      </button>
      {isOpen && url && <Viewer url={url} onClose={() => setOpen(false)} />}
    </>
  );
}

function Viewer({ url, onClose }: { url: string; onClose: () => void }) {
  const t = useTexts(texts);
  const [isNear, setNear] = useState(false);
  return (
    <Modal label={t.photo} onClose={onClose} className={isNear ? "viewer viewer-near" : "viewer"}>
      <button type="button" aria-label={t.enlarge} aria-pressed={isNear} onClick={() => setNear(!isNear)}>
        <img src={url} alt={t.photo} />
      </button>
    </Modal>
  );
}
