DROP TABLE probe_results, probe_runs;
