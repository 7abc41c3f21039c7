DROP TABLE import_runs, import_quarantine, imported_readings, imported_people;
