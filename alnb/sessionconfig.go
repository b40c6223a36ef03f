package alnb

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/spec"
	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/alnb/subsample"
)

// SessionConfig says what a session is about and how it chooses documents. All but Pool may change while it goes on.
type SessionConfig struct {
	Pool corpus.PoolSource // the documents; read once, when the session begins

	Model  learner.Model       // to train, where documents are given classes, or …
	Tagger learner.TaggerModel // … where spans are marked in them; exactly one of the two

	Strategy  query.Strategy    // nil stands for LeastConfident, and for MNLP where spans are marked
	Subsample subsample.Sampler // which part of the pool is scored after a training; nil stands for DefaultUPS
	Batch     int               // documents that a person is asked about at once; 0 stands for 50
	Seed      uint64            // of all that is random
}

func (c SessionConfig) withDefaults() SessionConfig {
	if c.Strategy == nil && c.Tagger != nil {
		c.Strategy = query.MNLP{}
	} else if c.Strategy == nil {
		c.Strategy = query.LeastConfident{}
	}
	if c.Subsample == nil {
		c.Subsample = subsample.DefaultUPS()
	}
	if c.Batch == 0 {
		c.Batch = 50
	}
	return c
}

func (c SessionConfig) check() error {
	switch {
	case c.Pool == nil:
		return errors.New("alnb: the session has no Pool: no documents to label")
	case (c.Model == nil) == (c.Tagger == nil):
		return errors.New("alnb: the session needs a Model, which classifies texts, or a Tagger, which marks spans of words, and not both")
	case c.Batch < 1:
		return fmt.Errorf("alnb: Batch is %d; it is a number of documents, 0 stands for 50", c.Batch)
	}
	if err := c.Subsample.Check(); err != nil {
		return fmt.Errorf("alnb: the session can't subsample: %w", err)
	}
	return nil
}

// suits tells whether the model is one for these documents.
func (c SessionConfig) suits(spans bool) error {
	switch {
	case spans && c.Tagger == nil:
		return errors.New("its documents are to be marked with spans, and there is a Model, which classifies texts: give a Tagger")
	case !spans && c.Model == nil:
		return errors.New("its documents are to be given classes, and there is a Tagger, which marks spans: give a Model")
	}
	return nil
}

// arm is what the session does, as an experiment's.
func (c SessionConfig) arm() Arm {
	return Arm{Name: "session", Acquisition: c.Model, Tagger: c.Tagger, Strategy: c.Strategy, Subsample: c.Subsample}
}

// sessionConfig is a session's configuration as data.
type sessionConfig struct {
	Pool      spec.Component  `json:"pool"`
	Model     *spec.Component `json:"model,omitempty"`
	Tagger    *spec.Component `json:"tagger,omitempty"`
	Strategy  spec.Component  `json:"strategy"`
	Subsample spec.Component  `json:"subsample"`
	Batch     int             `json:"batch"`
	Seed      uint64          `json:"seed"`
}

func (c SessionConfig) encode() ([]byte, error) {
	out := sessionConfig{Batch: c.Batch, Seed: c.Seed}
	var err error
	if out.Pool, err = spec.Encode(c.Pool); err != nil {
		return nil, err
	}
	model, err := spec.Encode(c.arm().model())
	if err != nil {
		return nil, err
	}
	if c.Tagger != nil {
		out.Tagger = &model
	} else {
		out.Model = &model
	}
	if out.Strategy, err = spec.Encode(c.Strategy); err != nil {
		return nil, err
	}
	if out.Subsample, err = spec.Encode(c.Subsample); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func decodeSession(raw []byte, registry spec.Registry) (c SessionConfig, err error) {
	var in sessionConfig
	if err := spec.Strict(raw, &in); err != nil {
		return c, fmt.Errorf("its configuration: %w", err)
	}
	c.Batch, c.Seed = in.Batch, in.Seed
	if c.Pool, err = registry.Pools.Decode(in.Pool); err != nil {
		return c, fmt.Errorf("its pool: %w", err)
	}
	if in.Model != nil {
		if c.Model, err = registry.Models.Decode(*in.Model); err != nil {
			return c, fmt.Errorf("its model: %w", err)
		}
	}
	if in.Tagger != nil {
		if c.Tagger, err = registry.Taggers.Decode(*in.Tagger); err != nil {
			return c, fmt.Errorf("its tagger: %w", err)
		}
	}
	if c.Strategy, err = registry.Strategies.Decode(in.Strategy); err != nil {
		return c, fmt.Errorf("its strategy: %w", err)
	}
	if c.Subsample, err = registry.Samplers.Decode(in.Subsample); err != nil {
		return c, fmt.Errorf("its sampler: %w", err)
	}
	return c, nil
}

// sameDocuments refuses a configuration of another pool.
func sameDocuments(have, want []byte) error {
	var a, b sessionConfig
	if err := errors.Join(json.Unmarshal(have, &a), json.Unmarshal(want, &b)); err != nil {
		return err
	}
	old, err := json.Marshal(a.Pool)
	if err != nil {
		return err
	}
	now, err := json.Marshal(b.Pool)
	if err != nil {
		return err
	}
	differences, err := store.Differences(old, now)
	if err == nil && len(differences) > 0 {
		err = errors.New(strings.Join(differences, "; "))
	}
	return err
}
