-- What old readings say goes to partitions, one a month, that can be detached (docs/adr/0023-archive.md). The row of the
-- reading stays where all refer to it, with its first paragraph. A process of the previous release shows that alone.
CREATE TABLE analysis_archive (
    analysis_id UUID NOT NULL REFERENCES analysis_history (id) ON DELETE CASCADE,
    -- That of the reading: its month is the partition.
    created_at TIMESTAMPTZ NOT NULL,
    analysis JSONB NOT NULL,
    vision JSONB,
    PRIMARY KEY (analysis_id, created_at)
) PARTITION BY RANGE (created_at);

-- When it went there; NULL: it stands in its row.
ALTER TABLE analysis_history ADD COLUMN IF NOT EXISTS archived_at TIMESTAMPTZ;
