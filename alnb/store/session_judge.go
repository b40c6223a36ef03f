package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// A Judging is what a client asks to be kept.
type Judging struct {
	Request  string // the client's own name for it, unique; "": one is made up
	Document string // its ID; where the pool and the test split both have one, the pool's is meant
	// Judgment names the class, or the types of spans, as they are called when it is kept. Without a time, it gets the
	// present one.
	corpus.Judgment
	Withdraw bool    // takes back the document's judgment, so that it counts as not judged; then there is no verdict
	Round    int     // of the batch that the document was in
	Seconds  float64 // for which the person looked at it; 0: unknown
}

// A Receipt says that a judging is kept.
type Receipt struct {
	Seq      int64 // its number in the session's history, from 1
	Repeated bool  // this request was kept before; nothing was changed
}

// Judge keeps judgments, all or none: when it returns they are on disk. A request that was kept before changes nothing
// and gives the receipt of then, if it says the same about the same document, apart from time, round and seconds; else
// it is an error.
func (s *Session) Judge(ctx context.Context, judgings ...Judging) ([]Receipt, error) {
	receipts := make([]Receipt, len(judgings))
	err := s.update(ctx, func(tx *sql.Tx) error {
		k, err := newKeeper(tx, s.about.Spans)
		if err != nil {
			return err
		}
		for i, j := range judgings {
			if receipts[i], err = k.judge(j); err != nil {
				return fmt.Errorf("document %q: %w", j.Document, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// A keeper checks judgings and writes them.
type keeper struct {
	*statements
	spans   bool // documents are words, to be marked with spans
	classes *classes
}

func newKeeper(tx *sql.Tx, spans bool) (*keeper, error) {
	classes, err := readClasses(tx)
	return &keeper{newStatements(tx), spans, classes}, err
}

func (k *keeper) judge(j Judging) (Receipt, error) {
	digest, err := j.digest()
	if err != nil {
		return Receipt{}, err
	}
	if j.Request == "" {
		j.Request = rand.Text()
	}
	var before int64
	var said []byte
	err = k.row("SELECT seq, coalesce(digest, x'') FROM judgments WHERE request = ?", []any{j.Request}, &before, &said)
	switch {
	case err == nil && !bytes.Equal(said, digest):
		return Receipt{}, fmt.Errorf("the request %q was used before, for another judgment; give each its own", j.Request)
	case err == nil:
		return Receipt{Seq: before, Repeated: true}, nil
	case !errors.Is(err, sql.ErrNoRows):
		return Receipt{}, err
	}
	number, err := k.number(j.Document)
	if err != nil {
		return Receipt{}, err
	}
	words := 0
	if len(j.Spans) > 0 {
		if words, err = k.words(number); err != nil {
			return Receipt{}, err
		}
	}
	if j.At.IsZero() {
		j.At = time.Now()
	}
	seq, err := k.keep(number, words, j, digest)
	if err == nil {
		err = errors.Join(batch{k.statements}.restore(number), k.confirm(number, seq))
	}
	return Receipt{Seq: seq}, err
}

// digest tells two requests apart that say different things. What the program adds, which differs when a request is
// sent again, is left out.
func (j Judging) digest() ([]byte, error) {
	said := j.Judgment
	said.At = time.Time{}
	if len(said.Spans) == 0 {
		said.Spans = nil
	}
	raw, err := json.Marshal(struct {
		Document string
		Withdraw bool
		Judgment corpus.Judgment
	}{j.Document, j.Withdraw, said})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}

// keep checks a judging of the document with this number and so many words, and writes it. Without a digest it came
// with the document.
func (k *keeper) keep(number, words int, j Judging, digest []byte) (seq int64, err error) {
	if err := k.check(number, words, j); err != nil {
		return 0, err
	}
	var class sql.NullInt64
	if j.Class != "" {
		found, err := k.classes.find(k.tx, j.Class)
		if err != nil {
			return 0, err
		}
		class = sql.NullInt64{Int64: int64(found.Number), Valid: true}
	}
	spans, counted, err := k.encodeSpans(j)
	if err != nil {
		return 0, err
	}
	request := sql.NullString{String: j.Request, Valid: digest != nil}
	kept, err := k.exec("INSERT INTO judgments (request, digest, number, verdict, class, spans, flagged, note, annotator, at, "+
		"round, seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", request, digest, number, string(j.Verdict), class, spans,
		j.Flagged, j.Note, j.Annotator, moment(j.At), j.Round, j.Seconds)
	if err != nil {
		return 0, err
	}
	if seq, err = kept.LastInsertId(); err != nil {
		return 0, err
	}
	if _, err := k.exec("INSERT INTO latest (number, seq, verdict, class, flagged) VALUES (?, ?, ?, ?, ?) "+
		"ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, verdict = excluded.verdict, class = excluded.class, "+
		"flagged = excluded.flagged", number, seq, string(j.Verdict), class, j.Flagged); err != nil {
		return 0, err
	}
	return seq, k.countSpans(number, counted)
}

// check finds what makes no sense.
func (k *keeper) check(number, words int, j Judging) error {
	said := j.Class != "" || len(j.Spans) > 0
	switch {
	case j.Withdraw:
		if said || j.Verdict != "" {
			return errors.New("its judgment is both given and withdrawn")
		}
		var verdict string
		err := k.row("SELECT verdict FROM latest WHERE number = ?", []any{number}, &verdict)
		if errors.Is(err, sql.ErrNoRows) || err == nil && verdict == "" {
			return errors.New("it isn't judged, so there is nothing to withdraw")
		}
		return err
	case j.Verdict == corpus.Skipped || j.Verdict == corpus.Unsure:
		if said {
			return fmt.Errorf("it is labeled, but the verdict is %q", j.Verdict)
		}
		return nil
	case j.Verdict != corpus.Labeled:
		return fmt.Errorf("the verdict %q is none of %q, %q and %q", j.Verdict, corpus.Labeled, corpus.Skipped, corpus.Unsure)
	case k.spans && j.Class != "":
		return fmt.Errorf("it is to be marked with spans, and can't have the class %q", j.Class)
	case k.spans:
		return corpus.CheckSpans(words, j.Spans)
	case len(j.Spans) > 0:
		return errors.New("it is to be given a class, and can't have spans")
	case j.Class == "":
		return errors.New("it has no class, but the verdict is that it is labeled")
	}
	return nil
}

// storedSpan is a span with the number of its type, which stays when the type is renamed.
type storedSpan struct {
	Start int `json:"start"`
	End   int `json:"end"`
	Class int `json:"class"`
}

// encodeSpans returns spans as they are stored, and how many there are of each type.
func (k *keeper) encodeSpans(j Judging) (encoded sql.NullString, counted map[int]int, err error) {
	if !k.spans || j.Verdict != corpus.Labeled {
		return encoded, nil, nil
	}
	stored, counted := make([]storedSpan, len(j.Spans)), make(map[int]int)
	for i, span := range j.Spans {
		class, err := k.classes.find(k.tx, span.Type)
		if err != nil {
			return encoded, nil, err
		}
		stored[i] = storedSpan{span.Start, span.End, class.Number}
		counted[class.Number]++
	}
	raw, err := json.Marshal(stored)
	return sql.NullString{String: string(raw), Valid: true}, counted, err
}

// countSpans replaces what is counted of a document.
func (k *keeper) countSpans(number int, counted map[int]int) error {
	if !k.spans {
		return nil
	}
	if _, err := k.exec("DELETE FROM latest_spans WHERE number = ?", number); err != nil {
		return err
	}
	for class, n := range counted {
		if _, err := k.exec("INSERT INTO latest_spans (number, class, spans) VALUES (?, ?, ?)", number, class, n); err != nil {
			return err
		}
	}
	return nil
}
