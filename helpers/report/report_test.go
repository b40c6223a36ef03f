package report

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
	"github.com/alnb/alnb/datasets"
	"github.com/alnb/alnb/helpers/internal/browsertest"
)

func TestTables(t *testing.T) {
	curves := []eval.Curve{{Arm: "LC", Metric: "accuracy", Points: []eval.Point{
		{Labeled: 50, Mean: 0.5, Std: 0.1, Seeds: 3}, {Round: 1, Labeled: 100, Mean: 0.75, Std: 0.05, Seeds: 2},
	}}}
	l := curveLines("title", []string{"data: some"}, curves)
	if l.YLabel != "accuracy" || l.Series[0].X[1] != 100 || l.Series[0].Std[0] != 0.1 ||
		l.Note != "Mean ± one standard deviation over the 2 to 3 seeds that are finished." || !slices.Equal(l.Sources, []string{"data: some"}) {
		t.Errorf("%+v", l)
	}
	if row := curveTable("title", curves).Rows[1]; strings.Join(row, "|") != "LC|100|0.7500 ± 0.0500|2" {
		t.Errorf("%q", row)
	}
	times := timingTable([]eval.Timing{
		{Arm: "LC", Train: eval.MeanStd{Mean: 10, Std: 1, N: 3}, Score: eval.MeanStd{Mean: 4, Std: 0.5, N: 3}, Steps: 100, Scored: 1000},
		{Arm: "Random", Round: -1, Train: eval.MeanStd{Mean: 20, Std: 2, N: 3}, Steps: 100},
	})
	if got := strings.Join(times.Rows[0], "|"); got != "LC|0|10.0 ± 1.0|4.0 ± 0.5|10.0|250" {
		t.Error(got)
	}
	if got := strings.Join(times.Rows[1], "|"); got != "Random|all|20.0 ± 2.0|–|5.0|–" || times.Strong[0] != 1 {
		t.Error(got)
	}
	if l := curveLines("t", nil, nil); l.Note != "No round is finished yet." {
		t.Error(l.Note)
	}
}

func TestQueryTables(t *testing.T) {
	words := []eval.Curve{{Arm: "MNLP", Metric: "span F1", Area: eval.MeanStd{Mean: 0.5, N: 1}, Points: []eval.Point{{Labeled: 7, Words: 90, Mean: 0.5, Seeds: 1}, {Labeled: 9, Words: 120, Mean: 0.5, Seeds: 1}}}}
	if l := curveLines("t", nil, words); l.XLabel != "labeled words" || l.Series[0].X[0] != 90 {
		t.Errorf("%+v", l)
	}
	if got := strings.Join(areaTable(words).Rows[0], "|"); got != "MNLP|0.5000|1" {
		t.Error(got)
	}
	iterations := iterationTable([]eval.Timing{
		{Arm: "UPS", Round: 6, Train: eval.MeanStd{Mean: 10, N: 1}, Score: eval.MeanStd{Mean: 4, N: 1}, Both: eval.MeanStd{Mean: 14, N: 1}},
		{Arm: "UPS", Round: -1},
	})
	if got := strings.Join(iterations.Rows[0], "|"); got != "UPS|6|10.0|4.0|14.0" || iterations.Rows[1][1] != "all" || iterations.Strong[0] != 1 {
		t.Errorf("%s, %+v", got, iterations)
	}
	samplings := []eval.Sampling{
		{Arm: "UPS", Query: 1, Full: true, Share: eval.MeanStd{Mean: 1, N: 2}, Kept: eval.MeanStd{Mean: 0.9, Std: 0.1, N: 2}, Seconds: eval.MeanStd{Mean: 3, N: 2}, Saved: eval.MeanStd{N: 2},
			Contained: []eval.MeanStd{{Mean: 0.1, N: 1}, {Mean: 0.2, N: 1}, {Mean: 0.3, N: 1}, {Mean: 0.4, N: 1}, {Mean: 0.5, N: 1}}},
		{Arm: "UPS", Query: 2, Share: eval.MeanStd{Mean: 0.25, N: 1}, Kept: eval.MeanStd{Mean: 0.5, N: 1}, Seconds: eval.MeanStd{Mean: 0.5, N: 1}, Saved: eval.MeanStd{Mean: 3, N: 1}},
		{Arm: "UPS", Query: 3, Share: eval.MeanStd{Mean: 0.25, N: 1}, Kept: eval.MeanStd{Mean: 0.75, N: 1}, Seconds: eval.MeanStd{Mean: 0.5, N: 1}, Saved: eval.MeanStd{Mean: 4, N: 1}},
		{Arm: "UPS", Query: -1, Share: eval.MeanStd{Mean: 0.5, N: 1}, Kept: eval.MeanStd{Mean: 0.7, N: 1}, Seconds: eval.MeanStd{Mean: 4, N: 1}, Saved: eval.MeanStd{Mean: 7, N: 1}, Late: 2},
	}
	queries := samplingTable(samplings)
	for i, want := range map[int]string{0: "UPS|1|1.000 ± 0.000|0.900 ± 0.100|3.00 ± 0.00|0.00 ± 0.00|0", 3: "UPS|all|0.500|0.625|4.00|7.00|2"} {
		if got := strings.Join(queries.Rows[i], "|"); got != want || len(queries.Columns) != len(queries.Rows[i]) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	contained := containmentTable(samplings)
	if got := strings.Join(contained.Rows[0], "|"); got != "UPS|1|0.100|0.200|0.300|0.400|0.500" || len(contained.Rows) != 1 || len(contained.Columns) != 7 {
		t.Errorf("%s, %+v", got, contained)
	}
	differences := differenceTable([]eval.Curve{{Arm: "LC", Metric: "accuracy"}, {Arm: "UPS"}, {Arm: "odd"}}, "LC", []eval.Difference{{Arm: "UPS", Round: 4, Mean: -0.0125, Low: -0.02, High: 0.004, Seeds: 3}})
	if got := strings.Join(differences.Rows[0], "|"); got != "UPS|4|-0.0125|-0.0200 to +0.0040|3" ||
		!strings.HasSuffix(differences.Note, "Left out is what has no such round of the same seed: “odd”.") {
		t.Errorf("%s, %s", got, differences.Note)
	}
	lines := containmentLines(samplings, "UPS")
	if got := lines.Series; len(got) != 2 || got[0].Name != "query 1" || got[0].Y[4] != 0.5 || got[1].Y[0] != 0.1 {
		t.Errorf("%+v", got)
	}
}

func TestStandingTable(t *testing.T) {
	s := alnb.Standing{Running: true, Left: 90 * time.Minute, Units: []alnb.Unit{
		{Arm: "a", Seed: 1, Done: 3, Rounds: 3}, {Arm: "a", Seed: 2, Done: 1, Rounds: 3, Failed: "the loss is NaN"}, {Arm: "b", Seed: 1, Done: 0, Rounds: 1}, {Arm: "b", Seed: 2, Rounds: 1},
	}}
	table := standingTable(s)
	if got := strings.Join(append(table.Rows[0], table.Rows[1]...), "|"); got != "a|3 of 3|1 of 3, failed|b|0 of 1|0 of 1" || len(table.Columns) != 3 {
		t.Errorf("%s, %+v", got, table.Columns)
	}
	if table.Note != "4 of 8 rounds; a process is at work on the rest, about 1h30m0s to go. Failed: the loss is NaN" {
		t.Error(table.Note)
	}
	for left, want := range map[time.Duration]string{0: "the rest. F", 29 * time.Second: "the rest, less than a minute to go. F", 31 * time.Second: "the rest, about 1m0s to go. F"} {
		s.Left = left
		if table := standingTable(s); !strings.Contains(table.Note, want) {
			t.Errorf("%v: %s", left, table.Note)
		}
	}
	if done := standingTable(alnb.Standing{Units: s.Units[:1]}); done.Note != "All is finished." {
		t.Error(done.Note)
	}
}

// A model of all labels is a line over the others' width, and says how many labels they need.
func TestAllLabels(t *testing.T) {
	curves := []eval.Curve{
		{Arm: "LC", Metric: "accuracy", Points: []eval.Point{{Labeled: 50, Mean: 0.5, Seeds: 2}, {Labeled: 100, Mean: 0.75, Seeds: 2}}},
		{Arm: "all", Metric: "accuracy", All: true, Points: []eval.Point{{Labeled: 2000, Mean: 0.8, Std: 0.01, Seeds: 2}}},
	}
	l := curveLines("t", nil, curves)
	if line := l.Series[1]; !slices.Equal(line.X, []float64{50, 100}) || !slices.Equal(line.Y, []float64{0.8, 0.8}) || line.Std[1] != 0.01 {
		t.Errorf("%+v", line)
	}
	if alone := curveLines("t", nil, curves[1:]).Series[0]; !slices.Equal(alone.X, []float64{2000}) {
		t.Errorf("%+v", alone)
	}
	if areas := areaTable(curves); len(areas.Rows) != 1 {
		t.Errorf("%+v", areas)
	}
	late := eval.Curve{Arm: "late", Points: []eval.Point{{Round: 1, Labeled: 100, Mean: 0.7}, {Round: 3, Labeled: 200, Mean: 0.8}}}
	if areas := areaTable(append(curves[:1:1], late)); len(areas.Rows) != 1 || !strings.HasSuffix(areas.Note, " Left out is what starts in a later round: “late”.") {
		t.Errorf("%+v", areas)
	}
	done := eval.MeanStd{Mean: 0.7, N: 2}
	ends := []eval.Curve{
		{Arm: "whole", Area: done, Points: []eval.Point{{Labeled: 50}, {Round: 3, Labeled: 200}}},
		{Arm: "short", Area: done, Points: []eval.Point{{Labeled: 50}, {Round: 2, Labeled: 150}}},
		{Arm: "at work", Points: []eval.Point{{Labeled: 50}, {Round: 2, Labeled: 150}}},
	}
	if areas := areaTable(ends); len(areas.Rows) != 2 || areas.Rows[1][0] != "at work" ||
		!strings.HasSuffix(areas.Note, " Left out is what ends in an earlier round: “short”.") {
		t.Errorf("%+v", areas)
	}
	if areas := areaTable([]eval.Curve{late}); len(areas.Rows) != 1 {
		t.Errorf("%+v", areas)
	}
	curves = append(curves, eval.Curve{Arm: "good at once", Metric: "accuracy", Points: []eval.Point{{Labeled: 50, Mean: 0.73, Seeds: 2}}})
	needed := toAll(curves)[0]
	if got := strings.Join(needed.Rows[1], "|"); got != "good at once|≤ 50|more|more" {
		t.Error(got)
	}
	if got := strings.Join(needed.Rows[0], "|"); got != "LC|94|more|more" || len(needed.Rows) != 2 || needed.Columns[1].Name != "90 % (accuracy 0.720)" {
		t.Errorf("%s, %+v", got, needed)
	}
}

func TestSubsamplingCharts(t *testing.T) {
	l, err := KeepChart(subsample.DefaultUPS(), subsample.UPS{Gamma: 0.1})
	if err != nil || len(l.Series) != 2 {
		t.Fatal(l, err)
	}
	for _, s := range l.Series {
		if !slices.IsSorted(s.X) || s.X[0] != 0 || s.Y[0] != 1 || s.Y[len(s.Y)-1] > 0.01 {
			t.Errorf("%+v", s)
		}
	}
	if _, err := KeepChart(subsample.UPS{Gamma: 2}); err == nil {
		t.Error("gamma 2 is accepted")
	}
	keep, err := KeepTable(1000, subsample.DefaultUPS(), subsample.UPS{Gamma: 1})
	if got := strings.Join(append(keep.Rows[0], keep.Rows[1]...), "|"); err != nil || got != "0.1|0.01|0.110|110|1|0|1.000|1000" {
		t.Error(got, err)
	}
	drifts := []eval.Drift{
		{Query: 1, Documents: 4, Correlation: eval.MeanStd{Mean: -0.5, N: 1}, Moves: []float64{-1, 0.04, 0.06, 1}},
		{Query: 2}, {Query: 3, Moves: []float64{0}},
	}
	if got := strings.Join(driftTable("LC", drifts).Rows[0], "|"); got != "0 → 1|4|-0.500|0.250|0.500|0.500|0.500" {
		t.Error(got)
	}
	if b := driftBars("LC", drifts); len(b.Series) != 2 || b.Series[0].Y[0] != 0.25 || b.Series[0].Y[10] != 0.25 || b.Series[0].Y[11] != 0.25 || b.Series[1].Y[10] != 1 {
		t.Errorf("%+v", b)
	}
	kept := keptLines([]eval.Sampling{{Arm: "UPS", Query: 0}, {Arm: "UPS", Query: 1, Kept: eval.MeanStd{Mean: 0.5, N: 1}}, {Arm: "UPS", Query: -1, Kept: eval.MeanStd{N: 1}}})
	if len(kept.Series) != 1 || len(kept.Series[0].X) != 1 || kept.Series[0].Y[0] != 0.5 {
		t.Errorf("%+v", kept)
	}
}

// guess stands in for a model, which package model tests: here it is about pages.
type guess struct{}

func (guess) Name() string                                                 { return "guess" }
func (g guess) Open(context.Context, []string) (learner.Classifier, error) { return g, nil }
func (guess) Origin() string                                               { return "a guess </script><script>document.title='RAN'</script>" }
func (guess) Close() error                                                 { return nil }
func (guess) Train(context.Context, []corpus.Example, learner.Run) (learner.Trained, error) {
	return learner.Trained{Steps: 1}, nil
}
func (guess) Probabilities(_ context.Context, docs []corpus.Document, _ func(int)) ([][]float32, error) {
	rows := make([][]float32, len(docs))
	for i, d := range docs {
		rows[i] = make([]float32, 4)
		rows[i][len(d.Text)%4] = 1
	}
	return rows, nil
}

func TestPageInABrowser(t *testing.T) {
	dir := t.TempDir()
	experiment := alnb.Experiment{
		Data: datasets.Synthetic{Train: 100, Test: 50, Seed: 1},
		Arms: []alnb.Arm{
			{Name: "<script>document.title='RAN'</script>\u202e\x00", Acquisition: guess{}, Strategy: query.Random{}},
			{Name: "\"><img src=x onerror=\"document.title='RAN'\">", Acquisition: guess{}, Strategy: query.LeastConfident{}},
		},
		Start: alnb.Docs(10), Batch: alnb.Docs(10), Rounds: 2, Seeds: []uint64{1, 2},
	}
	results, err := experiment.Run(t.Context(), dir, alnb.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(results, dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, ResultsFile))
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Finished, Rounds int
		Curves           []eval.Curve
	}
	if err := json.Unmarshal(raw, &read); err != nil || read.Finished != 12 || read.Rounds != 12 || len(read.Curves) != 2 || len(read.Curves[1].Points) != 3 {
		t.Errorf("%v: %s", err, raw)
	}
	lines, err := os.ReadFile(filepath.Join(dir, RoundsFile))
	if err != nil || strings.Count(string(lines), "\n") != 12 || strings.Count(string(lines), `"right":[`) != 4 {
		t.Errorf("%v: %s", err, lines)
	}
	columns, err := parquet.ReadFile[flat](filepath.Join(dir, ParquetFile))
	if err != nil || len(columns) != 12 || columns[0].Words != nil ||
		(*columns[0].Value+*columns[3].Value)/2 != read.Curves[0].Points[0].Mean { // of two seeds
		t.Errorf("%v: %+v", err, columns)
	}
	table, err := os.ReadFile(filepath.Join(dir, CSVFile))
	if err != nil || strings.Count(string(table), "\n") != 13 || !strings.HasPrefix(string(table), "arm,seed,round,labeled,words,metric,value,") {
		t.Errorf("%v: %s", err, table)
	}
	dom := browsertest.DOM(t, filepath.Join(dir, PageFile), os.Getenv("ALNB_SCREENSHOT"))
	if !strings.Contains(dom, "<title>synthetic: pool of 100, test on 50</title>") {
		t.Error("a name ran as a script, or the title is another")
	}
	if strings.Count(dom, "<svg ") != 1 || strings.Count(dom, "<table") != 7 {
		t.Errorf("the page has %d charts and %d tables, want 1 and 7", strings.Count(dom, "<svg "), strings.Count(dom, "<table"))
	}
}

func TestPseudoLabelTables(t *testing.T) {
	of := func(x float64) eval.MeanStd { return eval.MeanStd{Mean: x, N: 1} }
	rows := []eval.PseudoLabeling{{
		Arm: "PLASM", Round: 2, Filter: "tracin", Q: of(0.75), Labeled: of(100), Wrong: of(20), Dropped: of(25), Kept: of(75),
		Found: []eval.Found{{By: "tracin", Precision: of(0.4), Recall: of(0.5), AUC: of(0.9)}, {By: "random", Precision: of(0.2),
			Recall: of(0.25), AUC: of(0.5)}},
	}, {Arm: "PLASM", Filter: "tracin", Q: of(0.1), Refused: 1}}
	table := pseudoLabelTable(rows)
	if got := strings.Join(table.Rows[0], "|"); got != "PLASM|2|tracin|0.750|100|20|25|0.400|0.500|0" {
		t.Error(got)
	}
	if got := strings.Join(table.Rows[1], "|"); got != "PLASM|0|tracin|0.100|–|–|–|–|–|1" {
		t.Error(got)
	}
	if plain := pseudoLabelTable(rows[:1]); len(plain.Columns) != 9 || len(plain.Rows[0]) != 9 {
		t.Errorf("where nothing was refused: %+v", plain)
	}
	nothing := eval.PseudoLabeling{Arm: "all kept", Filter: "none", Labeled: eval.MeanStd{Mean: 100, N: 2}, Dropped: eval.MeanStd{N: 2},
		Found: []eval.Found{{By: "confidence", Recall: of(0), AUC: of(0.9)}}}
	if got := strings.Join(pseudoLabelTable([]eval.PseudoLabeling{nothing}).Rows[0], "|"); got != "all kept|0|none|–|100|–|0|–|0.000" {
		t.Error(got)
	}
	if got := filterTable(append(rows, nothing)).Rows; len(got) != 2 || strings.Join(got[1], "|") != "PLASM|2|random|0.200|0.250|0.500" {
		t.Error(got)
	}
	table = successorTable([]eval.Succession{
		{Arm: "mismatch", Stages: []eval.Stage{{Name: "successor", Seconds: of(2)}}, All: of(2)},
		{Arm: "PLASM", Round: 1, Stages: []eval.Stage{{Name: "quality", Seconds: of(1.5), Shared: 1}, {Name: "successor",
			Seconds: of(2)}}, All: of(3.5)},
	})
	if len(table.Rows) != 4 || strings.Join(table.Rows[1], "|") != "PLASM|1|quality|1.50|1" || strings.Join(table.Rows[3],
		"|") != "PLASM|1|all|3.50|" ||
		!slices.Equal(table.Strong, []int{3}) {
		t.Errorf("%+v", table)
	}
}
