package paper

import (
	"strings"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/alnb/subsample"
)

// How an arm chooses.
type choice int

const (
	byUncertainty choice = iota // LeastConfident for texts, MNLP for words
	byMahalanobis
	atRandom
	everything // a model of all labels: the line to come near to
)

// A chain is an arm by its roles: who chooses, who labels the pool, and who learns.
type chain struct {
	acquisition role
	labeler     role // nobody: there are no pseudo-labels
	successor   role // nobody: the acquisition model
	by          choice
	filter      pseudolabel.Filter // of pseudo-labels; nil: TracIn
	sampler     subsample.Sampler  // nil: the whole pool is scored
	sampled     string             // the sampler's name
}

func own(r role) chain                              { return chain{acquisition: r} }
func mismatch(a, s role) chain                      { return chain{acquisition: a, successor: s} }
func plasm(a, p, s role) chain                      { return chain{acquisition: a, labeler: p, successor: s} }
func random(r role) chain                           { return chain{acquisition: r, by: atRandom} }
func all(r role) chain                              { return chain{acquisition: r, by: everything} }
func (c chain) choosing(by choice) chain            { c.by = by; return c }
func (c chain) filtered(f pseudolabel.Filter) chain { c.filter = f; return c }
func (c chain) sampling(name string, s subsample.Sampler) chain {
	c.sampled, c.sampler = name, s
	return c
}

// The samplers of the figures.
func ups(c chain) chain { return c.sampling("UPS", subsample.DefaultUPS()) }
func ups5(c chain) chain {
	s := subsample.DefaultUPS()
	s.Gamma = 0.04
	return c.sampling("UPS, 5 %", s)
}
func random11(c chain) chain {
	return c.sampling("random 11 %", subsample.RandomSubset{Share: 0.11, FullQueries: subsample.DefaultUPS().FullQueries})
}
func top5(c chain) chain {
	return c.sampling("top 5 %", subsample.TopGamma{Gamma: 0.05, FullQueries: subsample.DefaultUPS().FullQueries})
}

// roles are those that the chain needs.
func (c chain) roles() []role {
	roles := []role{c.acquisition}
	for _, r := range []role{c.labeler, c.successor} {
		if r != nobody {
			roles = append(roles, r)
		}
	}
	return roles
}

// style is that of the chain's line: kinds of arms look alike in all figures, and no two arms of one figure do.
func (c chain) style() int {
	switch {
	case c.by == everything:
		return 4
	case c.by == atRandom:
		return 3
	case strings.HasPrefix(c.sampled, "UPS"):
		return 6
	case c.sampler != nil:
		return 7
	case c.labeler != nobody && c.filter != nil && c.filter.By() == pseudolabel.ByNothing:
		return 7
	case c.labeler != nobody && (c.labeler != bert || c.filter != nil):
		return 6
	case c.labeler != nobody:
		return 5
	case c.successor == nobody:
		return 1
	case c.by == byMahalanobis:
		return 7
	}
	return 2 // the mismatch
}

// name tells the chain from others by its roles' letters: "D → E", "PLASM D, B → E". Roles that are one model have one letter.
func (p Preset) name(c chain) string {
	name := p.letter(c.acquisition)
	if c.labeler != nobody {
		name = "PLASM " + name + ", " + p.letter(c.labeler)
	}
	if c.successor != nobody {
		name += " → " + p.letter(c.successor)
	}
	switch c.by {
	case byMahalanobis:
		name += ", MD"
	case atRandom:
		name += ", Random"
	case everything:
		name += ", all labels"
	}
	switch {
	case c.filter == nil:
	case c.filter.By() == pseudolabel.ByNothing:
		name += ", no filter"
	default:
		name += ", by " + c.filter.Name()
	}
	if c.sampler != nil {
		name += ", " + c.sampled
	}
	return name
}

// arm is the chain as an experiment's arm; ok is false where the preset has nobody for one of its roles.
func (p Preset) arm(c chain, tagging bool, pseudo []int) (arm alnb.Arm, ok bool) {
	for _, r := range c.roles() {
		if _, ok := p.cast(r); !ok {
			return arm, false
		}
	}
	arm = alnb.Arm{Name: p.name(c), Subsample: c.sampler}
	arm.Shadow = c.sampler != nil && p != Paper // which share of the full query it kept; not worth scoring 120,000 texts for
	model := func(r role, wholePool bool, texts *learner.Model, words *learner.TaggerModel) {
		cast, _ := p.cast(r)
		if wholePool {
			cast = cast.onAll(p)
		}
		if tagging {
			*words = cast.words
		} else {
			*texts = cast.texts
		}
	}
	model(c.acquisition, c.by == everything, &arm.Acquisition, &arm.Tagger)
	switch {
	case c.by == everything:
		arm.All = true
		return arm, true
	case c.by == atRandom:
		arm.Strategy = query.Random{}
	case c.by == byMahalanobis:
		arm.Strategy = query.MahalanobisDistance{}
	case tagging:
		arm.Strategy = query.MNLP{}
	default:
		arm.Strategy = query.LeastConfident{}
	}
	if c.successor != nobody {
		model(c.successor, c.labeler != nobody, &arm.Successor, &arm.SuccessorTagger)
	}
	if c.labeler != nobody {
		arm.SuccessorRounds = pseudo
		arm.PseudoLabel = &pseudolabel.Plan{Filter: c.filter}
		model(c.labeler, false, &arm.PseudoLabel.Labeler, &arm.PseudoLabel.LabelerTagger)
	}
	return arm, true
}
