package alnb

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/store"
)

// What is known of a model is read once. Models of other processes are seen, and trained on from.
func TestModelsAreReadOnce(t *testing.T) {
	config := tickets()
	gold := config.Pool.(hidden).answers(t)
	dir := t.TempDir()
	trainer, other := created(t, dir, config), created(t, dir, config)
	for round := range 3 {
		before := must(other.Status(t.Context())).Models
		answer(t, trainer, gold)
		trained := must(trainer.Train(t.Context(), nil))
		after := must(other.Status(t.Context())).Models
		if len(before) != round || len(after) != round+1 || after[round].Metrics.Labels != trained.Metrics.Labels {
			t.Fatalf("round %d: %d models, then %d", round, len(before), len(after))
		}
		for i := range before {
			if &before[i].Metrics.Observed.Predicted[0] != &after[i].Metrics.Observed.Predicted[0] {
				t.Errorf("round %d: the model of round %d was read again", round, i)
			}
		}
		if again := must(other.Train(t.Context(), nil)); again.New || again.Round != round {
			t.Errorf("another process trains on the same labels: %+v", again)
		}
	}
}

// What can't be read is an error each time, and hides no model before it for good.
func TestModelThatCannotBeRead(t *testing.T) {
	s := created(t, t.TempDir(), tickets())
	for round, metrics := range []string{`{"labels": "x"}`, `[]`} {
		if err := s.db.AddModel(t.Context(), store.Model{Round: round, Metrics: json.RawMessage(metrics)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := s.Status(t.Context()); err == nil || !strings.Contains(err.Error(), "the training of round 1") {
			t.Errorf("got %v", err)
		}
	}
}
