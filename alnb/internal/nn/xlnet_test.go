package nn

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// xlnetReference is what tests/reference/make_xlnet.py writes.
type xlnetReference struct {
	Classes    int
	Shape      xlnetSettings
	IDs, Types [][]int32
	Weights    map[string][]float32
	Cases      []struct {
		Settings          json.RawMessage
		Classify          [][]float32           // by row
		Tag               [][][]float32         // by row and token
		ClassifyGradients map[string][2]float64 `json:"classify_gradients"`
		TagGradients      map[string][2]float64 `json:"tag_gradients"`
	}
}

// xlnetSettings are fields of config.json, with transformers' defaults from newXLNetSettings.
type xlnetSettings struct {
	Hidden            int        `json:"d_model"`
	Heads             int        `json:"n_head"`
	Layers            int        `json:"n_layer"`
	Inner             int        `json:"d_inner"`
	Vocabulary        int        `json:"vocab_size"`
	Activation        Activation `json:"ff_activation"`
	Epsilon           float64    `json:"layer_norm_eps"`
	Clamp             int        `json:"clamp_len"`
	SummaryType       string     `json:"summary_type"`
	SummaryProject    bool       `json:"summary_use_proj"`
	SummaryActivation Activation `json:"summary_activation"`
}

func (r xlnetReference) model(t *testing.T, settings json.RawMessage) XLNet {
	t.Helper()
	c := r.Shape
	c.Activation, c.Epsilon, c.Clamp = "gelu", 1e-12, -1
	c.SummaryType, c.SummaryProject, c.SummaryActivation = "last", true, "tanh"
	if err := json.Unmarshal(settings, &c); err != nil {
		t.Fatal(err)
	}
	m := XLNet{
		Layers: c.Layers, Hidden: c.Hidden, Heads: c.Heads, Intermediate: c.Inner, Vocabulary: c.Vocabulary,
		Activation: c.Activation, Epsilon: c.Epsilon, Dropout: 0.1, ClampLength: c.Clamp,
		Summary: Summary{Type: c.SummaryType, Project: c.SummaryProject, Activation: c.SummaryActivation, LastDropout: 0.1},
	}
	if err := m.Supported(); err != nil {
		t.Fatal(err)
	}
	return m
}

func readXLNet(t *testing.T) xlnetReference {
	t.Helper()
	raw, err := os.ReadFile("testdata/xlnet.json")
	if err != nil {
		t.Fatal(err)
	}
	var r xlnetReference
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// call runs a graph function on rows, padded at the right, and weights of the given shapes; it returns flat values.
func (r xlnetReference) call(t *testing.T, rows []int, shapes map[string][]int, graph func(w Weights, tokens Tokens) []*Node) [][]float32 {
	t.Helper()
	seq := 0
	for _, row := range rows {
		seq = max(seq, len(r.IDs[row]))
	}
	ids, types, lengths := make([]int32, len(rows)*seq), make([]int32, len(rows)*seq), make([]int32, len(rows))
	for i := range ids {
		ids[i], types[i] = 5, 3 // as XLNet's tokenizer pads
	}
	for i, row := range rows {
		lengths[i] = int32(copy(ids[i*seq:], r.IDs[row]))
		copy(types[i*seq:], r.Types[row])
	}
	inputs := []any{
		tensors.FromFlatDataAndDimensions(ids, len(rows), seq), tensors.FromFlatDataAndDimensions(types, len(rows), seq),
		tensors.FromFlatDataAndDimensions(lengths, len(rows)),
	}
	names := slices.Sorted(maps.Keys(shapes))
	for _, name := range names {
		if r.Weights[name] == nil {
			t.Fatalf("Python's model has no weight %q", name)
		}
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(r.Weights[name], shapes[name]...))
	}
	out, err := CallOnceN(backend(t), func(nodes []*Node) []*Node {
		weights := make(map[string]*Node)
		for i, name := range names {
			weights[name] = nodes[3+i]
		}
		w := WeightsOf(func(name string) *Node {
			if weights[name] == nil {
				panic(fmt.Errorf("no weight %q in the shapes", name))
			}
			return weights[name]
		})
		return graph(w, onePerRow(nodes[0], nodes[1], nodes[2]))
	}, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	flat := make([][]float32, len(out))
	for i, tensor := range out {
		flat[i] = tensors.MustCopyFlatData[float32](tensor)
	}
	return flat
}

func worst(t *testing.T, got, want []float32) float64 {
	t.Helper()
	if len(got) < len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	var largest float64
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= largest) {
			largest = d
		}
	}
	return largest
}

func TestXLNetEqualsPythons(t *testing.T) {
	const tolerance = 2e-5
	r := readXLNet(t)
	batches := [][]int{{0, 1, 2, 3, 4, 5}}
	for row := range r.IDs {
		batches = append(batches, []int{row})
	}
	for _, c := range r.Cases {
		m := r.model(t, c.Settings)
		var classified, tagged float64
		for _, rows := range batches {
			logits := r.call(t, rows, m.ClassifierShapes(r.Classes), func(w Weights, tokens Tokens) []*Node {
				return []*Node{m.ClassifierHead(w, tokens, nil).Logits}
			})[0]
			tags := r.call(t, rows, m.TaggerShapes(r.Classes), func(w Weights, tokens Tokens) []*Node {
				return []*Node{m.TaggerHead(w, tokens, nil).Logits}
			})[0]
			for i, row := range rows {
				classified = max(classified, worst(t, logits[i*r.Classes:], c.Classify[row]))
				tagged = max(tagged, worst(t, tags[i*len(tags)/len(rows):], slices.Concat(c.Tag[row]...)))
			}
		}
		t.Logf("%s: classification %.1e, tagging %.1e", c.Settings, classified, tagged)
		if !(classified < tolerance && tagged < tolerance) {
			t.Errorf("%s: the logits differ from Python's by %g (classification) and %g (tagging)", c.Settings, classified, tagged)
		}
	}
}

// The gradients of every weight, mask_emb's zeros included, by their norm and by their product with cosines.
func TestXLNetGradientsEqualPythons(t *testing.T) {
	r := readXLNet(t)
	all := []int{0, 1, 2, 3, 4, 5}
	target := func(x *Node, positions ...int) (targets, weights *Node) { // class i mod classes; weight 0 at padding
		var gold []int32
		var counts []float32
		n := 0
		for _, p := range positions { // p real positions a row
			for i := range x.Shape().Size() / r.Classes / len(positions) {
				gold, counts = append(gold, int32(n%r.Classes)), append(counts, 0)
				if i < p {
					counts[len(counts)-1], n = 1, n+1
				}
			}
		}
		return OneHot(Const(x.Graph(), gold), r.Classes, x.DType()), Const(x.Graph(), counts)
	}
	check := func(settings json.RawMessage, shapes map[string][]int, want map[string][2]float64, loss func(w Weights, tokens Tokens) *Node) {
		names := slices.Sorted(maps.Keys(shapes))
		gradients := r.call(t, all, shapes, func(w Weights, tokens Tokens) []*Node {
			var weights []*Node
			for _, name := range names {
				weights = append(weights, w.Of(name))
			}
			return Gradient(loss(w, tokens), weights...)
		})
		if len(want) != len(names) {
			t.Errorf("%s: %d weights, Python's model has %d", settings, len(names), len(want))
		}
		var largest float64
		for i, name := range names {
			var square, product float64
			for j, g := range gradients[i] {
				square += float64(g) * float64(g)
				product += float64(g) * math.Cos(float64(j))
			}
			got := [2]float64{math.Sqrt(square), product}
			for k := range got {
				difference := math.Abs(got[k]-want[name][k]) / max(1, want[name][0])
				largest = max(largest, difference)
				if !(difference < 2e-5) {
					t.Errorf("%s: the gradient of %s has norm and product %v, Python's %v", settings, name, got, want[name])
				}
			}
		}
		t.Logf("%s: %d gradients, %.1e", settings, len(names), largest)
	}
	for _, c := range r.Cases {
		m := r.model(t, c.Settings)
		if c.ClassifyGradients != nil {
			check(c.Settings, m.ClassifierShapes(r.Classes), c.ClassifyGradients, func(w Weights, tokens Tokens) *Node {
				logits := Squeeze(m.ClassifierHead(w, tokens, nil).Logits, 1)
				targets, weights := target(logits, 1, 1, 1, 1, 1, 1)
				return CrossEntropy(logits, targets, weights)
			})
		}
		if c.TagGradients != nil {
			check(c.Settings, m.TaggerShapes(r.Classes), c.TagGradients, func(w Weights, tokens Tokens) *Node {
				logits := m.TaggerHead(w, tokens, nil).Logits
				logits = Reshape(logits, -1, r.Classes) // [batch·seq, classes]
				var lengths []int
				for _, ids := range r.IDs {
					lengths = append(lengths, len(ids))
				}
				targets, weights := target(logits, lengths...)
				return CrossEntropy(logits, targets, weights)
			})
		}
	}
}

// Dropout draws positions anew for each row; the hidden states are the layers' and one more.
func TestXLNetHiddenStatesAndDropout(t *testing.T) {
	r := readXLNet(t)
	m := r.model(t, r.Cases[0].Settings)
	all := []int{0, 5}
	for _, p := range []float64{0, 0.5} {
		m.Dropout = p
		states := r.call(t, all, m.TaggerShapes(r.Classes), func(w Weights, tokens Tokens) []*Node {
			return m.HiddenStates(w, tokens, NewDropout(Const(tokens.IDs.Graph(), []uint32{1, 2})))
		})
		plain := r.call(t, all, m.TaggerShapes(r.Classes), func(w Weights, tokens Tokens) []*Node {
			return m.HiddenStates(w, tokens, nil)
		})
		if len(states) != m.Layers+1 {
			t.Fatalf("%d states", len(states))
		}
		if same := worst(t, states[m.Layers], plain[m.Layers]) == 0; same != (p == 0) {
			t.Errorf("dropout %g: the last states are the same as without: %t", p, same)
		}
	}
}

func TestXLNetRefuses(t *testing.T) {
	r := readXLNet(t)
	for settings, want := range map[string]string{
		`{"summary_type":"attn"}`:         `summary_type is "attn"`,
		`{"summary_activation":"mish"}`:   `summary_activation is "mish"`,
		`{"ff_activation":"silu"}`:        "ff_activation",
		`{"d_model":15,"n_head":3}`:       "d_model is 15",
		`{"summary_activation":"linear"}`: "none",
	} {
		c := r.Shape
		c.Activation, c.SummaryType = "gelu", "last"
		if err := json.Unmarshal([]byte(settings), &c); err != nil {
			t.Fatal(err)
		}
		m := XLNet{Hidden: c.Hidden, Heads: c.Heads, Activation: c.Activation, Summary: Summary{Type: c.SummaryType, Activation: c.SummaryActivation}}
		if err := m.Supported(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want %q, got %v", settings, want, err)
		}
	}
}

var _ Encoder = XLNet{}

// onePerRow are documents of given lengths, each in a row of its own.
func onePerRow(ids, types, lengths *Node) Tokens {
	columns := Iota(ids.Graph(), ids.Shape(), 1)                              // [batch, seq]
	outside := GreaterOrEqual(columns, ExpandAxes(lengths, -1))               // [batch, seq]
	documents := Where(outside, MulScalar(OnesLike(ids), -1), ZerosLike(ids)) // [batch, seq]
	return Tokens{IDs: ids, Types: types, Documents: documents, Positions: columns, Slots: 1}
}
