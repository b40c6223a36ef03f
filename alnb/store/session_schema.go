package store

import (
	"context"
	"database/sql"
	"fmt"
)

// application marks a database as a session's, in its header; the letters "alnb".
const application = 0x616c6e62

// migrations are the steps that lead from an empty database to the newest form, in order; a database's version is the
// number of those it has been through. They are never changed once released, only added to.
func migrations() []string { return []string{firstSchema, secondSchema} }

// Times are microseconds since 1970, in UTC. Classes are referred to by number.
const firstSchema = `
CREATE TABLE session (
	id          INTEGER PRIMARY KEY CHECK (id = 1),
	name        TEXT    NOT NULL,
	origin      TEXT    NOT NULL,
	spans       INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	pool        INTEGER NOT NULL, -- documents; numbered before those of the test split
	test        INTEGER NOT NULL,
	config      BLOB    NOT NULL, -- JSON
	queue_round INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE documents (
	number INTEGER PRIMARY KEY,
	id     TEXT    NOT NULL,
	test   INTEGER NOT NULL,
	UNIQUE (id, test)
) STRICT;

-- Apart from documents, since those are read often and these are large.
CREATE TABLE texts (
	number INTEGER PRIMARY KEY REFERENCES documents,
	text   TEXT NOT NULL,
	words  TEXT           -- a JSON list
) STRICT;

CREATE TABLE classes (
	number    INTEGER PRIMARY KEY,
	name      TEXT NOT NULL UNIQUE,
	went_into INTEGER REFERENCES classes -- NULL where it is a class of its own
) STRICT;

CREATE TABLE class_events (
	seq       INTEGER PRIMARY KEY,
	kind      TEXT    NOT NULL CHECK (kind IN ('add', 'rename', 'merge')),
	class     INTEGER NOT NULL REFERENCES classes,
	name      TEXT    NOT NULL,
	was       TEXT,                       -- its name before it was renamed
	went_into INTEGER REFERENCES classes, -- what it was merged into
	annotator TEXT    NOT NULL,
	at        INTEGER NOT NULL
) STRICT;

-- All that was ever said; nothing is changed or removed.
CREATE TABLE judgments (
	seq       INTEGER PRIMARY KEY,
	request   TEXT UNIQUE, -- NULL where it came with the document
	digest    BLOB,        -- of what the request said, to know it again
	number    INTEGER NOT NULL REFERENCES documents,
	verdict   TEXT    NOT NULL CHECK (verdict IN ('', 'label', 'skip', 'unsure')), -- '' takes back the one before
	class     INTEGER REFERENCES classes,
	spans     TEXT,        -- a JSON list of {"start", "end", "class"}
	flagged   INTEGER NOT NULL,
	note      TEXT    NOT NULL,
	annotator TEXT    NOT NULL,
	at        INTEGER,
	round     INTEGER NOT NULL,
	seconds   REAL    NOT NULL
) STRICT;
CREATE INDEX judgments_of_document ON judgments (number, seq);
CREATE TRIGGER judgments_stay BEFORE DELETE ON judgments BEGIN SELECT RAISE(ABORT, 'judgments are never removed'); END;
CREATE TRIGGER judgments_keep BEFORE UPDATE ON judgments BEGIN SELECT RAISE(ABORT, 'judgments are never changed'); END;

-- The last judgment of each document, and what is counted of it.
CREATE TABLE latest (
	number  INTEGER PRIMARY KEY REFERENCES documents,
	seq     INTEGER NOT NULL REFERENCES judgments,
	verdict TEXT    NOT NULL,
	class   INTEGER,
	flagged INTEGER NOT NULL
) STRICT;
CREATE INDEX latest_counted ON latest (verdict, class, flagged);
CREATE TABLE latest_spans (
	number INTEGER NOT NULL REFERENCES documents,
	class  INTEGER NOT NULL,
	spans  INTEGER NOT NULL,
	PRIMARY KEY (number, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
	position INTEGER PRIMARY KEY,
	number   INTEGER NOT NULL UNIQUE REFERENCES documents
) STRICT;

-- Documents that people are to look at again, in order. One is done once it was judged after the judgment with this number.
CREATE TABLE review (
	position INTEGER PRIMARY KEY,
	number   INTEGER NOT NULL UNIQUE REFERENCES documents,
	after    INTEGER NOT NULL
) STRICT;

CREATE TABLE scores (
	number INTEGER PRIMARY KEY REFERENCES documents,
	score  REAL    NOT NULL,
	round  INTEGER NOT NULL
) STRICT;

CREATE TABLE models (
	round   INTEGER PRIMARY KEY,
	labeled INTEGER NOT NULL,
	dir     TEXT    NOT NULL,
	metrics BLOB    NOT NULL, -- JSON
	trained INTEGER,
	seconds REAL    NOT NULL,
	judged  INTEGER NOT NULL
) STRICT;

CREATE TABLE lease (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	token TEXT    NOT NULL,
	pid   INTEGER NOT NULL,
	host  TEXT    NOT NULL,
	url   TEXT    NOT NULL,
	since INTEGER NOT NULL,
	beat  INTEGER NOT NULL,
	doing TEXT    NOT NULL
) STRICT;
`

const secondSchema = `
-- Documents that others have replaced in the open batch, and that nobody has judged since.
CREATE TABLE replaced (
	number INTEGER PRIMARY KEY REFERENCES documents
) STRICT;

-- Labels that people have given once more where they were to look at them again, as they counted then.
CREATE TABLE confirmed (
	number INTEGER PRIMARY KEY REFERENCES documents,
	label  TEXT NOT NULL -- the class's number; or the spans, as judgments have them
) STRICT;

-- Second looks that whoever trains was asked for. At most one is open: neither found nor problem is there.
CREATE TABLE looks (
	seq      INTEGER PRIMARY KEY,
	folds    INTEGER NOT NULL,
	top      INTEGER NOT NULL,
	progress BLOB, -- JSON
	found    BLOB, -- JSON
	problem  TEXT
) STRICT;
`

// checkForm refuses a database that is no session's, and one that a newer program has changed.
func checkForm(ctx context.Context, path string, db *sql.DB, newest int) error {
	var mark, version int
	err := patiently(ctx, func() error {
		if err := db.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA application_id").Scan(&mark); err != nil {
			return err
		}
		return db.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA user_version").Scan(&version)
	})
	switch {
	case err != nil:
		return err
	case mark != application || version < 1:
		return fmt.Errorf("%s is a database, but not a session's", path)
	case version > newest:
		return fmt.Errorf("%s is of version %d; this program reads up to version %d: use a newer one", path, version, newest)
	}
	return nil
}

// migrate takes the steps that the database hasn't been through, all or none.
func (s *Session) migrate(ctx context.Context, steps []string) error {
	var version int
	if err := s.view(ctx, func(tx *sql.Tx) error { return tx.QueryRow("PRAGMA user_version").Scan(&version) }); err != nil {
		return err
	}
	if version >= len(steps) {
		return nil
	}
	return s.update(ctx, func(tx *sql.Tx) error { return takeSteps(tx, steps) })
}

// takeSteps reads the version anew: another process may have been faster.
func takeSteps(tx *sql.Tx, steps []string) error {
	var version int
	if err := tx.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	for version < len(steps) {
		if _, err := tx.Exec(steps[version]); err != nil {
			return fmt.Errorf("bring it from version %d to %d: %w", version, version+1, err)
		}
		version++
	}
	_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", version)) // takes no parameters
	return err
}
