package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// A Model is a trained one.
type Model struct {
	Round   int
	Labeled int             // documents it was trained on
	Dir     string          // its folder, in the session's; "" where it wasn't kept
	Metrics json.RawMessage // what only its writer reads
	Trained time.Time
	Seconds float64 // that it took
	Judged  int64   // the last Seq it was trained on
}

// AddModel keeps what is known of a round's model. A round has one: the same again changes nothing, another is refused.
func (s *Session) AddModel(ctx context.Context, m Model) error {
	if m.Metrics == nil {
		m.Metrics = json.RawMessage("null")
	}
	if !json.Valid(m.Metrics) {
		return fmt.Errorf("store: the session in %s: the metrics of round %d's model are not JSON", s.dir, m.Round)
	}
	if !m.Trained.IsZero() {
		m.Trained = time.UnixMicro(m.Trained.UnixMicro()).UTC() // as it comes back
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		before, err := readModels(tx, "WHERE round = ?", m.Round)
		switch {
		case err != nil:
			return err
		case len(before) > 0 && reflect.DeepEqual(before[0], m):
			return nil
		case len(before) > 0:
			return fmt.Errorf("round %d has a model already, trained on %d documents", m.Round, before[0].Labeled)
		}
		_, err = tx.Exec("INSERT INTO models (round, labeled, dir, metrics, trained, seconds, judged) "+
			"VALUES (?, ?, ?, ?, ?, ?, ?)", m.Round, m.Labeled, m.Dir, []byte(m.Metrics), moment(m.Trained), m.Seconds, m.Judged)
		return err
	})
}

// Models returns the models by round.
func (s *Session) Models(ctx context.Context) ([]Model, error) { return s.ModelsFrom(ctx, 0) }

// ModelsFrom returns the models of a round and those after it.
func (s *Session) ModelsFrom(ctx context.Context, round int) (models []Model, err error) {
	err = s.view(ctx, func(tx *sql.Tx) (err error) {
		models, err = readModels(tx, "WHERE round >= ? ORDER BY round", round)
		return err
	})
	return models, err
}

func readModels(tx *sql.Tx, which string, args ...any) (models []Model, err error) {
	err = rows(tx, func(row *sql.Rows) error {
		var m Model
		var metrics []byte
		var trained sql.NullInt64
		if err := row.Scan(&m.Round, &m.Labeled, &m.Dir, &metrics, &trained, &m.Seconds, &m.Judged); err != nil {
			return err
		}
		m.Metrics, m.Trained = metrics, fromMoment(trained)
		models = append(models, m)
		return nil
	}, "SELECT round, labeled, dir, metrics, trained, seconds, judged FROM models "+which, args...)
	return models, err
}
