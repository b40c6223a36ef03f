package model

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/alnb/alnb/alnb/pretrained"
)

// showDevices lets this process's CPU show itself as so many devices, for the models that the test opens from here on.
func showDevices(t *testing.T, count int) {
	t.Helper()
	config, why, err := chooseBackend()
	if err != nil {
		t.Fatal(err)
	}
	plugin, ok := strings.CutPrefix(config, "xla:")
	if !ok {
		t.Skipf("NOT TESTED: the backend is %s (%s), one device", config, why)
	}
	backend, err := xla.NewWithOptions(plugin, pjrt.NamedValuesMap{"cpu_device_count": int64(count)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	if n := int(backend.NumDevices()); n != count {
		t.Skipf("NOT TESTED: the plugin shows %d devices, not %d", n, count)
	}
	usual := Backend
	Backend = func() (compute.Backend, error) { return backend, nil }
	t.Cleanup(func() { Backend = usual })
}

// What a training came to.
type outcome struct {
	losses  []float64
	weights map[string]pretrained.Tensor
	scores  [][]float32 // of documents, one after the other
}

func outcomeOf(t *testing.T, p *programs, devices int, losses []float64, scores [][]float32) outcome {
	t.Helper()
	if n := p.devices.size(1); n != devices {
		t.Fatalf("it ran on %d devices, not %d", n, devices)
	}
	weights, err := p.weights()
	if err != nil {
		t.Fatal(err)
	}
	return outcome{losses, weights, scores}
}

// few are settings with mini-batches of 13, which two devices can't share equally.
func few(training *Training, devices int) {
	training.Steps, training.LearningRate, training.BatchSize, training.Devices = 6, 1e-3, 13, devices
}

func fewClassified(t *testing.T, devices int) outcome {
	examples, docs := topics(t, 50)
	c := openTiny(t, func(s *Transformer) {
		quick(s)
		few(&s.Training, devices)
		s.Training.Checkpoints = 2 // weights are read between steps, too
	})
	var losses []float64
	c.observe = func(loss float64) { losses = append(losses, loss) }
	train(t, c, examples, 1)
	return outcomeOf(t, c.programs, devices, losses, score(t, c, docs))
}

func fewTagged(t *testing.T, devices int) outcome {
	l := smallLight(t)
	few(&l.Training, devices)
	g := openLightTagger(t, l, namedTypes)
	var losses []float64
	g.observe = func(loss float64) { losses = append(losses, loss) }
	docs := namedDocuments(50, 1)
	trainTagger(t, g, docs, 1)
	var scores [][]float32
	for _, tagging := range tag(t, g, docs) {
		scores = append(scores, tagging.Probs...)
	}
	return outcomeOf(t, g.programs, devices, losses, scores)
}

func fewDistilled(t *testing.T, devices int) outcome {
	d := quickDistillation("testdata/masked-bert", 1, 6)
	few(&d.Training, devices)
	s := openDistillation(t, d, unlabeled(40))
	distilled := s.distilled(t, 6)
	return outcomeOf(t, s.programs, devices, []float64{distilled.Loss}, nil)
}

// TestDevices trains and scores on several devices, which must give what one gives. Left out are the biases of
// attention's keys, whose gradient is 0 but for rounding (softmax is the same with a constant added); AdamW makes whole
// steps of that.
func TestDevices(t *testing.T) {
	for name, run := range map[string]func(t *testing.T, devices int) outcome{
		"classifier": fewClassified, "tagger": fewTagged, "distillation": fewDistilled,
	} {
		t.Run(name, func(t *testing.T) {
			one := run(t, 1)
			showDevices(t, 2)
			two := run(t, 2)
			if len(one.losses) != len(two.losses) || len(one.scores) != len(two.scores) {
				t.Fatalf("%d and %d losses, %d and %d scores", len(one.losses), len(two.losses), len(one.scores), len(two.scores))
			}
			for i, loss := range two.losses {
				if !(math.Abs(loss-one.losses[i]) <= 1e-5) {
					t.Errorf("the loss of step %d is %g, of one device %g", i+1, loss, one.losses[i])
				}
			}
			for i, row := range two.scores {
				if d := furthest(row, one.scores[i]); !(d <= 1e-5) {
					t.Errorf("scores %d are off by %g", i, d)
				}
			}
			for name, w := range two.weights {
				if d := furthest(w.Data, one.weights[name].Data); !(d <= 1e-5) && !strings.HasSuffix(name, "key.bias") {
					t.Errorf("the weight %s is off by %g", name, d)
				}
			}
		})
	}
}

func TestMoreDevicesThanThereAre(t *testing.T) {
	spec := Pretrained(tiny)
	spec.Training.Devices = 1000
	c, err := spec.Open(t.Context(), []string{"a", "b"})
	if err == nil {
		c.Close()
		t.Fatal("it opened")
	}
	if !strings.Contains(err.Error(), "Devices is 1000") {
		t.Error(err)
	}
}

// furthest is the largest difference between two values at the same place.
func furthest(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	furthest := 0.0
	for i := range a {
		furthest = max(furthest, math.Abs(float64(a[i])-float64(b[i])))
	}
	return furthest
}
