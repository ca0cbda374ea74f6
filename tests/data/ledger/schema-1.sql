-- Schema 1 of the ledger, as uketsuke 0.1.0 wrote it before its rows formed a chain. Kept to test that such ledgers lose nothing.

-- "UKTS": tells a ledger of ours from any other SQLite file.
PRAGMA application_id = 0x554B5453;

-- Version of this schema. A newer one than the program knows is refused, never guessed at.
PRAGMA user_version = 1;

-- What the batch was run with: forms, rules, master, model, program, settings (the JSON of `Provenance`). One row.
CREATE TABLE provenance (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    json TEXT NOT NULL
) STRICT;

-- Files as they were given, in input order.
CREATE TABLE inputs (
    position INTEGER PRIMARY KEY,       -- from 0
    source   TEXT    NOT NULL,          -- relative to the inputs given
    sha256   TEXT    NOT NULL,          -- empty where the file could not be read
    bytes    INTEGER NOT NULL,
    pages    INTEGER NOT NULL           -- what it counts for: 1 where it could not be opened
) STRICT;

-- Submissions, as the machine left them. `position` is the place of the first page among all pages of the batch, from 0.
CREATE TABLE records (
    position     INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL,
    form         TEXT    NOT NULL,
    edition      TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('accepted', 'deficient', 'review', 'duplicate')),
    receipt_no   TEXT,                  -- none for anonymous forms
    duplicate_of TEXT,                  -- id of the record this one repeats
    json         TEXT    NOT NULL       -- the whole record
) STRICT;
CREATE INDEX records_by_id ON records (id);

-- Pages that are in no record, and why.
CREATE TABLE exceptions (
    position INTEGER PRIMARY KEY,       -- place among all pages of the batch, from 0
    source   TEXT    NOT NULL,
    page     INTEGER NOT NULL,          -- 0 where the file could not be opened
    sha256   TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('blank', 'refused')),
    reason   TEXT    NOT NULL,
    message  TEXT    NOT NULL
) STRICT;

-- Every page of every record, each on a row of its own.
CREATE VIEW pages AS
SELECT r.position        AS record,
       p.key + 0         AS ordinal,
       p.value ->> 'source'        AS source,
       p.value ->> 'page'          AS page,
       p.value ->> 'sha256'        AS sha256,
       p.value ->> 'pixels_sha256' AS pixels_sha256,
       p.value ->> 'residual_mm'   AS residual_mm
  FROM records AS r, json_each(r.json, '$.pages') AS p;

-- Every field of every record, each on a row of its own: what was read, how surely, and what it was held against.
CREATE VIEW readings AS
SELECT r.position        AS record,
       f.key             AS field,
       f.value ->> 'state'         AS state,
       f.value ->  'value'         AS value,
       f.value ->> 'first_reading' AS first_reading,
       f.value ->> 'confidence'    AS confidence,
       f.value ->> 'threshold'     AS threshold,
       f.value ->> 'crop'          AS crop
  FROM records AS r, json_each(r.json, '$.fields') AS f;
