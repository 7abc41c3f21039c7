-- Readings that have not gone to the archive, the oldest first. A migration of its own, because writes wait while an index is
-- made: reads do not. Not CONCURRENTLY, which waits for those that wait for our lock. docs/RELEASES.md makes it beforehand.
CREATE INDEX IF NOT EXISTS idx_analysis_unarchived ON analysis_history (created_at)
    WHERE archived_at IS NULL AND status = 'completed';
