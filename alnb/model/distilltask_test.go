package model

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/learner"
)

// Task distillation gives a fine-tuned model that does what its teacher does, with fewer layers or other sizes.
func TestTaskDistillation(t *testing.T) {
	var want familyReference
	fixture(t, "families/bert-classification/reference.json", &want)
	docs := make([]corpus.Document, len(want.Texts))
	for i, text := range want.Texts {
		docs[i] = corpus.Document{ID: fmt.Sprint(i), Text: text}
	}
	off := func(a, b [][]float32) (sum float64) { // mean total variation
		for i := range a {
			for k := range a[i] {
				sum += math.Abs(float64(a[i][k]-b[i][k])) / 2 / float64(len(a))
			}
		}
		return sum
	}
	teacher, err := Load(t.Context(), "testdata/families/bert-classification", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer teacher.Close()
	theirs := score(t, teacher, docs)
	distilled := func(steps int) [][]float32 {
		d := Distill("testdata/families/bert-classification", 2)
		d.Task, d.Temperature, d.MaxTokens = true, 1, 16
		d.Training.Steps, d.Training.LearningRate = steps, 3e-3
		dir := filepath.Join(t.TempDir(), "student")
		if _, err := d.Run(t.Context(), docs, dir, learner.Run{Seed: 1}); err != nil {
			t.Fatal(err)
		}
		student, err := Load(t.Context(), dir, 48)
		if err != nil {
			t.Fatal(err)
		}
		defer student.Close()
		if fmt.Sprint(student.Classes()) != fmt.Sprint(teacher.Classes()) {
			t.Errorf("the student's classes are %q, the teacher's %q", student.Classes(), teacher.Classes())
		}
		return score(t, student, docs)
	}
	before, after := off(distilled(1), theirs), off(distilled(80), theirs)
	if !(after < 0.7*before) {
		t.Errorf("80 steps brought the student from %.3f to %.3f of its teacher", before, after)
	}

	tagging := Distill("testdata/families/xlnet-tagging", 1)
	tagging.Task, tagging.Hidden, tagging.Heads, tagging.MaxTokens, tagging.Training.Steps = true, 8, 2, 16, 2
	dir := filepath.Join(t.TempDir(), "tagger")
	if _, err := tagging.Run(t.Context(), docs, dir, learner.Run{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	tagger, err := LoadTagger(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tagger.Close()

	headless := Distill("testdata/masked-bert", 1)
	headless.Task = true
	if _, err := headless.Run(t.Context(), docs, filepath.Join(t.TempDir(), "x"), learner.Run{}); err == nil || !strings.Contains(err.Error(), "has no head") {
		t.Errorf("a teacher without a head: %v", err)
	}
}
