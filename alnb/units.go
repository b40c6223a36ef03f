package alnb

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
)

// A UnitName names a unit: the rounds of an arm with a seed.
type UnitName struct {
	Arm  string
	Seed uint64
}

// Units are the experiment's units, each of which can be run by itself: see [RunOptions.Only].
func (e Experiment) Units() []UnitName {
	var units []UnitName
	for _, seed := range e.Seeds {
		for _, arm := range e.Arms {
			units = append(units, UnitName{arm.Name, seed})
		}
	}
	return units
}

// UnitFolder is the path of a unit's rounds in a run's folder, with slashes.
func (e Experiment) UnitFolder(unit UnitName) string {
	a := slices.IndexFunc(e.Arms, func(arm Arm) bool { return arm.Name == unit.Arm })
	return store.UnitFolder(a, unit.Arm, unit.Seed)
}

// UnitRounds is how many rounds a unit has, with the first.
func (e Experiment) UnitRounds(unit UnitName) int {
	for _, arm := range e.Arms {
		if arm.Name == unit.Arm {
			return e.last(arm) + 1
		}
	}
	return 0
}

// Configuration reads the data and returns what the config.json of the experiment's run folders holds: the experiment, and what was
// found of its data, as JSON. Where either differs, it does.
func (e Experiment) Configuration(ctx context.Context) ([]byte, error) {
	return (&runner{Experiment: e}).prepare(ctx)
}

// ParseConfiguration reads an experiment from what [Experiment.Configuration] returns. What it names must be in the registry.
func ParseConfiguration(raw []byte, registry spec.Registry) (Experiment, error) {
	var c struct {
		Experiment json.RawMessage `json:"experiment"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return Experiment{}, fmt.Errorf("alnb: the experiment's configuration: %w", err)
	}
	return Parse(c.Experiment, registry)
}
