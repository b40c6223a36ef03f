package report

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/pseudolabel/pseudolabeltest"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/datasets"
)

func TestPseudoLabelErrors(t *testing.T) {
	data := datasets.Synthetic{Train: 120, Test: 30, Seed: 1}
	words := pseudolabeltest.Texts{Settings: pseudolabeltest.Settings{Epochs: 2, Rate: 0.3}}
	plan := func(f pseudolabel.Filter) *pseudolabel.Plan { return &pseudolabel.Plan{Labeler: words, Filter: f} }
	arm := func(name string, plan *pseudolabel.Plan) alnb.Arm {
		return alnb.Arm{Name: name, Acquisition: words, Strategy: query.Random{}, Successor: words, PseudoLabel: plan, SuccessorRounds: []int{1}}
	}
	r, err := alnb.Experiment{
		Data:  data,
		Arms:  []alnb.Arm{arm("tracin", plan(pseudolabel.TracIn{})), arm("confidence", plan(pseudolabel.Confidence{})), arm("gold", nil)},
		Start: alnb.Docs(12), Batch: alnb.Docs(12), Rounds: 1, Seeds: []uint64{1},
	}.Run(t.Context(), filepath.Join(t.TempDir(), "run"), alnb.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	labels, err := r.PseudoLabels("tracin", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[[2]bool]int{}
	for _, l := range labels {
		counts[[2]bool{l.Dropped, l.Wrong}]++
	}
	table, err := PseudoLabelErrorTable(t.Context(), r, data, "tracin", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := min(examples, counts[[2]bool{true, true}]) + min(examples, counts[[2]bool{true, false}]) + min(examples, counts[[2]bool{false, true}])
	if len(table.Rows) != want || want < 3 {
		t.Errorf("%d rows, want %d: %v", len(table.Rows), want, counts)
	}
	for _, row := range table.Rows {
		if wrong := row[1] != row[2]; wrong != (row[0] != "dropped wrongly") || row[4] == "–" {
			t.Errorf("%q", row)
		}
	}
	drawn, err := InfluenceChart(t.Context(), r, data, "tracin", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
		if len(drawn.Groups[i].X) != counts[kind] {
			t.Errorf("%s: %d points, want %d", drawn.Groups[i].Name, len(drawn.Groups[i].X), counts[kind])
		}
	}
	table, err = PseudoLabelErrorTable(t.Context(), r, data, "confidence", 1, 1)
	if err != nil || len(table.Rows) == 0 || table.Rows[0][4] != "–" {
		t.Errorf("%v %v", table.Rows, err)
	}
	for want, of := range map[string]struct {
		arm   string
		round int
		data  datasets.Synthetic
	}{
		"isn't by TracIn":                       {"confidence", 1, data},
		"made no pseudo-labels":                 {"gold", 1, data},
		"no finished round 7":                   {"tracin", 7, data},
		"has no arm":                            {"other", 1, data},
		"give the data that the experiment has": {"tracin", 1, datasets.Synthetic{Train: 120, Test: 30, Seed: 2}},
	} {
		if _, err := InfluenceChart(t.Context(), r, of.data, of.arm, 1, of.round); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// Texts are untrusted, and may be long.
func TestPseudoLabelTextsAreEscaped(t *testing.T) {
	low, high := 0.01, math.Pow(10, 3)
	text := "<script>alert(1)</script>\u202e\n" + strings.Repeat("long ", 50)
	labels := []judgedPseudoLabel{
		{store.PseudoLabel{ID: "a", Class: 0, Confidence: 0.9, Influence: &high, Dropped: true, Wrong: true}, text, 1},
		{store.PseudoLabel{ID: "b", Class: 0, Confidence: 0.8, Influence: &low, Wrong: true}, "short", 1},
	}
	table := pseudoLabelErrorTable("<b>arm", 1, 2, labels, []string{"<i>no", "yes"})
	page, err := table.HTML()
	if err != nil {
		t.Fatal(err)
	}
	drawn := influenceScatter("<b>arm", 1, 2, labels, []string{"<i>no", "yes"})
	figure, err := drawn.HTML()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{string(page), string(figure)} {
		if strings.Contains(p, "<script>alert") || strings.Contains(p, "<b>arm") || strings.Contains(p, "<i>no") || strings.Contains(p, "\u202e") {
			t.Errorf("not escaped: %.2000s", p)
		}
	}
	if cell := []rune(table.Rows[0][5]); len(cell) != maxText || cell[maxText-1] != '…' {
		t.Errorf("%d characters: %q", len(cell), string(cell))
	}
	if !strings.Contains(table.Note, "1 dropped rightly, 0 dropped wrongly, 1 missed") || drawn.Groups[3].Y[0] != 3 {
		t.Errorf("%s %+v", table.Note, drawn.Groups)
	}
}

func TestHandedTables(t *testing.T) {
	handed := alnb.Handed{
		Report: store.PseudoLabeling{Gold: 40, Labeled: 100, Dropped: 10, Kept: 90, Filter: "tracin", Quality: &store.Quality{Q: 0.9, Folds: []float64{0.9}, Held: 100}},
		Scores: store.Metrics{Metric: "accuracy", Value: 0.75, Test: 50},
		Stages: []store.Stage{{Name: "quality", Seconds: 1}, {Name: "successor", Seconds: 2.5}},
	}
	table := HandedTable(handed)
	if got := strings.Join(table.Rows[4], "|"); got != "the successor was trained on|130" || !strings.Contains(table.Note, "on 100 gold labels that were held out, is 0.900") {
		t.Errorf("%s, %s", got, table.Note)
	}
	var status alnb.SessionStatus
	if rows := HandedScoreTable(handed, status).Rows; len(rows) != 1 || strings.Join(rows[0], "|") != "the successor|130|0.7500" {
		t.Errorf("%q", rows)
	}
	last := alnb.Trained{Metrics: alnb.SessionMetrics{Scores: store.Metrics{Metric: "accuracy", Value: 0.5, Test: 50}}}
	last.Labeled = 40
	status.Models = []alnb.Trained{last}
	if rows := HandedScoreTable(handed, status).Rows; len(rows) != 2 || strings.Join(rows[0], "|") != "the session's last|40|0.5000" {
		t.Errorf("%q", rows)
	}
	if rows := HandedTimeTable(handed).Rows; len(rows) != 3 || strings.Join(rows[2], "|") != "all|3.50" {
		t.Errorf("%q", rows)
	}
	if said := Quality(store.PseudoLabeling{Note: "nothing is left"}); said != "nothing is left" {
		t.Error(said)
	}
}
