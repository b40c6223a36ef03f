package alnb

import (
	"reflect"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/query"
)

// Of some arms there are their rows, in the order asked for; they can be compared with one that isn't among them.
func TestOnly(t *testing.T) {
	e := small()
	e.Arms = append(e.Arms, Arm{Name: "again", Acquisition: wordCounts{Smoothing: 0.3}, Strategy: query.LeastConfident{}})
	all, err := e.Run(t.Context(), t.TempDir(), RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	only, err := all.Only("again", "Random", "again")
	if err != nil {
		t.Fatal(err)
	}
	curves, want := only.Curves(), all.Curves()
	if len(curves) != 2 || !reflect.DeepEqual(curves[0], want[2]) || !reflect.DeepEqual(curves[1], want[0]) {
		t.Errorf("%+v", curves)
	}
	if done, total := only.Finished(); done != 16 || total != 16 {
		t.Errorf("%d of %d", done, total)
	}
	if rounds := only.Rounds(); len(rounds) != 16 || rounds[0].Arm != "again" {
		t.Errorf("%d rounds, the first of %s", len(rounds), rounds[0].Arm)
	}
	if differences, err := only.Differences("LC"); err != nil || len(differences) != 2 || differences[0].Arm != "again" {
		t.Errorf("%+v, %v", differences, err)
	}
	if scores, err := only.Scores("LC", 1, 0); err != nil || len(scores) == 0 {
		t.Errorf("%d scores, %v", len(scores), err)
	}
	if _, err := all.Only(); err == nil {
		t.Error("results of no arm")
	}
	if _, err := all.Only("Random", "LR"); err == nil || !strings.Contains(err.Error(), `has no arm "LR"`) {
		t.Error(err)
	}
}
