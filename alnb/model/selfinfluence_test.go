package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// checkInfluence compares a batch's self-influence, by all weights and by a part, with one backward pass for each example.
func checkInfluence(t *testing.T, e *engine, examples []example, got map[string][]float64, part []string) {
	t.Helper()
	by := gradientsOf(t, e)
	worst := 0.0
	for i, x := range examples {
		x.weight = 1
		var all, ofPart float64
		for name, gradient := range by([]example{x}) {
			square := 0.0
			for _, g := range gradient {
				square += float64(g) * float64(g)
			}
			if all += square; slices.Contains(part, name) {
				ofPart += square
			}
		}
		for of, want := range map[string]float64{"all": all, "part": ofPart} {
			off := math.Abs(got[of][i]-want) / want
			if worst = max(worst, off); !(off <= 1e-3) {
				t.Errorf("document %d, %s of the weights: %g, by itself %g", i, of, got[of][i], want)
			}
		}
	}
	t.Logf("the worst relative difference is %.2g", worst)
}

// ofManyKinds are texts of one word and of many, with words that come up again.
func ofManyKinds(words ...string) (texts []string) {
	for i := range 12 {
		var text []string
		for k := range 1 + (i*i)%23 {
			text = append(text, words[(i*7+k*k)%len(words)])
		}
		texts = append(texts, strings.Join(text, " "))
	}
	return texts
}

// A batch's self-influence is what one backward pass for each document gives, in every family of models and both tasks.
func TestSelfInfluence(t *testing.T) {
	texts := ofManyKinds("the", "fox", "saw", "a", "comet", "over", "paris", "the", "Anna", ".")
	for _, family := range []string{"bert", "distilbert", "electra", "xlnet"} {
		for _, task := range []Task{Classification, Tagging} {
			t.Run(fmt.Sprintf("%s-%s", family, task), func(t *testing.T) {
				s := openFamily(t, fmt.Sprintf("%s-%s", family, task), task)
				if task == Classification {
					influenceOfTexts(t, &Classifier{s.engine}, texts)
				} else {
					influenceOfWords(t, &Tagger{engine: s.engine}, texts)
				}
			})
		}
	}
	t.Run("cnn-bilstm", func(t *testing.T) {
		for _, fixed := range []bool{false, true} {
			l := smallLight(t)
			l.FixVectors = fixed
			l.Training.Steps = 3
			l.WordDropout, l.Dropout = 0, 0
			made, err := l.Open(t.Context(), []string{"a", "b", "c"})
			if err != nil {
				t.Fatal(err)
			}
			defer made.Close()
			c := made.(*Classifier)
			train(t, c, []corpus.Example{
				{Document: corpus.Document{ID: "1", Text: "the fox"}}, {Document: corpus.Document{ID: "2", Text: "a comet"}, Label: 1},
			}, 1)
			influenceOfTexts(t, c, texts)
		}
	})
	t.Run("cnn-bilstm-crf", func(t *testing.T) {
		l := smallLight(t)
		l.Training.Steps = 3
		l.WordDropout, l.Dropout = 0, 0
		g := openLightTagger(t, l, namedTypes)
		trainTagger(t, g, namedDocuments(20, 1), 1)
		influenceOfWords(t, g, texts)
	})
}

func influenceOfTexts(t *testing.T, c *Classifier, texts []string) {
	t.Helper()
	var examples []corpus.Example
	for i, text := range texts {
		examples = append(examples, corpus.Example{Document: corpus.Document{ID: fmt.Sprint(i), Text: text}, Label: i % len(c.classes)})
	}
	made, err := c.gold(t.Context(), examples)
	if err != nil {
		t.Fatal(err)
	}
	got, part := make(map[string][]float64), ofClassesIn(c.engine)
	for of, prefixes := range map[string][]string{"all": nil, "part": part} {
		if got[of], err = c.SelfInfluence(t.Context(), examples, prefixes, nil); err != nil {
			t.Fatal(err)
		}
	}
	checkInfluence(t, c.engine, made, got, part)
}

func influenceOfWords(t *testing.T, g *Tagger, texts []string) {
	t.Helper()
	var docs []corpus.Tagged
	for i, text := range texts {
		doc := corpus.Tagged{ID: fmt.Sprint(i), Words: strings.Fields(text)}
		for k := i % 3; k < len(doc.Words); k += 4 {
			kind := strings.TrimPrefix(g.classes[1+2*((i+k)%(len(g.classes)/2))], "B-")
			doc.Spans = append(doc.Spans, corpus.Span{Start: k, End: min(k+1+k%2, len(doc.Words)), Type: kind})
		}
		docs = append(docs, doc)
	}
	made, err := g.gold(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	got, part := make(map[string][]float64), ofClassesIn(g.engine)
	for of, prefixes := range map[string][]string{"all": nil, "part": part} {
		if got[of], err = g.SelfInfluence(t.Context(), docs, prefixes, nil); err != nil {
			t.Fatal(err)
		}
	}
	checkInfluence(t, g.engine, made, got, part)
}

// ofClassesIn are the weights of the layer that gives the classes.
func ofClassesIn(e *engine) (part []string) {
	for _, name := range e.programs.trained {
		if arch, ok := e.arch.(*fineTuned); ok && arch.ofClasses(name) || !ok && strings.HasPrefix(name, "output.") {
			part = append(part, name)
		}
	}
	return part
}

func TestSelfInfluencesMistakesAreSentences(t *testing.T) {
	s := openFamily(t, "bert-classification", Classification)
	c := &Classifier{s.engine}
	doc := []corpus.Example{{Document: corpus.Document{ID: "d", Text: "the fox"}, Label: 9}}
	if _, err := c.SelfInfluence(t.Context(), doc, nil, nil); err == nil || !strings.Contains(err.Error(), "document d has the class number 9") {
		t.Errorf("a class that there isn't: %v", err)
	}
	doc[0].Label = 0
	if _, err := c.SelfInfluence(t.Context(), doc, []string{"nothing"}, nil); err == nil || !strings.Contains(err.Error(), `begins with one of ["nothing"]`) {
		t.Errorf("a part that there isn't: %v", err)
	}
	c.ready = false
	if _, err := c.SelfInfluence(t.Context(), doc, nil, nil); err == nil || !strings.Contains(err.Error(), "not trained") {
		t.Errorf("an untrained model: %v", err)
	}
	if got, err := (&Classifier{openFamily(t, "bert-classification", Classification).engine}).SelfInfluence(t.Context(), nil, nil, nil); err != nil || len(got) != 0 {
		t.Errorf("no documents: %v, %v", got, err)
	}
}
