package tests

import (
	"path/filepath"
	"testing"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/model"
	"github.com/alnb/alnb/datasets"
)

// A process that trains round after round compiles its programs in the first one.
func TestLaterTrainingsCompileNothing(t *testing.T) {
	pool := datasets.Texts{Pool: "../notebooks/texts/headlines.csv", Test: "../notebooks/texts/headlines-test.csv"}
	oracle, err := alnb.GoldOracle(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	pool.Label, pool.Classes = datasets.NoLabel, []string{"World", "Sports", "Business", "Sci/Tech"}
	tiny := model.Pretrained(filepath.Join("..", "alnb", "model", "testdata", "tiny-bert"))
	tiny.MaxTokens, tiny.Training.Steps, tiny.Training.LearningRate = 32, 20, 1e-3
	s, err := alnb.CreateSession(t.Context(), filepath.Join(t.TempDir(), "session"), alnb.SessionConfig{Pool: pool, Model: tiny, Batch: 15})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for round := range 7 {
		if _, err := s.Answer(t.Context(), oracle); err != nil {
			t.Fatal(err)
		}
		trained, err := s.Train(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("round %d compiled %d programs", round, trained.Metrics.Compiled)
		switch n := trained.Metrics.Compiled; {
		case round == 0 && n == 0:
			t.Error("nothing was compiled: the count says nothing")
		case round > 0 && n > 0:
			t.Errorf("round %d compiled %d programs", round, n)
		}
	}
}
