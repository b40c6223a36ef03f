// Package alnb runs active learning in rounds: train, evaluate, propose documents, label them. It owns no graph code.
package alnb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/store"
)

// An Experiment compares query strategies on labeled data: gold labels answer the queries (emulated active learning).
// Every arm starts, for each seed, with the same seed set, and makes Rounds queries; its model is trained anew from its
// initial weights and evaluated on the test split Rounds+1 times.
type Experiment struct {
	Data   corpus.Source // the training split is the pool
	Arms   []Arm         // at least one
	Start  Size          // of the seed set, drawn at random
	Batch  Size          // of each query
	Rounds int           // queries an arm makes for each seed; at least 1
	Seeds  []uint64      // each is a repetition; at least one
}

// An Arm is one way to choose documents.
type Arm struct {
	Name        string        // unique in the experiment
	Acquisition learner.Model // chooses the documents, and is the model evaluated
	Strategy    query.Strategy
}

func (e Experiment) check() error {
	switch {
	case e.Data == nil:
		return errors.New("alnb: the experiment has no Data")
	case len(e.Arms) == 0:
		return errors.New("alnb: the experiment has no Arms")
	case e.Rounds < 1:
		return fmt.Errorf("alnb: Rounds is %d; an experiment makes at least 1 query", e.Rounds)
	case len(e.Seeds) == 0:
		return errors.New("alnb: the experiment has no Seeds")
	}
	seen := map[string]bool{}
	for i, arm := range e.Arms {
		switch {
		case arm.Name == "":
			return fmt.Errorf("alnb: arm %d has no Name", i+1)
		case seen[arm.Name]:
			return fmt.Errorf("alnb: two arms are called %q", arm.Name)
		case arm.Acquisition == nil || arm.Strategy == nil:
			return fmt.Errorf("alnb: arm %q needs an Acquisition model and a Strategy", arm.Name)
		}
		seen[arm.Name] = true
	}
	seeds := map[uint64]bool{}
	for _, seed := range e.Seeds {
		if seeds[seed] {
			return fmt.Errorf("alnb: the seed %d is listed twice", seed)
		}
		seeds[seed] = true
	}
	return nil
}

// configuration is a run folder's config.json.
type configuration struct {
	Version    int              `json:"version"`
	Experiment experimentConfig `json:"experiment"`
	Data       dataConfig       `json:"data"`
}

type experimentConfig struct {
	Arms   []armConfig `json:"arms"`
	Start  Size        `json:"start"`
	Batch  Size        `json:"batch"`
	Rounds int         `json:"rounds"`
	Seeds  []uint64    `json:"seeds"`
}

type armConfig struct {
	Name        string    `json:"name"`
	Acquisition component `json:"acquisition"`
	Strategy    component `json:"strategy"`
}

// component is a model or a strategy: its name and its exported fields.
type component struct {
	Name   string `json:"name"`
	Config any    `json:"config"`
}

type dataConfig struct {
	Source      string   `json:"source"`
	Classes     []string `json:"classes"`
	Train       int      `json:"train"`
	Test        int      `json:"test"`
	Fingerprint string   `json:"fingerprint"` // of IDs, texts and classes of both splits
}

// configure returns the canonical JSON of the experiment on this data: equal experiments give equal bytes.
func (e Experiment) configure(data *corpus.Dataset) ([]byte, error) {
	c := configuration{
		Version:    store.Version,
		Experiment: experimentConfig{Start: e.Start, Batch: e.Batch, Rounds: e.Rounds, Seeds: e.Seeds},
		Data: dataConfig{
			Source: e.Data.Name(), Classes: data.Classes, Train: len(data.Train), Test: len(data.Test),
			Fingerprint: fingerprint(data),
		},
	}
	for _, arm := range e.Arms {
		c.Experiment.Arms = append(c.Experiment.Arms, armConfig{
			Name:        arm.Name,
			Acquisition: component{arm.Acquisition.Name(), arm.Acquisition},
			Strategy:    component{arm.Strategy.Name(), arm.Strategy},
		})
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("alnb: the experiment can't be written as JSON: %w; models and strategies are plain "+
			"structs of exported fields", err)
	}
	return append(raw, '\n'), nil
}

// fingerprint tells data apart: the first 16 hexadecimal digits of a SHA-256 over all there is.
func fingerprint(data *corpus.Dataset) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, part := range []any{data.Classes, data.Train, data.Test} {
		_ = enc.Encode(part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// sameModel tells whether two models are the same: by name and configuration.
func sameModel(a, b learner.Model) bool {
	rawA, errA := json.Marshal(component{a.Name(), a})
	rawB, errB := json.Marshal(component{b.Name(), b})
	return errA == nil && errB == nil && bytes.Equal(rawA, rawB)
}
