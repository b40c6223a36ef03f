package model

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

// distilling is a distillation under way.
type distilling struct {
	Distillation
	origin   string
	teacher  *fineTuned
	config   pretrained.Config // of the student
	classes  []string          // in task distillation
	net      *matching
	programs *programs
	docs     []document
	shortest int    // row: see shortestRow
	mask     int32  // the number of [MASK]
	identity []byte // what the state belongs to: configuration, seed and texts
	seed     uint64

	saveEvery time.Duration
}

func (d Distillation) open(ctx context.Context, docs []corpus.Document, seed uint64) (*distilling, error) {
	folder, origin, err := openFolder(ctx, d.Teacher)
	if err != nil {
		return nil, err
	}
	t := folder.Config
	if err := d.check(t, docs); err != nil {
		return nil, err
	}
	s := &distilling{Distillation: d, seed: seed, saveEvery: saveEvery}
	s.config, err = t.Resize(d.Layers, cmp.Or(d.Hidden, t.HiddenSize), cmp.Or(d.Heads, t.Heads), cmp.Or(d.Intermediate, t.IntermediateSize))
	if err != nil {
		return nil, fmt.Errorf("the student: %w", err)
	}
	task, classes := Classification, []string{"", ""} // of a head that nothing uses
	if d.Task {
		task = t.Task()
		if classes, err = t.Classes(); err != nil {
			return nil, err
		}
		s.classes = classes
	}
	if s.teacher, err = newFineTuned(folder, task, d.MaxTokens, len(classes)); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, docs); err != nil {
		s.teacher.close()
		return nil, err
	}
	s.origin = fmt.Sprintf("%s (%s) from %s, on %s", d.Teacher, t.Describe(), origin, BackendOrigin())
	return s, nil
}

func (s *distilling) prepare(ctx context.Context, docs []corpus.Document) error {
	student, err := encoderOf(s.config)
	if err != nil {
		return err
	}
	folder := s.teacher.folder
	s.net = &matching{teacher: s.teacher.encoder, student: student, sizes: [2]int{folder.Config.HiddenSize, s.config.HiddenSize}}
	for i := range s.Layers + 1 {
		s.net.layers = append(s.net.layers, int(math.Round(float64(i*folder.Config.Layers)/float64(s.Layers))))
	}
	if s.Task {
		s.net.task, s.net.classes = s.teacher.task, len(s.classes)
		for name := range s.net.shapesOf(s.net.teacher) {
			if _, ok := lookUp(folder.Weights, s.net.teacher.Prefix(), name); !ok && s.net.teacher.InHead(name) {
				return fmt.Errorf("%s has no head (no weight %q); task distillation needs a teacher that was trained for a task", folder.Dir, name)
			}
		}
	} else {
		var known bool
		s.mask, known = s.teacher.tokenizer.ID("[MASK]")
		s.net.masked = known && hasMaskedLM(folder, s.teacher.encoder)
	}
	texts := make([]string, len(docs))
	for i, doc := range docs {
		texts[i] = doc.Text
	}
	if s.docs, err = s.teacher.encodeTexts(ctx, texts); err != nil {
		return err
	}
	s.shortest = shortestRow(s.docs, s.teacher.maxTokens)
	if s.identity, err = s.identify(texts); err != nil {
		return err
	}
	weights, err := s.startingWeights()
	if err != nil {
		return err
	}
	backend, err := Backend()
	if err != nil {
		return err
	}
	options := programOptions{optimizer: s.Training.optimizer(), clipNorm: s.Training.ClipNorm, bfloat16: s.Training.Bfloat16, devices: s.Training.Devices}
	if s.programs, err = newPrograms(backend, s.net, options); err != nil {
		return err
	}
	return s.programs.reset(weights)
}

// hasMaskedLM tells whether a checkpoint has all of its family's head for masked language modeling, tied to the
// embeddings.
func hasMaskedLM(folder *pretrained.Folder, encoder nn.Encoder) bool {
	e, ok := encoder.(nn.MaskedLM)
	if tied := folder.Config.Tied; !ok || len(e.MaskedLMShapes()) == 0 || tied != nil && !*tied {
		return false
	}
	for name := range e.MaskedLMShapes() {
		if _, ok := lookUp(folder.Weights, "", name); !ok {
			return false
		}
	}
	return true
}

// identify describes what a state belongs to: the fingerprint is of the texts and the teacher's weights.
func (s *distilling) identify(texts []string) ([]byte, error) {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	if err := pretrained.WriteSafetensors(h, s.teacher.folder.Weights); err != nil {
		return nil, err
	}
	return json.MarshalIndent(map[string]any{
		"distillation": s.Distillation, "seed": s.seed, "texts": len(texts), "fingerprint": fmt.Sprintf("%x", h.Sum(nil)[:8]),
	}, "", "  ")
}

var layerNumber = regexp.MustCompile(`\.layer\.(\d+)\.`)

// teacherWeights are the teacher's, by their own names.
func (s *distilling) teacherWeights() (map[string]pretrained.Tensor, error) {
	teacher := make(map[string]pretrained.Tensor)
	for name, dims := range s.net.shapesOf(s.net.teacher) {
		w, ok := lookUp(s.teacher.folder.Weights, s.net.teacher.Prefix(), name)
		if !ok {
			return nil, fmt.Errorf("%s has no weight %q, which its config.json calls for", s.teacher.folder.Dir, name)
		}
		if err := pretrained.CheckShapes(map[string]pretrained.Tensor{name: w}, map[string][]int{name: dims}); err != nil {
			return nil, fmt.Errorf("%s: %w", s.teacher.folder.Dir, err)
		}
		teacher[name] = w
	}
	return teacher, nil
}

// startingWeights are the teacher's, under their names, and the student's: the teacher's where they have the same sizes,
// of the layers it learns from, else new ones.
func (s *distilling) startingWeights() (map[string]pretrained.Tensor, error) {
	teacher, err := s.teacherWeights()
	if err != nil {
		return nil, err
	}
	out := prefixed(ofTeacher, teacher)
	for name, dims := range s.net.shapes() {
		if strings.HasPrefix(name, ofTeacher) {
			continue
		}
		source := layerNumber.ReplaceAllStringFunc(name, func(part string) string {
			i, _ := strconv.Atoi(layerNumber.FindStringSubmatch(part)[1])
			return fmt.Sprintf(".layer.%d.", s.net.layers[i+1]-1)
		})
		if w, ok := teacher[source]; ok && s.sameSizes() {
			out[name] = w
		} else {
			out[name] = newWeight(name, dims, s.config.InitializerRange, s.seed)
		}
	}
	return out, nil
}

func (s *distilling) sameSizes() bool {
	t := s.teacher.folder.Config
	return s.config.HiddenSize == t.HiddenSize && s.config.Heads == t.Heads && s.config.IntermediateSize == t.IntermediateSize
}

func prefixed(prefix string, weights map[string]pretrained.Tensor) map[string]pretrained.Tensor {
	out := make(map[string]pretrained.Tensor, len(weights))
	for name, w := range weights {
		out[prefix+name] = w
	}
	return out
}

func (s *distilling) run(ctx context.Context, partial string, run learner.Run) (Distilled, error) {
	first, err := s.resume(partial)
	if err != nil {
		return Distilled{}, err
	}
	t := s.Training
	total := t.steps(len(s.docs))
	order := epochStream{n: len(s.docs), seed: s.seed}
	var losses []float64
	saved := time.Now()
	for i := range total {
		rows := order.next(t.BatchSize)
		if i < first {
			continue
		}
		mini := s.miniBatch(at(s.docs, rows), i)
		mini.temperature, mini.rate, mini.number = s.Temperature, t.rate(i, total), i+1
		loss, err := s.programs.step(ctx, mini)
		if err == nil {
			err = t.checkLoss(loss, i, total)
		}
		if err != nil {
			return Distilled{}, err
		}
		losses = append(losses, loss)
		if run.Progress != nil {
			run.Progress(i+1, total)
		}
		if time.Since(saved) > s.saveEvery {
			if err := s.suspend(partial, i+1); err != nil {
				return Distilled{}, err
			}
			saved = time.Now()
		}
	}
	return Distilled{Origin: s.origin, Steps: total, Resumed: first, Loss: lastLoss(losses, total), Masked: s.net.masked}, nil
}

// miniBatch lays out texts for a step. A share of the tokens, special ones aside, is replaced by [MASK] where masked
// words are matched.
func (s *distilling) miniBatch(docs []document, number int) step {
	b := trainingBatch(docs, s.teacher, s.Training.BatchSize, s.shortest)
	b.rows = s.programs.devices.size(b.rows)
	docs = at(docs, b.docs)
	weights := make([]float32, b.rows*b.slots)
	for i := range docs {
		weights[b.document(i)] = 1
	}
	m := step{dropout: dropoutKey(s.seed, number)}
	m.weights = tensors.FromFlatDataAndDimensions(weights, b.rows, b.slots)
	m.targets = tensors.FromFlatDataAndDimensions(make([]float32, 1), 1) // the teacher makes them, in the graph
	if !s.net.masked {
		m.inputs = s.teacher.inputs(docs, b.layout)
		return m
	}
	most := max(1, int(math.Ceil(s.Masked*float64(b.rows*b.length))))
	positions, counts := make([]int32, most), make([]float32, most)
	masked := make([]document, len(docs))
	stream, n := keyed.Key{Seed: s.seed, Purpose: "masks", Round: number}.Stream(), 0
	for i, d := range docs {
		masked[i] = d
		masked[i].ids = append([]int32(nil), d.ids...)
		for k := 1; k < len(d.ids)-1; k++ { // first and last are special
			if stream.Float64() < s.Masked && n < most {
				masked[i].ids[k] = s.mask
				positions[n], counts[n] = int32(b.position(i, k)), 1
				n++
			}
		}
	}
	m.inputs = append(s.teacher.inputs(masked, b.layout),
		tensors.FromFlatDataAndDimensions(positions, most), tensors.FromFlatDataAndDimensions(counts, most))
	return m
}

// save writes the student with its head or, without labels, with the teacher's pooler where it fits: a head may start
// from it.
func (s *distilling) save(dir string) error {
	weights, err := s.programs.weights()
	if err != nil {
		return err
	}
	student := *s.teacher.folder
	student.Config = s.config
	out := make(map[string]pretrained.Tensor)
	if s.Task {
		for name := range s.net.shapesOf(s.net.student) {
			out[name] = weights[name]
		}
		return student.Save(dir, s.net.task, out, s.classes, s.teacher.maxTokens)
	}
	prefix := s.net.student.Prefix()
	for name := range bare(s.net.student) {
		out[strings.TrimPrefix(name, prefix)] = weights[name]
	}
	for _, name := range []string{"pooler.dense.weight", "pooler.dense.bias"} {
		if w, ok := lookUp(s.teacher.folder.Weights, prefix, prefix+name); ok && s.sameSizes() {
			out[name] = w
		}
	}
	return student.SaveEncoder(dir, out, s.teacher.maxTokens)
}

func (s *distilling) close() {
	s.programs.close()
	s.teacher.close()
}

// newWeight draws a weight of an encoder that begins anew: norms as the identity, else as a head's.
func newWeight(name string, dims []int, deviation float64, seed uint64) pretrained.Tensor {
	w := normalWeight(name, dims, deviation, seed)
	if len(dims) == 1 && strings.HasSuffix(name, ".weight") {
		for i := range w.Data {
			w.Data[i] = 1
		}
	}
	return w
}
