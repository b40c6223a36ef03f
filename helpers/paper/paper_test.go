package paper

import (
	"bytes"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb"
)

var studies = []string{AGNews, CoNLL, OntoNotes, AGNewsUPS, CoNLLUPS}

// Every figure of the paper, each once, with the arm that it is compared with first, and with Random and the line of all labels last.
func TestFigures(t *testing.T) {
	var numbers []string
	for _, f := range figures() {
		numbers = append(numbers, f.Number)
		n := len(f.chains)
		if f.chains[n-1].by != everything || f.chains[n-2].by != atRandom || f.chains[0].successor != nobody || f.Shows == "" || f.Claim == "" {
			t.Errorf("%+v", f)
		}
		styles := make(map[int]bool)
		for _, c := range f.chains {
			styles[c.style()] = true
		}
		if len(styles) != n {
			t.Errorf("figure %s: two arms look alike", f.Number)
		}
		for _, p := range []Preset{Smoke, Small, Paper} {
			names, missing := f.Arms(p)
			if missing != "" {
				if p != Small || missing != "XLNet" {
					t.Errorf("figure %s lacks %s in %s", f.Number, missing, p)
				}
				continue
			}
			e, err := p.Experiment(f.Study)
			if err != nil {
				t.Fatal(err)
			}
			arms := make(map[string]alnb.Arm)
			for _, arm := range e.Arms {
				arms[arm.Name] = arm
			}
			for _, name := range names {
				if _, ok := arms[name]; !ok {
					t.Errorf("%s: figure %s has the arm %q, and its study %s hasn't", p, f.Number, name, f.Study)
				}
			}
		}
	}
	want := "1a 1b 2 3 4a 4b 5a 5b 6a 6b 7 8a 8b 9a 9b 10 11 12a 12b 13a 13b 14 15 16"
	if got := strings.Join(numbers, " "); got != want {
		t.Errorf("figures %s, want %s", got, want)
	}
	if _, err := Find("17"); err == nil || !strings.Contains(err.Error(), `no figure "17"; there are 1a, 1b`) {
		t.Error(err)
	}
}

// All studies run in the smallest size, and each figure has its curves.
func TestSmoke(t *testing.T) {
	for _, study := range studies {
		e, err := Smoke.Experiment(study)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		results, err := e.Run(t.Context(), dir, alnb.RunOptions{})
		if err != nil {
			t.Errorf("%s: %v", study, err)
			continue
		}
		for _, f := range figures() {
			if f.Study != study {
				continue
			}
			names, _ := f.Arms(Smoke)
			only, err := results.Only(names...)
			if err != nil {
				t.Fatal(err)
			}
			for _, curve := range only.Curves() {
				if len(curve.Points) == 0 {
					t.Errorf("figure %s: %s has no point", f.Number, curve.Arm)
				}
			}
		}
	}
}

// The other sizes are experiments that a file can hold: equal ones give equal bytes, wherever the data are.
func TestPresets(t *testing.T) {
	for _, p := range []Preset{Small, Paper} {
		for _, study := range studies {
			t.Setenv("ALNB_DATA", "/data")
			e, err := p.Experiment(study)
			if err != nil {
				t.Fatal(err)
			}
			here, err := e.MarshalJSON()
			if err != nil {
				t.Errorf("%s, %s: %v", p, study, err)
			}
			t.Setenv("ALNB_DATA", "/moved")
			if e, err = p.Experiment(study); err != nil {
				t.Fatal(err)
			}
			if moved, err := e.MarshalJSON(); err != nil || !bytes.Equal(here, moved) {
				t.Errorf("%s, %s: another experiment where ALNB_DATA is another folder: %v", p, study, err)
			}
			for _, arm := range e.Arms {
				if p == Paper && arm.Subsample != nil && e.Rounds != 15 {
					t.Errorf("%+v", e)
				}
			}
		}
	}
	t.Setenv("ALNB_PRESET", "large")
	if _, err := FromEnvironment(); err == nil || !strings.Contains(err.Error(), `ALNB_PRESET is "large"; there are smoke, small and paper`) {
		t.Error(err)
	}
	t.Setenv("ALNB_PRESET", "")
	if p, err := FromEnvironment(); err != nil || p != Smoke {
		t.Error(p, err)
	}
}

func TestData(t *testing.T) {
	table, err := Smoke.data(t.Context())
	if err != nil || len(table.Rows) != 6 || table.Rows[2][2] != "150" || table.Rows[0][6] != "4" {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestNames(t *testing.T) {
	figure := func(number string) Figure {
		f, err := Find(number)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	names, _ := figure("12a").Arms(Paper)
	if got := strings.Join(names, "|"); got != "E|PLASM D, B → E|PLASM D, B → E, by confidence|PLASM D, B → E, no filter|E, Random|E, all labels" {
		t.Error(got)
	}
	var queries []string
	for _, c := range sampled(AGNewsUPS) {
		queries = append(queries, Small.name(c))
	}
	if got := strings.Join(queries, "|"); got != "E, UPS|D, UPS|E, UPS|E, UPS|E, UPS|E, random 11 %|E, UPS, 5 %|E, top 5 %" {
		t.Error(got)
	}
	if mismatch, with := figure("9b").mended(Small); mismatch != "D → E" || strings.Join(with, "|") != "PLASM D, E → E|PLASM D, B → E" {
		t.Error(mismatch, with)
	}
	for _, number := range []string{"1a", "7", "14"} { // without PLASM, or without a mismatch
		if mismatch, _ := figure(number).mended(Small); mismatch != "" {
			t.Error(number, mismatch)
		}
	}
	if names, _ = figure("10").Arms(Small); names[0] != "E" { // there E is the CNN-BiLSTM-CRF
		t.Error(names)
	}
	for _, test := range []struct {
		number string
		preset Preset
		want   string
	}{
		{"1b", Paper, "Figure 1b. CoNLL-2003: DistilBERT chooses for BERT, its teacher. The paper: no drop where the student chooses for its teacher. " +
			"Here B is BERT, D is DistilBERT."},
		{"1b", Small, "Figure 1b, with small: WikiGold in place of CoNLL-2003; D (MiniLM with three layers) chooses for B (MiniLM), its teacher. " +
			"The paper: CoNLL-2003, DistilBERT chooses for BERT, its teacher; no drop where the student chooses for its teacher."},
		{"10", Small, "Figure 10, with small: WikiGold in place of CoNLL-2003; E (a CNN-BiLSTM-CRF) as successor; B is MiniLM, D is MiniLM with three layers. " +
			"The paper: CoNLL-2003, a CNN-BiLSTM-CRF as successor; PLASM is above the successor's own choice: the labeler knows more."},
		{"9a", Smoke, "Figure 9a, with smoke: made-up sentences in place of CoNLL-2003; D (tiny D) pseudo-labels, too; B is tiny B, E is tiny E. " +
			"The paper: CoNLL-2003, DistilBERT pseudo-labels, too; a pseudo-labeler must be expressive."},
	} {
		if got := figure(test.number).caption(test.preset); got != test.want {
			t.Error(got)
		}
	}
}
