package model

import (
	"maps"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/alnb/alnb/alnb/internal/nn"
)

// A matching is the network of distillation. Without labels, the student's hidden states, and masked words where the
// teacher has a head for them, come near the teacher's; in task distillation it is what their heads give.
type matching struct {
	teacher, student nn.Encoder
	layers           []int // for each of the student's hidden states, that of the embeddings first, the teacher's it learns
	sizes            [2]int
	masked           bool // also match the distributions of masked words
	task             Task // of the heads in task distillation; "": without labels
	classes          int  // of the heads
}

// Names: the student's weights have their own, the teacher's this in front.
const (
	ofTeacher  = "teacher."
	projection = "projection" // from the student's hidden size to the teacher's
)

// bare returns the shapes of an encoder's weights without a head.
func bare(e nn.Encoder) map[string][]int {
	out := e.TaggerShapes(1)
	maps.DeleteFunc(out, func(name string, _ []int) bool { return e.InHead(name) })
	return out
}

func (m *matching) shapesOf(e nn.Encoder) map[string][]int {
	switch m.task {
	case Classification:
		return e.ClassifierShapes(m.classes)
	case Tagging:
		return e.TaggerShapes(m.classes)
	}
	out := bare(e)
	if m.masked {
		maps.Copy(out, e.(nn.MaskedLM).MaskedLMShapes())
	}
	return out
}

func (m *matching) shapes() map[string][]int {
	out := m.shapesOf(m.student)
	for name, dims := range m.shapesOf(m.teacher) {
		out[ofTeacher+name] = dims
	}
	if m.projects() {
		out[projection+".weight"], out[projection+".bias"] = []int{m.sizes[0], m.sizes[1]}, []int{m.sizes[0]}
	}
	return out
}

func (m *matching) projects() bool { return m.task == "" && m.sizes[0] != m.sizes[1] }

func (m *matching) trains(name string) bool { return !strings.HasPrefix(name, ofTeacher) }

// loss is the mean over the student's hidden states of the mean squared difference to the teacher's, over the tokens
// that count, plus −Σ t log s over the masked words. Inputs: the four of a fineTuned and, with masked words, their flat
// positions in the batch, int32 [n], and 1 or 0 for each, float32 [n]. weights is float32 [batch, slots].
func (m *matching) loss(w nn.Weights, in []*Node, _, weights, temperature *Node, drop *nn.Dropout) *Node {
	teacherWeights := nn.WeightsOf(func(name string) *Node { return StopGradient(w.Of(ofTeacher + name)) })
	t := tokensIn(in)
	counts := ConvertDType(LogicalNot(t.Padding()), weights.DType()) // [batch, seq]
	if m.task != "" {
		return m.taskLoss(w, teacherWeights, t, counts, weights, temperature, drop)
	}
	theirs, ours := m.teacher.HiddenStates(teacherWeights, t, nil), m.student.HiddenStates(w, t, drop)
	total := ReduceAllSum(counts) // scalar
	var loss *Node
	for i, layer := range m.layers {
		x := ours[i] // [batch, seq, hidden]
		if m.projects() {
			x = nn.Linear(w, projection, x) // [batch, seq, the teacher's hidden]
		}
		off := ReduceMean(Square(Sub(x, StopGradient(theirs[layer]))), -1) // [batch, seq]
		mean := Div(ReduceAllSum(Mul(off, counts)), total)                 // scalar
		if loss == nil {
			loss = mean
		} else {
			loss = Add(loss, mean)
		}
	}
	loss = MulScalar(loss, 1/float64(len(m.layers)))
	if m.masked {
		pick := func(states []*Node) *Node { // of the last layer: [n, hidden]
			last := states[len(states)-1]
			flat := Reshape(last, -1, last.Shape().Dim(-1)) // [batch·seq, hidden]
			return Gather(flat, ExpandAxes(in[4], -1))      // [n, hidden]
		}
		teacher := m.teacher.(nn.MaskedLM).MaskedLM(teacherWeights, pick(theirs)) // [n, vocabulary]
		student := m.student.(nn.MaskedLM).MaskedLM(w, pick(ours))                // [n, vocabulary]
		targets := StopGradient(Softmax(Div(teacher, temperature), -1))           // [n, vocabulary]
		loss = Add(loss, nn.CrossEntropy(Div(student, temperature), targets, in[5]))
	}
	return loss
}

// taskLoss is the mean of −Σ t log s over the texts or, of taggers, over the tokens that count.
func (m *matching) taskLoss(w, teacherWeights nn.Weights, t nn.Tokens, counts, weights, temperature *Node, drop *nn.Dropout) *Node {
	head, weigh := nn.Encoder.ClassifierHead, weights // [batch, slots, classes], [batch, slots]
	if m.task == Tagging {
		head, weigh = nn.Encoder.TaggerHead, counts // [batch, seq, classes], [batch, seq]
	}
	targets := StopGradient(Softmax(Div(head(m.teacher, teacherWeights, t, nil).Logits, temperature), -1))
	return nn.CrossEntropy(Div(head(m.student, w, t, drop).Logits, temperature), targets, weigh) // scalar
}

// predict and head are not used: distillation only trains.
func (m *matching) predict(_ nn.Weights, in []*Node) []*Node { return in[:1] }

func (m *matching) head(nn.Weights, []*Node, *nn.Dropout) nn.Head { return nn.Head{} }
