DROP INDEX idx_analysis_unarchived;
