package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// crfCase is a batch and the weights of a CRF, in float64.
type crfCase struct {
	tags, seq               int
	lengths                 []int32
	emissions, targets      []float64 // [batch, seq, tags]
	start, end, transitions []float64
	weights                 []float64 // [batch]
}

func newCRFCase(r *rand.Rand, tags, seq int, lengths ...int32) *crfCase {
	n := len(lengths) * seq
	c := &crfCase{
		tags: tags, seq: seq, lengths: lengths, emissions: normals[float64](r, n*tags, 2), targets: make([]float64, n*tags),
		start: normals[float64](r, tags, 1), end: normals[float64](r, tags, 1), transitions: normals[float64](r, tags*tags, 1),
	}
	for i := range n { // soft and gold by turns, at padding, too
		row := c.targets[i*tags : (i+1)*tags]
		if row[r.IntN(tags)] = 1; i/seq%2 == 1 {
			var sum float64
			for k := range row {
				row[k] = r.Float64()
				sum += row[k]
			}
			for k := range row {
				row[k] /= sum
			}
		}
	}
	for range lengths {
		c.weights = append(c.weights, r.Float64())
	}
	c.weights[len(lengths)-1] = 0 // which only fills up
	return c
}

// each calls f with all sequences of a document and their scores.
func (c *crfCase) each(doc int, f func(tags []int, score float64)) {
	n := int(c.lengths[doc])
	tags := make([]int, n)
	for {
		score := c.start[tags[0]] + c.end[tags[n-1]]
		for t, k := range tags {
			score += c.emissions[(doc*c.seq+t)*c.tags+k]
			if t > 0 {
				score += c.transitions[tags[t-1]*c.tags+k]
			}
		}
		f(tags, score)
		i := 0
		for ; i < n; i++ {
			if tags[i]++; tags[i] < c.tags {
				break
			}
			tags[i] = 0
		}
		if i == n {
			return
		}
	}
}

// enumerate sums over all sequences: log Z, Σ_y Π_t targets[t, y_t]·score(y), marginals, the best sequence and its log p.
func (c *crfCase) enumerate(doc int) (logZ, expected float64, marginals []float64, best []int, logP float64) {
	var z float64
	marginals, logP = make([]float64, c.seq*c.tags), math.Inf(-1)
	c.each(doc, func(tags []int, score float64) {
		z += math.Exp(score)
		p := 1.0
		for t, k := range tags {
			marginals[t*c.tags+k] += math.Exp(score)
			p *= c.targets[(doc*c.seq+t)*c.tags+k]
		}
		expected += p * score
		if score > logP {
			best, logP = slices.Clone(tags), score
		}
	})
	for i := range marginals {
		marginals[i] /= z
	}
	return math.Log(z), expected, marginals, best, logP - math.Log(z)
}

func (c *crfCase) loss() float64 {
	var sum, total float64
	for doc, w := range c.weights {
		logZ, expected, _, _, _ := c.enumerate(doc)
		sum, total = sum+w*(logZ-expected), total+w
	}
	return sum / total
}

var crfNames = []string{crfStart, crfEnd, crfTransitions}

// inputs are emissions, targets, documents, weights per position, and the three of crfNames.
func (c *crfCase) inputs() []any {
	narrow := func(x []float64, dims ...int) any {
		out := make([]float32, len(x))
		for i, v := range x {
			out[i] = float32(v)
		}
		return tensors.FromFlatDataAndDimensions(out, dims...)
	}
	batch := len(c.lengths)
	weights, documents := make([]float64, batch*c.seq), slices.Repeat([]int32{-1}, batch*c.seq)
	for doc, w := range c.weights {
		for t := range c.lengths[doc] {
			weights[doc*c.seq+int(t)], documents[doc*c.seq+int(t)] = w, int32(doc)
		}
	}
	return []any{
		narrow(c.emissions, batch, c.seq, c.tags), narrow(c.targets, batch, c.seq, c.tags),
		tensors.FromFlatDataAndDimensions(documents, batch, c.seq), narrow(weights, batch, c.seq),
		narrow(c.start, c.tags), narrow(c.end, c.tags), narrow(c.transitions, c.tags, c.tags),
	}
}

func crfLossAndGradients(in []*Node) []*Node {
	loss := CRFLoss(named(crfNames, in[4:]), in[0], in[1], in[2], in[3])
	return append([]*Node{loss}, Gradient(loss, in[0], in[4], in[5], in[6])...)
}

func TestCRFEqualsEnumeration(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	run := compiled(t, func(in []*Node) []*Node {
		w := named(crfNames, in[4:])
		path, logP := CRFViterbi(w, in[0], in[2])
		return []*Node{TransposeAllAxes(newCRF(w, in[0], in[2]).logPartition(), 1, 0), CRFMarginals(w, in[0], in[2]), ConvertDType(path, dtypes.Float32), logP}
	})
	train := compiled(t, crfLossAndGradients)
	worst := map[string]float64{}
	check := func(name string, got float32, want, tolerance float64) {
		t.Helper()
		d := math.Abs(float64(got) - want)
		if worst[name] = max(worst[name], d); !(d <= tolerance) {
			t.Errorf("%s is %g, by enumeration %g", name, got, want)
		}
	}
	for _, c := range []*crfCase{
		newCRFCase(r, 4, 5, 5, 1, 3, 2, 4, 5, 2), newCRFCase(r, 4, 1, 1, 1), newCRFCase(r, 3, 5, 3, 2, 1),
	} {
		out := run(c.inputs()...)
		path := float32s(out[2])
		for doc := range c.lengths {
			logZ, _, marginals, best, logP := c.enumerate(doc)
			last := doc*c.seq + int(c.lengths[doc]) - 1
			check("log Z", float32s(out[0])[last], logZ, 1e-5)
			for i, want := range marginals {
				check("a marginal", float32s(out[1])[doc*len(marginals)+i], want, 2e-6)
			}
			for i := range c.seq {
				want := 0
				if i < len(best) {
					want = best[i]
				}
				check("a tag of the best path", path[doc*c.seq+i], float64(want), 0)
			}
			check("log p(y*)", float32s(out[3])[last], logP, 5e-6)
		}
		trained := train(c.inputs()...)
		check("the loss", float32s(trained[0])[0], c.loss(), 1e-5)
		for i, values := range [][]float64{c.emissions, c.start, c.end, c.transitions} {
			gradient := float32s(trained[1+i])
			const h = 1e-5
			for k, v := range values {
				values[k] = v + h
				up := c.loss()
				values[k] = v - h
				down := c.loss()
				values[k] = v
				check("the gradient of "+[]string{"emissions", "start", "end", "transitions"}[i], gradient[k], (up-down)/(2*h), 2e-6)
			}
		}
	}
	t.Log("largest differences:", worst)
}

// Marginals are probabilities also where scores are large, and the document is long.
func TestCRFMarginalsAddUpToOne(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	const tags, seq, words = 5, 100, 90
	c := newCRFCase(r, tags, seq, words)
	for i := range c.emissions {
		c.emissions[i] *= 300
	}
	out := compiled(t, func(in []*Node) []*Node { return []*Node{CRFMarginals(named(crfNames, in[4:]), in[0], in[2])} })(c.inputs()...)
	for i, p := range slices.Collect(slices.Chunk(float32s(out[0]), tags)) {
		sum, want := float32(0), float32(1)
		for _, p := range p {
			if sum += p; !(p >= 0 && p <= 1) {
				t.Errorf("token %d has the marginals %v", i, p)
			}
		}
		if i >= words {
			want = 0
		}
		if math.Abs(float64(sum-want)) > 1e-6 {
			t.Errorf("the marginals of token %d add up to %.9g", i, sum)
		}
	}
}

// Large scores and a model that is nearly certain: nothing overflows, and small differences don't drown in log Z.
func TestCRFKeepsSmallLosses(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const tags, seq = 4, 120
	c := newCRFCase(r, tags, seq, seq, seq)
	for i := range 2 * seq {
		for k := range tags {
			c.emissions[i*tags+k] = 1000 * float64(i%7)
			c.targets[i*tags+k] = 0
		}
		c.emissions[i*tags+i%tags] += 10
		c.targets[i*tags+i%tags] = 1
	}
	c.transitions = make([]float64, tags*tags)
	c.start, c.end = make([]float64, tags), make([]float64, tags)
	want := seq * math.Log1p((tags-1)*math.Exp(-10))
	out := compiled(t, func(in []*Node) []*Node {
		w := named(crfNames, in[4:])
		_, logP := CRFViterbi(w, in[0], in[2])
		return append(crfLossAndGradients(in), logP)
	})(c.inputs()...)
	loss, logP := float32s(out[0])[0], float32s(out[5])
	t.Logf("loss %.6g, log p(y*) %.6g, want ±%.6g", loss, logP[seq-1], want)
	if math.Abs(float64(loss)-want) > 0.01*want || math.Abs(float64(logP[seq-1])+want) > 0.01*want {
		t.Errorf("loss %g and log p(y*) %g, want ±%g", loss, logP[seq-1], want)
	}
	for _, g := range out[1:5] {
		for _, v := range float32s(g) {
			if math.IsNaN(float64(v)) || math.Abs(float64(v)) > 1 {
				t.Fatalf("a gradient is %g", v)
			}
		}
	}
}

// OntoNotes has 37 tags: the program is the same at every length, compiles quickly and learns.
func TestCRFProgramDoesNotGrow(t *testing.T) {
	const tags, batch = 37, 8
	b := xlaBackend(t)
	step := func(in []*Node) []*Node {
		out := crfLossAndGradients(in)
		for i, x := range []*Node{in[0], in[4], in[5], in[6]} {
			out[1+i] = Sub(x, MulScalar(out[1+i], 2))
		}
		return out
	}
	nodes := map[int]int{}
	for _, seq := range []int{30, 120} {
		exec, err := NewExec(b, step)
		if err != nil {
			t.Fatal(err)
		}
		f := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Float32, dims...) }
		began := time.Now()
		g, err := exec.Compile(f(batch, seq, tags), f(batch, seq, tags), shapes.Make(dtypes.Int32, batch, seq), f(batch, seq),
			f(tags), f(tags), f(tags, tags))
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		nodes[seq] = len(g.Nodes())
		t.Logf("length %d: %d nodes, compiled in %v", seq, nodes[seq], took.Round(time.Millisecond))
		if took > 20*time.Second {
			t.Errorf("compiling for length %d took %v", seq, took)
		}
		if seq == 120 {
			c := newCRFCase(rand.New(rand.NewPCG(3, 4)), tags, seq, 120, 1, 60, 119, 30, 120, 2, 120)
			in := c.inputs()
			var losses []float32
			for range 6 {
				out, err := exec.Call(in...)
				if err != nil {
					t.Fatal(err)
				}
				losses = append(losses, float32s(out[0])[0])
				in[0], in[4], in[5], in[6] = out[1], out[2], out[3], out[4]
			}
			t.Log("losses", losses)
			for i := 1; i < len(losses); i++ {
				if !(losses[i] < losses[i-1]) {
					t.Errorf("the loss went from %g to %g", losses[i-1], losses[i])
				}
			}
		}
		exec.Finalize()
	}
	if nodes[30] != nodes[120] {
		t.Errorf("the program has %d nodes at length 30, %d at 120", nodes[30], nodes[120])
	}
}

// Documents one after the other in a row are what each is alone, however large the scores of its neighbors.
func TestCRFOfPackedDocuments(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	const tags, seq = 3, 6
	lengths := []int32{4, 1, 1, 3, 1} // two rows, with padding at the end of each
	alone := newCRFCase(r, tags, seq, lengths...)
	for i := range alone.emissions {
		alone.emissions[i] += 500 * float64(i/(tags*seq)%2) // of every other document
	}
	alone.weights[len(lengths)-1] = 0.5
	packed := *alone
	packed.lengths, packed.weights = []int32{seq, seq}, make([]float64, 2)
	packed.emissions, packed.targets = packed.emissions[:2*seq*tags], packed.targets[:2*seq*tags]
	in := packed.inputs() // emissions, targets, documents and weights are put in below
	emissions, targets := make([]float32, 2*seq*tags), make([]float32, 2*seq*tags)
	documents, weights := slices.Repeat([]int32{-1}, 2*seq), make([]float32, 2*seq)
	var places []int
	place := 0
	for doc, n := range lengths {
		places = append(places, place)
		for i := range int(n) {
			for k := range tags {
				emissions[(place+i)*tags+k] = float32(alone.emissions[(doc*seq+i)*tags+k])
				targets[(place+i)*tags+k] = float32(alone.targets[(doc*seq+i)*tags+k])
			}
			documents[place+i], weights[place+i] = int32(doc), float32(alone.weights[doc])
		}
		place += int(n)
		if place == seq-1 { // the first row's padding
			place++
		}
	}
	in[0], in[1] = tensors.FromFlatDataAndDimensions(emissions, 2, seq, tags), tensors.FromFlatDataAndDimensions(targets, 2, seq, tags)
	in[2], in[3] = tensors.FromFlatDataAndDimensions(documents, 2, seq), tensors.FromFlatDataAndDimensions(weights, 2, seq)
	run := compiled(t, func(in []*Node) []*Node {
		path, logP := CRFViterbi(named(crfNames, in[4:]), in[0], in[2])
		marginals := CRFMarginals(named(crfNames, in[4:]), in[0], in[2])
		return append(crfLossAndGradients(in), marginals, ConvertDType(path, dtypes.Float32), logP)
	})
	got, want := run(in...), run(alone.inputs()...)
	for i, name := range map[int]string{0: "loss", 2: "gradient of start", 3: "gradient of end", 4: "gradient of transitions"} {
		if d := worst(t, float32s(got[i]), float32s(want[i])); !(d < 1e-4) {
			t.Errorf("%s: %v, alone %v", name, float32s(got[i]), float32s(want[i]))
		}
	}
	for doc, n := range lengths {
		for i, width := range map[int]int{1: tags, 5: tags, 6: 1} { // gradient of emissions, marginals, paths
			g, w := float32s(got[i])[places[doc]*width:][:int(n)*width], float32s(want[i])[doc*seq*width:][:int(n)*width]
			if d := worst(t, g, w); !(d < 1e-4) {
				t.Errorf("document %d, output %d: %v, alone %v", doc, i, g, w)
			}
		}
		g, w := float32s(got[7])[places[doc]+int(n)-1], float32s(want[7])[doc*seq+int(n)-1]
		if math.Abs(float64(g-w)) > 1e-3 {
			t.Errorf("document %d: log-probability %g, alone %g", doc, g, w)
		}
	}
}
