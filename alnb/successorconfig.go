package alnb

import (
	"fmt"

	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/spec"
)

// planConfig is a [pseudolabel.Plan] as data.
type planConfig struct {
	Labeler       *spec.Component `json:"labeler,omitempty"`
	LabelerTagger *spec.Component `json:"labeler_tagger,omitempty"`
	Filter        *spec.Component `json:"filter,omitempty"`
	Soft          bool            `json:"soft,omitempty"`
	GoldWeight    float64         `json:"gold_weight,omitempty"`
	Rounds        []int           `json:"rounds,omitempty"`
	Checkpoints   int             `json:"checkpoints,omitempty"`
	Part          []string        `json:"part,omitempty"`
}

func (c armConfig) hasSuccessor() bool { return c.Successor != nil || c.SuccessorTagger != nil }

func (c armConfig) evaluates(round int) bool {
	return Arm{SuccessorRounds: c.SuccessorRounds}.evaluates(round)
}

// component returns a component as data; nil of none.
func component(of spec.Named, set bool) (*spec.Component, error) {
	if !set {
		return nil, nil
	}
	c, err := spec.Encode(of)
	return &c, err
}

func (c *armConfig) addSuccessor(a Arm) (err error) {
	c.SuccessorRounds = a.SuccessorRounds
	if c.Successor, err = component(a.Successor, a.Successor != nil); err != nil {
		return err
	}
	if c.SuccessorTagger, err = component(a.SuccessorTagger, a.SuccessorTagger != nil); err != nil || a.PseudoLabel == nil {
		return err
	}
	p := *a.PseudoLabel
	c.PseudoLabel = &planConfig{Soft: p.Soft, GoldWeight: p.GoldWeight, Rounds: p.Rounds, Checkpoints: p.Checkpoints, Part: p.Part}
	if c.PseudoLabel.Labeler, err = component(p.Labeler, p.Labeler != nil); err != nil {
		return err
	}
	if c.PseudoLabel.LabelerTagger, err = component(p.LabelerTagger, p.LabelerTagger != nil); err != nil {
		return err
	}
	c.PseudoLabel.Filter, err = component(p.Filter, p.Filter != nil)
	return err
}

func (c armConfig) parseSuccessor(registry spec.Registry, arm *Arm) (err error) {
	arm.SuccessorRounds = c.SuccessorRounds
	if arm.Successor, err = decoded(registry.Models, c.Successor, "successor"); err != nil {
		return err
	}
	if arm.SuccessorTagger, err = decoded(registry.Taggers, c.SuccessorTagger, "successor_tagger"); err != nil ||
		c.PseudoLabel == nil {
		return err
	}
	p := c.PseudoLabel
	plan := pseudolabel.Plan{Soft: p.Soft, GoldWeight: p.GoldWeight, Rounds: p.Rounds, Checkpoints: p.Checkpoints, Part: p.Part}
	if plan.Labeler, err = decoded(registry.Models, p.Labeler, "pseudo_label: labeler"); err != nil {
		return err
	}
	if plan.LabelerTagger, err = decoded(registry.Taggers, p.LabelerTagger, "pseudo_label: labeler_tagger"); err != nil {
		return err
	}
	plan.Filter, err = decoded(registry.Filters, p.Filter, "pseudo_label: filter")
	arm.PseudoLabel = &plan
	return err
}

// decoded makes a component of a kind; nothing where there is none.
func decoded[T spec.Named](kind spec.Kind[T], c *spec.Component, where string) (made T, err error) {
	if c == nil {
		return made, nil
	}
	if made, err = kind.Decode(*c); err != nil {
		return made, fmt.Errorf("%s: %w", where, err)
	}
	return made, nil
}
