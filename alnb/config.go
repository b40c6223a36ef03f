package alnb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
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
	Data   *spec.Source `json:"data,omitempty"`
	Tagged *spec.Source `json:"tagged,omitempty"`
	Arms   []armConfig  `json:"arms"`
	Start  Size         `json:"start"`
	Batch  Size         `json:"batch"`
	Rounds int          `json:"rounds"`
	Seeds  []uint64     `json:"seeds"`
}

type armConfig struct {
	Name        string          `json:"name"`
	Acquisition *spec.Component `json:"acquisition,omitempty"`
	Tagger      *spec.Component `json:"tagger,omitempty"`
	Strategy    *spec.Component `json:"strategy,omitempty"`
	All         bool            `json:"all,omitempty"`
	Subsample   *spec.Component `json:"subsample,omitempty"`
	Shadow      bool            `json:"shadow,omitempty"`

	Successor       *spec.Component `json:"successor,omitempty"`
	SuccessorTagger *spec.Component `json:"successor_tagger,omitempty"`
	SuccessorRounds []int           `json:"successor_rounds,omitempty"`
	PseudoLabel     *planConfig     `json:"pseudo_label,omitempty"`
}

type dataConfig struct {
	Name        string   `json:"name"`
	Classes     []string `json:"classes,omitempty"` // of texts
	Types       []string `json:"types,omitempty"`   // of spans
	Train       int      `json:"train"`
	Test        int      `json:"test"`
	Words       int      `json:"words,omitempty"` // in the training split, for tagging
	Fingerprint string   `json:"fingerprint"`     // of IDs, texts and labels of both splits
}

// last is an arm's last round.
func (c experimentConfig) last(a armConfig) int {
	return Experiment{Rounds: c.Rounds}.last(Arm{All: a.All})
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
	if c.Data, c.Tagged, err = e.sources(); err != nil {
		return c, err
	}
	for _, arm := range e.Arms {
		a, err := arm.config()
		if err != nil {
			return c, fmt.Errorf("alnb: arm %q: %w", arm.Name, err)
		}
		c.Arms = append(c.Arms, a)
	}
	return c, nil
}

func (e Experiment) sources() (data, tagged *spec.Source, err error) {
	var s spec.Source
	if e.Tagged != nil {
		s, err = spec.EncodeTaggedSource(e.Tagged)
		return nil, &s, err
	}
	s, err = spec.EncodeSource(e.Data)
	return &s, nil, err
}

func (a Arm) config() (armConfig, error) {
	c := armConfig{Name: a.Name, All: a.All, Shadow: a.Shadow}
	model, err := spec.Encode(a.model())
	if err != nil {
		return c, err
	}
	if a.Tagger != nil {
		c.Tagger = &model
	} else {
		c.Acquisition = &model
	}
	if c.Strategy, err = component(a.Strategy, a.Strategy != nil); err != nil {
		return c, err
	}
	if a.Subsample != nil {
		sampler, err := spec.Encode(a.Subsample)
		if err != nil {
			return c, err
		}
		c.Subsample = &sampler
	}
	err = c.addSuccessor(a)
	return c, err
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
	if c.Data != nil {
		if e.Data, err = registry.DecodeSource(*c.Data); err != nil {
			return Experiment{}, fmt.Errorf("alnb: the experiment's data: %w", err)
		}
	}
	if c.Tagged != nil {
		if e.Tagged, err = registry.DecodeTaggedSource(*c.Tagged); err != nil {
			return Experiment{}, fmt.Errorf("alnb: the experiment's tagged data: %w", err)
		}
	}
	for i, a := range c.Arms {
		arm, err := a.parse(registry)
		if err != nil {
			return Experiment{}, fmt.Errorf("alnb: arm %d, %q: %w", i+1, a.Name, err)
		}
		e.Arms = append(e.Arms, arm)
	}
	return e, e.check()
}

func (c armConfig) parse(registry spec.Registry) (arm Arm, err error) {
	arm = Arm{Name: c.Name, All: c.All, Shadow: c.Shadow}
	if c.Acquisition != nil {
		if arm.Acquisition, err = registry.Models.Decode(*c.Acquisition); err != nil {
			return arm, fmt.Errorf("acquisition: %w", err)
		}
	}
	if c.Tagger != nil {
		if arm.Tagger, err = registry.Taggers.Decode(*c.Tagger); err != nil {
			return arm, fmt.Errorf("tagger: %w", err)
		}
	}
	if arm.Strategy, err = decoded(registry.Strategies, c.Strategy, "strategy"); err != nil {
		return arm, err
	}
	if c.Subsample != nil {
		if arm.Subsample, err = registry.Samplers.Decode(*c.Subsample); err != nil {
			return arm, fmt.Errorf("subsample: %w", err)
		}
	}
	err = c.parseSuccessor(registry, &arm)
	return arm, err
}

// configure returns the canonical JSON of the experiment on this data: equal experiments give equal bytes.
func (e Experiment) configure(data dataConfig) ([]byte, error) {
	experiment, err := e.config()
	if err != nil {
		return nil, err
	}
	raw, err := json.MarshalIndent(configuration{Version: e.version(), Experiment: experiment, Data: data}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("alnb: write the experiment as JSON: %w", err)
	}
	return append(raw, '\n'), nil
}

// version is the lowest that the run's folder can have, so that a folder from before can be gone on with.
func (e Experiment) version() int {
	if slices.ContainsFunc(e.Arms, func(a Arm) bool { return a.All || a.hasSuccessor() }) {
		return store.Version
	}
	return store.Plain
}

// fingerprint tells data apart.
func fingerprint(parts ...any) string { return keyed.Digest(parts...) }

// sameModel tells whether two arms train the same model: by name and configuration.
func sameModel(a, b Arm) bool {
	specA, errA := spec.Encode(a.model())
	specB, errB := spec.Encode(b.model())
	return errA == nil && errB == nil && specA.Name == specB.Name && bytes.Equal(specA.Config, specB.Config)
}
