-- The ledger of one batch, schema 3.
--
-- Everything is one list of entries. An entry is written once; what is decided later is a further entry, never a change of
-- an earlier one. Each carries the SHA-256 of itself and of the entry before it, so that none can be changed, removed,
-- added or moved without every later hash giving it away. The last hash (the head) stands in manifest.json and on the
-- cover page of receipts.pdf. What an entry says is JSON in the spelling of records.ndjson, so that files can be written
-- again from here byte for byte. The views below lay it out in columns, for people and for SQL.

-- "UKTS": tells a ledger of ours from any other SQLite file.
PRAGMA application_id = 0x554B5453;

-- Version of this schema. A newer one than the program knows is refused, never guessed at. Version 1 had a table for each
-- of settings, scans, records and exceptions, and no chain; version 2 had no acts. Both are taken over whole
-- (src/ledger/migrate.rs).
PRAGMA user_version = 3;

CREATE TABLE entries (
    seq  INTEGER PRIMARY KEY CHECK (seq > 0),   -- from 1, without gaps
    kind TEXT    NOT NULL CHECK (kind IN ('settings', 'scan', 'exception', 'record', 'crop', 'receipt', 'close', 'decision', 'act')),
    body TEXT    NOT NULL CHECK (json_valid(body)),
    -- Hex SHA-256 over: hash of the entry before (64 zeros for the first), newline, seq, newline, kind, newline, body.
    hash TEXT    NOT NULL CHECK (length(hash) = 64)
) STRICT;

CREATE TRIGGER entries_are_not_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never changed; append a decision'); END;
CREATE TRIGGER entries_are_not_removed BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never removed'); END;

-- What the batch was run with: program, model, forms and rules, master, settings. One row.
CREATE VIEW settings AS
SELECT seq,
       body ->> 'batch'         AS batch,
       body ->> 'program'       AS program,
       body ->> 'model'         AS model,
       body ->> 'received_on'   AS received_on,
       body ->> 'postmarked_on' AS postmarked_on,
       body ->  'settings'      AS settings,
       body                     AS json
  FROM entries WHERE kind = 'settings';

-- Every form and master the batch was held against, with its hash.
CREATE VIEW versions AS
SELECT 'form' AS what, f.value ->> 'id' AS name, f.value ->> 'edition' AS edition, f.value ->> 'sha256' AS sha256
  FROM entries AS e, json_each(e.body, '$.forms') AS f WHERE e.kind = 'settings'
UNION ALL
SELECT 'master', body -> 'master' ->> 'source', body -> 'master' ->> 'as_of', body -> 'master' ->> 'sha256'
  FROM entries WHERE kind = 'settings' AND body ->> 'master' IS NOT NULL;

-- Files as they were given, in input order.
CREATE VIEW scans AS
SELECT seq,
       body ->> 'source' AS source,             -- relative to the inputs given
       body ->> 'sha256' AS sha256,             -- empty where the file could not be read
       body ->> 'bytes'  AS bytes,
       body ->> 'pages'  AS pages               -- what it counts for: 1 where it could not be opened
  FROM entries WHERE kind = 'scan';

-- Submissions, as the machine left them. `position` is the place of the first page among all pages of the batch, from 0.
CREATE VIEW records AS
SELECT seq,
       body ->> 'position'                AS position,
       body -> 'record' ->> 'id'           AS id,
       body -> 'record' ->> 'form'         AS form,
       body -> 'record' ->> 'edition'      AS edition,
       body -> 'record' ->> 'status'       AS status,
       body -> 'record' ->> 'receipt_no'   AS receipt_no,     -- none for anonymous forms
       body -> 'record' ->> 'duplicate_of' AS duplicate_of,   -- id of the record this one repeats
       body -> 'record'                    AS json
  FROM entries WHERE kind = 'record';

-- Pages that are in no record, and why.
CREATE VIEW exceptions AS
SELECT seq,
       body ->> 'position'               AS position,
       body -> 'exception' ->> 'source'  AS source,
       body -> 'exception' ->> 'page'    AS page,             -- 0 where the file could not be opened
       body -> 'exception' ->> 'sha256'  AS sha256,
       body -> 'exception' ->> 'kind'    AS kind,             -- blank or refused
       body -> 'exception' ->> 'reason'  AS reason,
       body -> 'exception' ->> 'message' AS message
  FROM entries WHERE kind = 'exception';

-- Every page, with what became of it.
CREATE VIEW pages AS
SELECT r.position,
       r.id                         AS record,
       r.status                     AS outcome,
       p.value ->> 'source'         AS source,
       p.value ->> 'page'           AS page,
       p.value ->> 'sha256'         AS sha256,
       p.value ->> 'pixels_sha256'  AS pixels_sha256,
       p.value ->> 'residual_mm'    AS residual_mm
  FROM records AS r, json_each(r.json, '$.pages') AS p
UNION ALL
SELECT position, NULL, kind, source, page, sha256, NULL, NULL FROM exceptions;

-- Every field of every record: what was read, how surely, and what it was held against.
CREATE VIEW readings AS
SELECT r.id                         AS record,
       f.key                        AS field,
       f.value ->> 'state'          AS state,
       f.value ->  'value'          AS value,
       f.value ->> 'first_reading'  AS first_reading,
       f.value ->> 'confidence'     AS confidence,
       f.value ->> 'threshold'      AS threshold,
       f.value ->> 'crop'           AS crop
  FROM records AS r, json_each(r.json, '$.fields') AS f;

-- Pictures of fields that a person must see, with the hash of each file.
CREATE VIEW crops AS
SELECT seq, body ->> 'path' AS path, body ->> 'sha256' AS sha256 FROM entries WHERE kind = 'crop';

-- Letters written when the batch was closed.
CREATE VIEW receipts AS
SELECT seq,
       body ->> 'record'     AS record,
       body ->> 'receipt_no' AS receipt_no,
       body ->> 'letter'     AS letter,         -- receipt or notice
       body ->  'notes'      AS notes           -- what the operator should know before it is posted
  FROM entries WHERE kind = 'receipt';

-- What people decided afterwards: who, when, of what, from, to, why.
CREATE VIEW decisions AS
SELECT seq,
       body ->> 'who'    AS who,
       body ->> 'when'   AS "when",
       body ->> 'record' AS record,
       body -> 'change' ->> 'field' AS field,   -- none where the status of the whole record was decided
       body -> 'change' ->  'from'  AS "from",
       body -> 'change' ->  'to'    AS "to",
       body ->> 'why'    AS why
  FROM entries WHERE kind = 'decision';

-- What people did that changed no record by itself.
CREATE VIEW acts AS
SELECT seq,
       body ->> 'who'    AS who,
       body ->> 'when'   AS "when",
       body ->> 'record' AS record,
       body ->> 'field'  AS field,
       body ->> 'deed'   AS deed,           -- opened, keyed, passed-on, settled, compared, taken-back
       body              AS json
  FROM entries WHERE kind = 'act';
