package model

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/internal/nn"
)

// A reading is what a program gives of documents, dropout off but where it is said. Each has programs of its own, so that
// none computes more than is asked for.
type reading int

const (
	predictions   reading = iota // what network.predict returns
	headStates                   // what the head reads
	lastLayer                    // probabilities, and the input of the head's last linear layer
	dropoutSample                // probabilities with dropout on; the last input is its key, uint32 [2]
	readings                     // how many there are
)

func (r reading) of(n network, w nn.Weights, in []*Node) []*Node {
	switch r {
	case headStates:
		return []*Node{Identity(n.head(w, in, nil).Reads)} // GoMLX's Go backend fails where an output isn't the last node
	case lastLayer:
		head := n.head(w, in, nil)
		return []*Node{Softmax(head.Logits, -1), head.Last}
	case dropoutSample:
		last := len(in) - 1
		return []*Node{Softmax(n.head(w, in[:last], nn.NewDropout(in[last])).Logits, -1)}
	}
	return n.predict(w, in)
}
