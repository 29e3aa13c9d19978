-- The tables of a state. A sighting says: this run saw this content of this record at this moment.
-- Everything else is computed from the sightings, so that their order of arrival cannot matter.
CREATE TABLE IF NOT EXISTS dataset (
    site TEXT NOT NULL                  -- "live", "demo", or the address of a copy
);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,          -- the name of the run's folder
    spider TEXT NOT NULL,
    outcome TEXT NOT NULL,              -- complete, partial, failed, unfinished
    reason TEXT,
    began INTEGER NOT NULL,             -- microseconds since 1970, UTC, like every moment
    ended INTEGER,
    arguments TEXT NOT NULL,            -- JSON
    scope TEXT NOT NULL,                -- JSON: manifest.Scope
    unlisted TEXT NOT NULL,             -- JSON: types of which the run could not read a list
    counts TEXT NOT NULL,               -- JSON: records taken in, by type
    manifest TEXT                       -- SHA-256 of manifest.json, NULL for an unfinished run
);
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (type, key)
);
CREATE TABLE IF NOT EXISTS versions (   -- the distinct contents of a record
    id INTEGER PRIMARY KEY,
    record INTEGER NOT NULL REFERENCES records,
    hash BLOB NOT NULL,                 -- content hash, SHA-256
    UNIQUE (record, hash)
);
CREATE TABLE IF NOT EXISTS documents (  -- a version as a run stored it, the best of all runs
    version INTEGER PRIMARY KEY REFERENCES versions,
    lacks INTEGER NOT NULL,             -- 1 for an article without its teaser
    moment INTEGER NOT NULL,
    json TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS drafts (     -- the same for unfinished runs, a row for each run
    version INTEGER NOT NULL REFERENCES versions,
    run INTEGER NOT NULL REFERENCES runs,
    lacks INTEGER NOT NULL,
    moment INTEGER NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (version, run)
);
CREATE TABLE IF NOT EXISTS sightings (
    version INTEGER NOT NULL REFERENCES versions,
    moment INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (version, moment, run)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS excuses (    -- pages that a complete run could not read
    url TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    PRIMARY KEY (url, run)
) WITHOUT ROWID;
-- A state of version 0.1 lacks the tables below. The next run that is taken in adds them.
CREATE TABLE IF NOT EXISTS templates (  -- what pages of a layout have in common
    digest TEXT PRIMARY KEY,
    json BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reparsed (   -- a version that a new parser made, without a change of the portal
    version INTEGER NOT NULL REFERENCES versions,
    before INTEGER NOT NULL REFERENCES versions,
    PRIMARY KEY (version, before)
) WITHOUT ROWID;
