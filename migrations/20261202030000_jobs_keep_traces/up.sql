-- The span that has enqueued a job, as a `traceparent` of W3C Trace Context. NULL: it belongs to no trace, or a process of
-- the previous release has enqueued it.
ALTER TABLE jobs ADD COLUMN trace_parent TEXT;
