package alnb

// A Phase is what a run is busy with.
type Phase string

// The phases of a round, in order; Load comes before the first. The first step of a training or scoring with a new
// padded length compiles a program, which takes seconds.
const (
	PhaseLoad     Phase = "load"     // reading data, downloading and reading weights
	PhaseTrain    Phase = "train"    // Done and Total count training steps
	PhaseEvaluate Phase = "evaluate" // Done and Total count documents of the test split
	PhaseScore    Phase = "score"    // Done and Total count documents of the pool
)

// Progress tells where a run stands. It is sent often; who shows it throttles it.
type Progress struct {
	Phase Phase
	Arm   string
	Seed  uint64
	Round int // of Rounds; round 0 trains on the seed set
	// Rounds is the number of queries each arm and seed makes.
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
