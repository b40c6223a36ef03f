package alnb

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
)

// configuration is a run folder's config.json: the experiment as data, and the data it found.
type configuration struct {
	Version    int              `json:"version"`
	Experiment experimentConfig `json:"experiment"`
	Data       dataConfig       `json:"data"`
}

// experimentConfig is an experiment as data, also that of an experiment's file.
type experimentConfig struct {
	Data   spec.Source `json:"data"`
	Arms   []armConfig `json:"arms"`
	Start  Size        `json:"start"`
	Batch  Size        `json:"batch"`
	Rounds int         `json:"rounds"`
	Seeds  []uint64    `json:"seeds"`
}

type armConfig struct {
	Name        string         `json:"name"`
	Acquisition spec.Component `json:"acquisition"`
	Strategy    spec.Component `json:"strategy"`
}

type dataConfig struct {
	Name        string   `json:"name"`
	Classes     []string `json:"classes"`
	Train       int      `json:"train"`
	Test        int      `json:"test"`
	Fingerprint string   `json:"fingerprint"` // of IDs, texts and classes of both splits
}

// MarshalJSON returns the experiment as data: what [Parse] reads.
func (e Experiment) MarshalJSON() ([]byte, error) {
	c, err := e.config()
	if err != nil {
		return nil, err
	}
	return json.Marshal(c)
}

func (e Experiment) config() (experimentConfig, error) {
	c := experimentConfig{Start: e.Start, Batch: e.Batch, Rounds: e.Rounds, Seeds: e.Seeds}
	var err error
	if c.Data, err = spec.EncodeSource(e.Data); err != nil {
		return c, err
	}
	for _, arm := range e.Arms {
		a := armConfig{Name: arm.Name}
		if a.Acquisition, err = spec.Encode(arm.Acquisition); err != nil {
			return c, fmt.Errorf("alnb: arm %q: %w", arm.Name, err)
		}
		if a.Strategy, err = spec.Encode(arm.Strategy); err != nil {
			return c, fmt.Errorf("alnb: arm %q: %w", arm.Name, err)
		}
		c.Arms = append(c.Arms, a)
	}
	return c, nil
}

// Parse reads an experiment from JSON, such as [spec.ReadFile] gives of a YAML file. What it names must be in the
// registry.
func Parse(raw []byte, registry spec.Registry) (Experiment, error) {
	var c experimentConfig
	if err := spec.Strict(raw, &c); err != nil {
		return Experiment{}, fmt.Errorf("alnb: the experiment: %w", err)
	}
	e := Experiment{Start: c.Start, Batch: c.Batch, Rounds: c.Rounds, Seeds: c.Seeds}
	var err error
	if e.Data, err = registry.DecodeSource(c.Data); err != nil {
		return Experiment{}, fmt.Errorf("alnb: the experiment's data: %w", err)
	}
	for i, a := range c.Arms {
		arm := Arm{Name: a.Name}
		if arm.Acquisition, err = registry.Models.Decode(a.Acquisition); err != nil {
			return Experiment{}, fmt.Errorf("alnb: arm %d, %q: acquisition: %w", i+1, a.Name, err)
		}
		if arm.Strategy, err = registry.Strategies.Decode(a.Strategy); err != nil {
			return Experiment{}, fmt.Errorf("alnb: arm %d, %q: strategy: %w", i+1, a.Name, err)
		}
		e.Arms = append(e.Arms, arm)
	}
	return e, e.check()
}

// configure returns the canonical JSON of the experiment on this data: equal experiments give equal bytes.
func (e Experiment) configure(data *corpus.Dataset) ([]byte, error) {
	experiment, err := e.config()
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(configuration{
		Version:    store.Version,
		Experiment: experiment,
		Data: dataConfig{
			Name: data.Name, Classes: data.Classes, Train: len(data.Train), Test: len(data.Test), Fingerprint: fingerprint(data),
		},
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("alnb: write the experiment as JSON: %w", err)
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
	specA, errA := spec.Encode(a)
	specB, errB := spec.Encode(b)
	return errA == nil && errB == nil && specA.Name == specB.Name && bytes.Equal(specA.Config, specB.Config)
}
