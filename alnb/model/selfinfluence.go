package model

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/internal/influence"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/learner"
)

// SelfInfluence implements learner.Influencer. One backward pass serves a batch; Bfloat16 holds here, too.
func (c *Classifier) SelfInfluence(ctx context.Context, examples []corpus.Example, part []string, progress func(done int)) ([]float64, error) {
	var norms []float64
	made, err := c.gold(ctx, examples)
	if err == nil {
		for i := range made {
			made[i].weight = 1
		}
		norms, err = c.selfInfluence(ctx, made, part, progress)
	}
	return norms, c.in(ctx, err, "find the self-influence in", len(examples))
}

// SelfInfluence implements learner.TaggerInfluencer, as that of [Classifier]. The loss is the mean over the words that the
// tagger sees, or of a CRF −log p of the tags. A document of which it sees no word has 0.
func (t *Tagger) SelfInfluence(ctx context.Context, examples []corpus.Tagged, part []string, progress func(done int)) ([]float64, error) {
	var norms []float64
	made, err := t.gold(ctx, examples)
	if err == nil {
		for i := range made {
			made[i].weight = 1
			if !t.crf { // which has one loss a document; words' have the mean
				made[i].weight = 1 / float32(max(1, counted(made[i].document)))
			}
		}
		norms, err = t.selfInfluence(ctx, made, part, progress)
	}
	return norms, t.in(ctx, err, "find the self-influence in", len(examples))
}

func (e *engine) selfInfluence(ctx context.Context, examples []example, part []string, progress func(done int)) ([]float64, error) {
	if !e.ready {
		return nil, errUntrained
	}
	program, err := e.programs.ofInfluence(part)
	if err != nil {
		return nil, err
	}
	ones := make([]float32, len(e.classes))
	for i := range ones {
		ones[i] = 1
	}
	docs := documentsOf(examples)
	norms, done := make([]float64, len(examples)), 0
	for _, b := range apart(docs, e.arch) {
		b.rows = e.programs.devices.size(b.rows)
		targets, weights := e.targets(b, examples, ones)
		inputs := append(e.arch.inputs(at(docs, b.docs), b.layout), targets, weights)
		out, err := e.programs.run(ctx, program, inputs)
		if err != nil {
			return nil, err
		}
		for i, position := range b.docs {
			norms[position] = float64(out[0][i])
			if !finite(norms[position]) {
				return nil, fmt.Errorf("the gradient of document %q is not finite: the model's weights are broken, or its training diverged", examples[position].id)
			}
		}
		if done += len(b.docs); progress != nil {
			progress(done)
		}
	}
	return norms, nil
}

// counted is how many words of a list the network sees; of a text 0.
func counted(doc document) int {
	n := 0
	for _, position := range doc.first {
		if position >= 0 {
			n++
		}
	}
	return n
}

// apart splits documents into batches with one document a row, the longest first.
func apart(docs []document, arch architecture) []batch {
	order := all(len(docs))
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tokensOf(docs[b]), tokensOf(docs[a])) })
	var batches []batch
	for len(order) > 0 {
		length := padTo(trainingLengths, tokensOf(docs[order[0]]), arch.limit())
		rows := restRows(scoringRows(length, arch.atOnce()), len(order))
		n := min(rows, len(order))
		l := onePerRow(n, rows, length)
		if arch.packs() {
			l.slots = slotsIn(length)
		}
		batches = append(batches, batch{docs: order[:n:n], layout: l})
		order = order[n:]
	}
	return batches
}

// ofInfluence returns the program that gives a batch's self-influence by a part of the weights, and makes it where there is
// none. Inputs: those of the architecture, then targets and weights. Output: float32 [rows].
func (p *programs) ofInfluence(part []string) (*model.Exec, error) {
	weights := p.trained
	if part != nil {
		weights = slices.DeleteFunc(slices.Clone(weights), func(name string) bool {
			return !slices.ContainsFunc(part, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		})
	}
	if len(weights) == 0 {
		return nil, fmt.Errorf("no weight that is trained has a name that begins with one of %q; names are such as %q", part, p.trained[0])
	}
	p.running.Lock()
	defer p.running.Unlock()
	key := strings.Join(weights, "\n")
	if program, ok := p.influence[key]; ok {
		return program, nil
	}
	backend, err := Backend()
	if err != nil {
		return nil, err
	}
	program, err := newProgram(p, backend, func(scope *model.Scope, in []*Node) *Node {
		p.compiled.Add(1)
		g, n := in[0].Graph(), len(in)-2
		var uses []nn.Use
		w := p.precise(p.weightsIn(scope, g).Noting(&uses))
		mean := p.network.loss(w, in[:n], in[n], in[n+1], Const(g, float32(1)), nil) // scalar
		return influence.SquaredNorms(Mul(mean, documentsIn(in[n+1])), uses, weights)
	})
	if err != nil {
		return nil, err
	}
	if p.influence == nil {
		p.influence = make(map[string]*model.Exec)
	}
	p.influence[key] = program
	return program, nil
}

// documentsIn is how many rows have a document: a loss is the mean over them. weights are [rows, slots] or [rows, seq].
func documentsIn(weights *Node) *Node {
	most := ReduceMax(weights, 1)                                                          // [rows]
	return ReduceAllSum(ConvertDType(GreaterThan(most, ZerosLike(most)), weights.DType())) // scalar
}

var (
	_ learner.Influencer       = (*Classifier)(nil)
	_ learner.TaggerInfluencer = (*Tagger)(nil)
)
