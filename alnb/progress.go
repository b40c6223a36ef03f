package alnb

import (
	"slices"

	"github.com/alnb/alnb/alnb/pseudolabel"
)

// A Phase is what a run is busy with.
type Phase string

// The phases of a round, in order; Load comes before the first. The first step of a training or scoring with a new
// padded length compiles a program, which takes seconds.
const (
	PhaseLoad     Phase = "load"     // reading data, downloading and reading weights
	PhaseTrain    Phase = "train"    // Done and Total count training steps
	PhaseEvaluate Phase = "evaluate" // Done and Total count documents of the test split
	PhaseScore    Phase = "score"    // Done counts documents that the model read, Total those of the pool: a sampler ends it sooner

	// Of pseudo-labels; Done and Total count training steps, or documents.
	PhaseQuality        = Phase(pseudolabel.StageQuality)
	PhasePseudoLabel    = Phase(pseudolabel.StageLabels)
	PhaseFirstSuccessor = Phase(pseudolabel.StageFirst)
	PhaseInfluence      = Phase(pseudolabel.StageInfluence)
	PhaseSuccessor      = Phase(pseudolabel.StageSuccessor)
)

// The phases of a second look at the labels.
const (
	PhaseWait Phase = "wait" // for another process, which was asked to take it
	PhaseLook Phase = "look" // Done and Total count training steps of all its models
)

// Doing is the phase as what is being done.
func (p Phase) Doing() string {
	switch p {
	case PhaseLoad:
		return "loading"
	case PhaseTrain:
		return "training"
	case PhaseEvaluate:
		return "evaluating"
	case PhaseScore:
		return "scoring the pool"
	case PhaseQuality:
		return "measuring the pseudo-labeler"
	case PhasePseudoLabel:
		return "pseudo-labeling"
	case PhaseFirstSuccessor:
		return "training the first successor"
	case PhaseInfluence:
		return "measuring self-influence"
	case PhaseSuccessor:
		return "training the successor"
	case PhaseWait:
		return "waiting for the trainer"
	case PhaseLook:
		return "taking a second look at the labels"
	}
	return string(p)
}

// Progress tells where a run stands. It is sent often; who shows it throttles it.
type Progress struct {
	Phase Phase
	Arm   string
	Seed  uint64
	Round int // of Rounds; round 0 trains on the seed set
	// Phases are those of the round, the training or the hand-over under way, in order; nil where nothing is.
	Phases []Phase
	// Rounds is the number of queries the arm makes.
	Rounds int
	// Done of Total units of the phase are finished; the unit depends on the phase.
	Done, Total int
	// FinishedRounds of TotalRounds rounds are on disk, over all arms and seeds.
	FinishedRounds, TotalRounds int
	// Resumed is how many of FinishedRounds were on disk already when the run started.
	Resumed int
	// Note is a sentence for the reader, said once, such as which data and weights are used; usually empty.
	Note string
}

// phases are those of an arm's round, in order. Whatever an earlier arm has made already is left out when it comes to it.
func (r *runner) phases(arm Arm, round int) []Phase {
	asks := round < r.last(arm)
	if !arm.hasSuccessor() {
		return trainingPhases(true, asks)
	}
	var phases []Phase
	if asks {
		phases = trainingPhases(false, true)
	}
	switch plan := arm.PseudoLabel; {
	case !arm.evaluates(round):
		return phases
	case plan != nil && plan.In(round):
		return append(phases, handOverPhases(*plan, true)...)
	}
	return append(phases, PhaseSuccessor, PhaseEvaluate)
}

func trainingPhases(evaluated, scored bool) []Phase {
	phases := []Phase{PhaseTrain}
	if evaluated {
		phases = append(phases, PhaseEvaluate)
	}
	if scored {
		phases = append(phases, PhaseScore)
	}
	return phases
}

func handOverPhases(plan pseudolabel.Plan, evaluated bool) (phases []Phase) {
	for _, stage := range plan.Stages() {
		phases = append(phases, Phase(stage))
	}
	if evaluated {
		phases = append(phases, PhaseEvaluate)
	}
	return phases
}

// tell changes the progress and reports it; a note is said once.
func (r *runner) tell(change func(*Progress)) {
	change(&r.progress)
	if r.options.Progress != nil {
		r.options.Progress(r.progress)
	}
	r.progress.Note = ""
}

func (r *runner) at(phase Phase, done, total int) {
	r.tell(func(p *Progress) { p.Phase, p.Done, p.Total = phase, done, total })
}

// note reports a sentence and keeps it among the run's origins.
func (r *runner) note(sentence string) {
	if !slices.Contains(r.origins, sentence) {
		r.origins = append(r.origins, sentence)
	}
	r.tell(func(p *Progress) { p.Note = sentence })
}
