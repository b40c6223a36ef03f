package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
)

// Words for documents with names of people and places: each is one sub-word of tiny-bert's.
var (
	plainWords  = []string{"the", "on", "its", "for", "over", "fell", "and", "two", "cut"}
	nameWords   = map[string][]string{"PER": {"goalkeeper", "fox", "dog"}, "LOC": {"comet", "market", "land"}}
	namedTypes  = []string{"PER", "LOC"}
	longestName = 2
)

// namedDocuments are of plain words, and names of one or two words in between.
func namedDocuments(n int, seed uint64) []corpus.Tagged {
	docs := make([]corpus.Tagged, n)
	for i := range docs {
		stream := keyed.Key{Seed: seed, Purpose: "named documents", Round: i}.Stream()
		doc := corpus.Tagged{ID: fmt.Sprintf("d%d", i)}
		add := func(from []string) { doc.Words = append(doc.Words, from[stream.IntN(len(from))]) }
		for range 2 + stream.IntN(2) {
			add(plainWords)
			kind := namedTypes[stream.IntN(2)]
			span := corpus.Span{Start: len(doc.Words), End: len(doc.Words) + 1 + stream.IntN(longestName), Type: kind}
			for len(doc.Words) < span.End {
				add(nameWords[kind])
			}
			doc.Spans = append(doc.Spans, span)
		}
		add(plainWords)
		docs[i] = doc
	}
	return docs
}

func tag(t *testing.T, g *Tagger, docs []corpus.Tagged) []learner.Tagging {
	t.Helper()
	taggings, err := g.Tag(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(taggings) != len(docs) {
		t.Fatalf("%d taggings of %d documents", len(taggings), len(docs))
	}
	return taggings
}

func trainTagger(t *testing.T, g *Tagger, docs []corpus.Tagged, seed uint64) learner.Trained {
	t.Helper()
	trained, err := g.Train(t.Context(), docs, learner.Run{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return trained
}

// spanF1 is the strict F1 of tags against the documents' spans.
func spanF1(t *testing.T, docs []corpus.Tagged, taggings []learner.Tagging) float64 {
	t.Helper()
	var gold, predicted [][]string
	for i, doc := range docs {
		gold, predicted = append(gold, corpus.Tags(len(doc.Words), doc.Spans)), append(predicted, taggings[i].Tags)
	}
	scores, err := eval.ScoreSpans(gold, predicted)
	if err != nil {
		t.Fatal(err)
	}
	return scores.F1
}

// sameTaggings tells whether taggings agree bit for bit.
func sameTaggings(a, b []learner.Tagging) bool { return fmt.Sprintf("%v", a) == fmt.Sprintf("%v", b) }

// checkPadding: a document's probabilities don't depend on the company it is in.
func checkPadding(t *testing.T, g *Tagger, docs []corpus.Tagged) {
	t.Helper()
	longest := slices.MaxFunc(docs, func(a, b corpus.Tagged) int { return len(a.Words) - len(b.Words) })
	together := tag(t, g, docs)
	for i, doc := range docs {
		for what, got := range map[string]learner.Tagging{
			"alone":                  tag(t, g, []corpus.Tagged{doc})[0],
			"beside a long document": tag(t, g, []corpus.Tagged{longest, doc})[1],
			"thrice":                 tag(t, g, []corpus.Tagged{doc, doc, doc})[2],
		} {
			want := together[i]
			if !slices.Equal(got.Tags, want.Tags) || math.Abs(got.Path-want.Path) > 1e-4 || got.Counted != want.Counted || got.Cut != want.Cut {
				t.Errorf("document %d %s: %v %g, among all %v %g", i, what, got.Tags, got.Path, want.Tags, want.Path)
			}
			for w := range want.Probs {
				for k, p := range want.Probs[w] {
					if off := math.Abs(float64(got.Probs[w][k] - p)); !(off <= 1e-5) {
						t.Errorf("document %d, word %d, class %d %s: %g, among all %g", i, w, k, what, got.Probs[w][k], p)
					}
				}
			}
		}
	}
}

// wordDocs makes documents without spans.
func wordDocs(lists ...string) (docs []corpus.Tagged) {
	for i, list := range lists {
		docs = append(docs, corpus.Tagged{ID: fmt.Sprint(i), Words: strings.Split(list, " ")})
	}
	return docs
}

func openTinyTagger(t *testing.T, change func(*Transformer)) *Tagger {
	t.Helper()
	spec := PretrainedTagger(tiny)
	spec.MaxTokens = 16 // one padded length
	spec.Training.Steps, spec.Training.LearningRate = 200, 5e-3
	if change != nil {
		change(&spec)
	}
	g, err := spec.OpenTagger(t.Context(), namedTypes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g.(*Tagger)
}

func TestTaggerLearns(t *testing.T) {
	g := openTinyTagger(t, func(s *Transformer) { s.Checkpoint = oneLayer(t) })
	if want := []string{"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}; !slices.Equal(g.Classes(), want) {
		t.Errorf("tags %q", g.Classes())
	}
	if _, err := g.Tag(t.Context(), namedDocuments(1, 1), nil); err == nil || !strings.Contains(err.Error(), "not trained") {
		t.Errorf("tagging before training: %v", err)
	}
	docs, others := namedDocuments(100, 1), namedDocuments(50, 2)
	trained := trainTagger(t, g, docs, 1)
	taggings := tag(t, g, others)
	if f1 := spanF1(t, others, taggings); !(f1 > 0.8) {
		t.Errorf("F1 %.2f on other documents, %+v", f1, trained)
	}
	for i, tagging := range taggings {
		path := 0.0
		for w, row := range tagging.Probs {
			best := eval.Best(row)
			if g.classes[best] != tagging.Tags[w] {
				t.Errorf("document %d, word %d is tagged %s, its probabilities are %v", i, w, tagging.Tags[w], row)
			}
			path += math.Log(float64(row[best]))
		}
		if !(math.Abs(path-tagging.Path) <= 1e-9) || tagging.Counted != len(others[i].Words) || tagging.Cut != 0 {
			t.Errorf("document %d: %+v, want the path %g", i, tagging, path)
		}
	}
	done := 0
	if _, err := g.Tag(t.Context(), others, func(n int) { done = n }); err != nil || done != len(others) {
		t.Errorf("progress came to %d of %d: %v", done, len(others), err)
	}
	if none := tag(t, g, nil); len(none) != 0 {
		t.Errorf("%d taggings of no documents", len(none))
	}

	dir := filepath.Join(t.TempDir(), "saved")
	if err := g.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := LoadTagger(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Close()
	if !slices.Equal(loaded.Classes(), g.Classes()) || loaded.arch.limit() != 16 {
		t.Errorf("loaded: tags %q, limit %d", loaded.Classes(), loaded.arch.limit())
	}
	if !sameTaggings(taggings, tag(t, loaded, others)) {
		t.Error("the saved and loaded tagger gives other tags or probabilities")
	}
	if _, err := Load(t.Context(), dir, 0); err == nil || !strings.Contains(err.Error(), `is a model for tagging (its config.json names ["BertForTokenClassification"]), not for classification`) {
		t.Errorf("Load on a tagger's folder: %v", err)
	}

	trainTagger(t, g, docs, 2)
	if sameTaggings(taggings, tag(t, g, others)) {
		t.Error("another seed gave the same probabilities")
	}
	trainTagger(t, g, docs, 1)
	if !sameTaggings(taggings, tag(t, g, others)) {
		t.Error("the same seed gave other probabilities")
	}

	// Words past the limit are O and counted apart.
	long := corpus.Tagged{ID: "long", Words: slices.Repeat([]string{"goalkeeper"}, 20), Spans: []corpus.Span{{Start: 18, End: 20, Type: "PER"}}}
	cut := tag(t, g, []corpus.Tagged{long, others[0]})[0]
	if cut.Cut != 6 || cut.Counted != 14 || len(cut.Tags) != 20 || len(cut.Probs) != 20 { // [CLS], 14, [SEP]
		t.Errorf("20 words, of which 14 fit: cut %d, counted %d, %d tags", cut.Cut, cut.Counted, len(cut.Tags))
	}
	for w := range cut.Tags {
		outside := cut.Tags[w] == corpus.Outside && slices.Equal(cut.Probs[w], []float32{1, 0, 0, 0, 0})
		if outside != (w >= 14) {
			t.Errorf("word %d: %s with %v", w, cut.Tags[w], cut.Probs[w])
		}
	}
	trainTagger(t, g, []corpus.Tagged{long, others[0]}, 1) // a span past the cut is no mistake

	// So are words without sub-words, but for the count.
	for i, got := range tag(t, g, wordDocs("the \u200b dog", "\u200b", "\x01 \u0301 \u200b")) {
		list := [][]string{{"the", "\u200b", "dog"}, {"\u200b"}, {"\x01", "\u0301", "\u200b"}}[i]
		counted := 0
		for w := range list {
			unseen := i > 0 || w == 1
			if outside := got.Tags[w] == corpus.Outside && slices.Equal(got.Probs[w], []float32{1, 0, 0, 0, 0}); unseen && !outside {
				t.Errorf("word %q: %s with %v", list[w], got.Tags[w], got.Probs[w])
			}
			if !unseen {
				counted++
			}
		}
		if got.Counted != counted || got.Cut != 0 || counted == 0 && got.Path != 0 {
			t.Errorf("%q: %+v, want %d counted words", list, got, counted)
		}
	}
	// A mini-batch of nothing else teaches nothing, but breaks nothing.
	if trained := trainTagger(t, g, wordDocs("\u200b"), 1); trained.Loss != 0 {
		t.Errorf("%+v", trained)
	}
}

func TestPaddingNeverLeaksIntoTags(t *testing.T) {
	g := &Tagger{engine: openWithout(t, tinyTagging, Tagging, Tags([]string{"LOC", "PER"}), PretrainedTagger("").Training, 64)}
	if err := g.adopt(); err != nil {
		t.Fatal(err)
	}
	checkPadding(t, g, wordDocs("the", "the ferry to the islands", "\u200b", "goalkeeper saves", strings.Repeat("fox ", 12)+"fox"))
}

func TestTagsWithoutOutside(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(tinyTagging)); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.NewReplacer(`"0": "O"`, `"0": "NOUN"`, `"O": 0`, `"NOUN": 0`).Replace(string(config))
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(renamed), 0o644); err != nil {
		t.Fatal(err)
	}
	g, err := LoadTagger(t.Context(), dir, 16)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	got := tag(t, g, wordDocs("the \u200b fox"))[0]
	if got.Tags[1] != corpus.Outside || !slices.Equal(got.Probs[1], make([]float32, 5)) || got.Counted != 2 || got.Tags[0] == corpus.Outside {
		t.Errorf("%+v", got)
	}
	_, err = g.Train(t.Context(), wordDocs("the fox"), learner.Run{})
	if err == nil || !strings.Contains(err.Error(), `document 0 has the tag "O"; the model's tags are ["NOUN"`) {
		t.Errorf("training it: %v", err)
	}
}

func TestTaggersMistakesAreSentences(t *testing.T) {
	g := openTinyTagger(t, nil)
	doc := func(words []string, spans ...corpus.Span) []corpus.Tagged {
		return []corpus.Tagged{{ID: "fine", Words: []string{"the"}}, {ID: "wrong", Words: words, Spans: spans}}
	}
	three := []string{"a", "b", "c"}
	for want, docs := range map[string][]corpus.Tagged{
		"there are no labeled documents":                                     nil,
		`document "wrong" has no words`:                                      doc(nil),
		"document wrong: the span [1, 3) of type \"PER\" overlaps":           doc(three, corpus.Span{Start: 0, End: 2, Type: "PER"}, corpus.Span{Start: 1, End: 3, Type: "PER"}),
		"document wrong: the span [2, 4) of type \"LOC\" overlaps":           doc(three, corpus.Span{Start: 2, End: 4, Type: "LOC"}),
		"document wrong: the span [-1, 1) of type \"LOC\" overlaps":          doc(three, corpus.Span{Start: -1, End: 1, Type: "LOC"}),
		"document wrong: the span [1, 1) of type \"LOC\" overlaps":           doc(three, corpus.Span{Start: 1, End: 1, Type: "LOC"}),
		"document wrong: the span [0, 1) of type \"\" overlaps":              doc(three, corpus.Span{Start: 0, End: 1}),
		`document wrong has the tag "B-ORG"; the model's tags are ["O" "B-P`: doc(three, corpus.Span{Start: 0, End: 1, Type: "ORG"}),
	} {
		if _, err := g.Train(t.Context(), docs, learner.Run{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	if _, err := g.Train(t.Context(), doc(three), learner.Run{Weights: []float64{1, -1}}); err == nil || !strings.Contains(err.Error(), `document "wrong" has the weight -1`) {
		t.Errorf("a negative weight: %v", err)
	}
	if err := g.adopt(); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Tag(t.Context(), doc(nil), nil); err == nil || !strings.Contains(err.Error(), `document "wrong" has no words`) {
		t.Errorf("tagging no words: %v", err)
	}
	if _, err := LoadTagger(t.Context(), finetuned, 0); err == nil || !strings.Contains(err.Error(), `is a model for classification (its config.json names ["BertForSequenceClassification"]), not for tagging`) {
		t.Errorf("LoadTagger on a classifier's folder: %v", err)
	}
	if _, err := LoadTagger(t.Context(), "./nowhere", 0); err == nil || !strings.Contains(err.Error(), "has no config.json") {
		t.Errorf("LoadTagger on nothing: %v", err)
	}
	if _, err := PretrainedTagger(tiny).OpenTagger(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "at least 2 classes") {
		t.Errorf("no types: %v", err)
	}
}

func TestCancelledTagger(t *testing.T) {
	g := openTinyTagger(t, nil)
	docs := namedDocuments(20, 1)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel) // in the middle of the compilation
	began := time.Now()
	if _, err := g.Train(ctx, docs, learner.Run{Seed: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Train returned %v", err)
	}
	if took := time.Since(began); took > 1100*time.Millisecond {
		t.Errorf("Train returned %v after its context ended", took-100*time.Millisecond)
	}
	if _, err := g.Tag(t.Context(), docs, nil); err == nil || !strings.Contains(err.Error(), "not trained") {
		t.Errorf("a tagger whose training was stopped gives tags: %v", err)
	}
	if err := g.Save(filepath.Join(t.TempDir(), "saved")); err == nil || !strings.Contains(err.Error(), "not trained") {
		t.Errorf("a tagger whose training was stopped can be saved: %v", err)
	}
}

const savedTagger = "testdata/tiny-tagger"

// With -save it writes testdata/tiny-tagger anew; then run make_training.py --tagger alnb/model/testdata/tiny-tagger.
func TestTaggerSaved(t *testing.T) {
	if !*save {
		t.Skip("NOT TRAINED AND SAVED ANEW: -save was not given; TestSavedTaggerEqualsPythons reads what it wrote")
	}
	spec := PretrainedTagger(tinyTagging)
	spec.MaxTokens, spec.Training.Steps, spec.Training.LearningRate = 48, 20, 5e-3
	g, err := spec.FitTagger(t.Context(), namedTypes, namedDocuments(50, 1), learner.Run{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	os.RemoveAll(savedTagger)
	if err := g.Save(savedTagger); err != nil {
		t.Fatal(err)
	}
}

// testdata/tiny-tagger was trained and saved by TestTaggerSaved with -save; transformers read it.
func TestSavedTaggerEqualsPythons(t *testing.T) {
	var want familyReference
	fixture(t, "tagger.json", &want)
	g, err := LoadTagger(t.Context(), savedTagger, want.MaxTokens)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if !slices.Equal(g.Classes(), want.Classes) {
		t.Fatalf("tags %q, Python reads %q", g.Classes(), want.Classes)
	}
	want.Labels = []any{}
	s := subject{engine: g.engine, want: want}
	s.asTagger(g)
	every := all(len(want.Words))
	worst := compare(t, s.probabilities(t, every), want.Mixed, want.Classes)
	for i := range every[:6] { // of one padded length
		worst = max(worst, compare(t, s.probabilities(t, []int{i}), []any{want.Alone.([]any)[i]}, want.Classes))
	}
	if !(worst <= tolerance) {
		t.Errorf("probabilities differ from Python's by up to %.2g", worst)
	}
	t.Logf("worst difference %.2g", worst)
}

// A folder's config.json is JSON that Python writes the same way.
func TestSavedTaggersConfig(t *testing.T) {
	var config struct {
		Architectures []string
		IDToLabel     map[string]string `json:"id2label"`
		Type          string            `json:"torch_dtype"`
		Problem       *string           `json:"problem_type"`
	}
	raw, err := os.ReadFile(filepath.Join(savedTagger, "config.json"))
	if err == nil {
		err = json.Unmarshal(raw, &config)
	}
	if err != nil || !slices.Equal(config.Architectures, []string{"BertForTokenClassification"}) || config.IDToLabel["2"] != "I-PER" ||
		config.Type != "float32" || config.Problem != nil {
		t.Errorf("%+v, %v", config, err)
	}
}
