package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb"
)

// flat is a row of rounds.csv and rounds.parquet: what a round gave in numbers, for a spreadsheet or a data frame. A number that
// there isn't is null, and empty in CSV.
type flat struct {
	Arm       string   `parquet:"arm"`
	Seed      uint64   `parquet:"seed"`
	Round     int64    `parquet:"round"`
	Labeled   int64    `parquet:"labeled"`                    // documents
	Words     *int64   `parquet:"words,optional"`             // of them, for tagging
	Metric    string   `parquet:"metric"`                     // what value is
	Value     *float64 `parquet:"value,optional"`             // null where no model was evaluated
	Precision *float64 `parquet:"precision,optional"`         // of spans
	Recall    *float64 `parquet:"recall,optional"`            // of spans
	Train     float64  `parquet:"train_seconds"`              // of the acquisition model
	Score     float64  `parquet:"score_seconds"`              // of the query
	Shared    bool     `parquet:"shared"`                     // all or part of these seconds were spent for several arms, once
	Scored    int64    `parquet:"scored"`                     // documents
	Pool      *int64   `parquet:"pool,optional"`              // documents that a query could score
	Kept      *float64 `parquet:"kept,optional"`              // share of the full query in what was scored
	Successor *float64 `parquet:"successor_seconds,optional"` // all its stages, whoever had them done
	Quality   *float64 `parquet:"q,optional"`                 // of the pseudo-labeler
	Labels    *int64   `parquet:"pseudo_labels,optional"`
	Dropped   *int64   `parquet:"dropped,optional"` // of them
	Wrong     *int64   `parquet:"wrong,optional"`   // of them
}

func flatten(r *alnb.Results) []flat {
	var rows []flat
	for _, d := range r.Rounds() {
		row := flat{
			Arm: d.Arm, Seed: d.Seed, Round: int64(d.Number), Labeled: int64(len(d.Labeled.IDs)), Metric: r.Metric(),
			Train: d.Timings.Train, Score: d.Timings.Score, Scored: int64(d.Timings.Scored), Shared: d.Timings.Shared,
		}
		if r.Tagging() {
			row.Words = count(d.Labeled.Words)
		}
		if m := d.Metrics; m != nil {
			row.Value = &m.Value
			if r.Tagging() {
				row.Precision, row.Recall = &m.Precision, &m.Recall
			}
		}
		if d.Query != nil && d.Query.Sample != nil {
			row.Pool, row.Kept = count(d.Query.Sample.Pool), d.Query.Sample.Kept
		}
		if len(d.Timings.Stages) > 0 {
			row.Successor = new(float64)
			for _, stage := range d.Timings.Stages {
				*row.Successor += stage.Seconds
				row.Shared = row.Shared || stage.Shared
			}
		}
		if p := d.PseudoLabeling; p != nil {
			row.Labels, row.Dropped = count(p.Labeled), count(p.Dropped)
			if p.Quality != nil {
				row.Quality = &p.Quality.Q
			}
			if p.Errors != nil {
				row.Wrong = count(p.Errors.Wrong)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func count(n int) *int64 {
	wide := int64(n)
	return &wide
}

// inParquet is rounds.parquet.
func inParquet(rows []flat) ([]byte, error) {
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		return nil, fmt.Errorf("report: rounds.parquet: %w", err)
	}
	return out.Bytes(), nil
}

// inCSV is rounds.csv, with the same columns.
func inCSV(rows []flat) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	var names []string
	for _, field := range parquet.SchemaOf(flat{}).Fields() {
		names = append(names, field.Name())
	}
	w.Write(names)
	for _, r := range rows {
		w.Write([]string{
			r.Arm, fmt.Sprint(r.Seed), fmt.Sprint(r.Round), fmt.Sprint(r.Labeled), whole(r.Words), r.Metric, number(r.Value), number(r.Precision),
			number(r.Recall), number(&r.Train), number(&r.Score), fmt.Sprint(r.Shared), fmt.Sprint(r.Scored), whole(r.Pool), number(r.Kept), number(r.Successor),
			number(r.Quality), whole(r.Labels), whole(r.Dropped), whole(r.Wrong),
		})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, fmt.Errorf("report: rounds.csv: %w", err)
	}
	return out.Bytes(), nil
}

func whole(n *int64) string {
	if n == nil {
		return ""
	}
	return fmt.Sprint(*n)
}

func number(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'g', -1, 64)
}
