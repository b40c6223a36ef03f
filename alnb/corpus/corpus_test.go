package corpus

import (
	"context"
	"strings"
	"testing"
)

func TestIDs(t *testing.T) {
	var m IDMaker
	first, other, second, third := m.ID("a"), m.ID("b"), m.ID("a"), m.ID("a")
	if first != "ca978112ca1bbdca" { // sha256sum of "a"
		t.Errorf("the ID of \"a\" is %s", first)
	}
	if other == first || second != first+"-2" || third != first+"-3" {
		t.Errorf("IDs %s, %s, %s, %s", first, other, second, third)
	}
}

type ten struct{}

func (ten) Name() string { return "ten" }
func (ten) Load(context.Context) (*Dataset, error) {
	return &Dataset{Name: "ten", Train: make([]Example, 10), Test: make([]Example, 5)}, nil
}

func TestLimit(t *testing.T) {
	data, err := Limit(ten{}, 3, 0).Load(t.Context())
	if err != nil || len(data.Train) != 3 || len(data.Test) != 5 {
		t.Errorf("%d, %d, %v", len(data.Train), len(data.Test), err)
	}
	for _, limit := range []Limited{Limit(ten{}, 11, 0), Limit(ten{}, 0, 6), Limit(ten{}, -1, 0)} {
		if _, err := limit.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "were asked for") {
			t.Errorf("%s: %v", limit.Name(), err)
		}
	}
	if name := Limit(ten{}, 3, 0).Name(); name != "ten, the first 3 of the pool and all of the test split" {
		t.Errorf("the name is %s", name)
	}
}

func TestClean(t *testing.T) {
	if got := Clean("a\x00b\x00"); got != "ab" {
		t.Errorf("%q", got)
	}
}
