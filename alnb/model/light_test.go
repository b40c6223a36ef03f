package model

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/eval"
	"github.com/alnb/alnb/alnb/internal/nn"
	"github.com/alnb/alnb/alnb/keyed"
	"github.com/alnb/alnb/alnb/learner"
	"github.com/alnb/alnb/alnb/pretrained"
)

const smallVectorSize = 6

// smallVectors writes word vectors of all words that [namedDocuments] are made of, and returns the path with them.
func smallVectors(t *testing.T) (string, map[string][]float32) {
	t.Helper()
	list := slices.Concat(plainWords, nameWords["PER"], nameWords["LOC"], []string{"Fox", "naïve", "."})
	vectors := make(map[string][]float32)
	var file strings.Builder
	for i, word := range list {
		stream := keyed.Key{Purpose: "small vectors", Round: i}.Stream()
		file.WriteString(word)
		for range smallVectorSize {
			x := float32(math.Round(stream.NormFloat64()*1000) / 1000)
			vectors[word] = append(vectors[word], x)
			fmt.Fprintf(&file, " %g", x)
		}
		file.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "vectors.txt")
	if err := os.WriteFile(path, []byte(file.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, vectors
}

func smallLight(t *testing.T) Light {
	path, _ := smallVectors(t)
	l := CNNBiLSTMCRF(path)
	l.Hidden, l.FeedForward, l.CharSize, l.CharFilters, l.MaxTokens = 8, 8, 4, 4, 16
	l.Training.Epochs, l.Training.Steps, l.Training.BatchSize, l.Training.LearningRate = 0, 100, 16, 0.1
	return l
}

func openLightTagger(t *testing.T, l Light, types []string) *Tagger {
	t.Helper()
	g, err := l.OpenTagger(t.Context(), types)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return g.(*Tagger)
}

func TestLightTagger(t *testing.T) {
	g := openLightTagger(t, smallLight(t), namedTypes)
	if origin := g.Origin(); !strings.Contains(origin, "cnn-bilstm-crf on the vectors of 18 words in ") {
		t.Errorf("origin %q", origin)
	}
	docs, others := namedDocuments(100, 1), namedDocuments(50, 2)
	trained := trainTagger(t, g, docs, 1)
	if slices.Equal(trainedVectors(t, g.engine), vectorsOf(g.startingWeights(1))) {
		t.Error("training leaves the word vectors as they are")
	}
	taggings := tag(t, g, others)
	if f1 := spanF1(t, others, taggings); !(f1 > 0.8) {
		t.Errorf("F1 %.2f on other documents, %+v", f1, trained)
	}
	for i, tagging := range taggings {
		if !(tagging.Path <= 0) || tagging.Counted != len(others[i].Words) {
			t.Errorf("document %d: log-probability %g, %d words counted", i, tagging.Path, tagging.Counted)
		}
		for w, row := range tagging.Probs {
			if sum := total(row); math.Abs(sum-1) > 1e-4 {
				t.Errorf("document %d, word %d: the marginals %v sum up to %g", i, w, row, sum)
			}
		}
	}
	checkPaths(t, g, others[:4])
	checkPadding(t, g, append(others[:3:3], wordDocs("fox", "", strings.Repeat("comet ", 20)+"fox")...))

	// Words past the limit, and odd ones.
	long := wordDocs(strings.Repeat("the ", 19) + "fox")
	if got := tag(t, g, long)[0]; got.Cut != 4 || got.Counted != 16 || got.Tags[19] != corpus.Outside || got.Probs[19][0] != 1 {
		t.Errorf("20 words, of which 16 fit: cut %d, counted %d, the last %s", got.Cut, got.Counted, got.Tags[19])
	}
	odd := []corpus.Tagged{{ID: "odd", Words: []string{
		strings.Repeat("x", 500), "", "😀👩‍👩‍👧‍👦", "\u200b", " ", "\xff\xfe", "東京タワー", "İSTANBUL", strings.Repeat("😀", 30), "\x00",
	}}}
	for w, row := range tag(t, g, odd)[0].Probs {
		if sum := total(row); !(math.Abs(sum-1) <= 1e-4) {
			t.Errorf("word %q: %v", odd[0].Words[w], row)
		}
	}
	trainTagger(t, g, odd, 1)

	// The seed decides, and a folder keeps it all.
	trainTagger(t, g, docs, 2)
	if sameTaggings(taggings, tag(t, g, others)) {
		t.Error("another seed gave the same probabilities")
	}
	trainTagger(t, g, docs, 1)
	if !sameTaggings(taggings, tag(t, g, others)) {
		t.Error("the same seed gave other probabilities")
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
	if !slices.Equal(loaded.Classes(), g.Classes()) || !loaded.crf || !sameTaggings(taggings, tag(t, loaded, others)) {
		t.Errorf("the loaded tagger (tags %q, a CRF: %v) gives other tags", loaded.Classes(), loaded.crf)
	}
	if task, err := TaskOf(t.Context(), dir); task != Tagging || err != nil {
		t.Errorf("TaskOf: %q, %v", task, err)
	}
	if _, err := Load(t.Context(), dir, 0); err == nil || !strings.Contains(err.Error(), "it is a model for tagging, not for classification") {
		t.Errorf("Load on a tagger's folder: %v", err)
	}

	// A teacher's distributions, at the temperature 1 only.
	var teacher [][][]float32
	for _, doc := range docs[:5] {
		var rows [][]float32
		for _, tag := range corpus.Tags(len(doc.Words), doc.Spans) {
			rows = append(rows, oneHot(5)[slices.Index(g.classes, tag)])
		}
		teacher = append(teacher, rows)
	}
	g.training.Steps = 3
	teach := func(temperature float64) ([]float64, error) {
		var losses []float64
		g.observe = func(loss float64) { losses = append(losses, loss) }
		_, err := g.TrainOn(t.Context(), docs[:5], teacher, temperature, learner.Run{Seed: 1})
		return losses, err
	}
	losses, err := teach(1)
	if err != nil {
		t.Fatal(err)
	}
	gold := watch(t, g.engine, func() (learner.Trained, error) { return g.Train(t.Context(), docs[:5], learner.Run{Seed: 1}) })
	if !slices.Equal(losses, gold) {
		t.Errorf("a teacher without doubt gave the losses %v, training %v", losses, gold)
	}
	if _, err := teach(2); err == nil || !strings.Contains(err.Error(), "the temperature is 2; a CRF takes 1 only") {
		t.Errorf("a CRF at temperature 2: %v", err)
	}
}

func total(row []float32) (sum float64) {
	for _, p := range row {
		sum += float64(p)
	}
	return sum
}

// checkPaths compares tags, their log-probability and the marginals with those of all paths, one by one.
func checkPaths(t *testing.T, g *Tagger, docs []corpus.Tagged) {
	t.Helper()
	backend, err := Backend()
	if err != nil {
		t.Fatal(err)
	}
	arch := g.arch.(*biLSTM)
	exec, err := model.NewExec(backend, g.programs.variables, func(scope *model.Scope, in []*Node) *Node {
		return arch.net.Tag(g.programs.weightsIn(scope, in[0].Graph()), nn.WordsIn(in), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	weights, err := g.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	start, end, transitions := weights["crf.start_transitions"].Data, weights["crf.end_transitions"].Data, weights["crf.transitions"].Data
	k := len(g.classes)
	docs = slices.Clone(docs)
	for i := range docs { // k^5 paths
		docs[i].Words, docs[i].Spans = docs[i].Words[:min(5, len(docs[i].Words))], nil
	}
	encoded, err := g.encode(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call(arch.inputs(encoded, onePerRow(len(docs), len(docs), 16))...)
	if err != nil {
		t.Fatal(err)
	}
	emissions := tensors.MustCopyFlatData[float32](out[0])
	for i, got := range tag(t, g, docs) {
		words := len(docs[i].Words)
		z, best, bestPath := 0.0, math.Inf(-1), make([]int, words)
		marginals, path := make([]float64, words*k), make([]int, words)
		var walk func(w int, score float64)
		walk = func(w int, score float64) {
			if w == words {
				score += float64(end[path[w-1]])
				if score > best {
					best = score
					copy(bestPath, path)
				}
				p := math.Exp(score)
				z += p
				for w, y := range path {
					marginals[w*k+y] += p
				}
				return
			}
			for y := range k {
				path[w] = y
				step := float64(emissions[(i*16+w)*k+y])
				if w == 0 {
					step += float64(start[y])
				} else {
					step += float64(transitions[path[w-1]*k+y])
				}
				walk(w+1, score+step)
			}
		}
		walk(0, 0)
		if want := best - math.Log(z); math.Abs(got.Path-want) > 1e-4 {
			t.Errorf("document %d: the log-probability is %g, of all paths %g", i, got.Path, want)
		}
		for w, y := range bestPath {
			if got.Tags[w] != g.classes[y] {
				t.Errorf("document %d, word %d is tagged %s, the best path has %s", i, w, got.Tags[w], g.classes[y])
			}
			for y := range k {
				if want := marginals[w*k+y] / z; math.Abs(float64(got.Probs[w][y])-want) > 1e-4 {
					t.Errorf("document %d, word %d, %s: marginal %g, of all paths %g", i, w, g.classes[y], got.Probs[w][y], want)
				}
			}
		}
	}
}

// kinds are texts of two classes by their names.
func kinds(n int, seed uint64) (examples []corpus.Example, docs []corpus.Document) {
	for i, doc := range namedDocuments(n, seed) {
		label := slices.Index(namedTypes, doc.Spans[0].Type)
		var kept []string
		for _, word := range doc.Words {
			if !slices.Contains(nameWords[namedTypes[1-label]], word) {
				kept = append(kept, word)
			}
		}
		docs = append(docs, corpus.Document{ID: fmt.Sprint(i), Text: strings.Join(kept, " ") + "."})
		examples = append(examples, corpus.Example{Document: docs[i], Label: label})
	}
	return examples, docs
}

func TestLightClassifier(t *testing.T) {
	l := smallLight(t)
	l.FixVectors = true
	examples, _ := kinds(60, 1)
	others, docs := kinds(40, 2)
	c, err := l.Fit(t.Context(), namedTypes, examples, learner.Run{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !slices.Equal(trainedVectors(t, c.engine), vectorsOf(c.startingWeights(1))) {
		t.Error("training changes word vectors that are to be fixed")
	}
	rows := score(t, c, docs)
	if accuracy := eval.Accuracy(rows, labels(others)); !(accuracy > 0.85) {
		t.Errorf("accuracy %.2f on other texts; chance is 0.5", accuracy)
	}
	odd := []corpus.Document{{Text: ""}, {Text: " \t\n\u00a0"}, {Text: "\u200b"}, {Text: "👩‍👩‍👧‍👦😀"}, {Text: strings.Repeat("x", 500)},
		{Text: strings.Repeat("fox ", 500)}, {Text: "\xff\xfe"}, {Text: "fox"}}
	mixed := score(t, c, append(odd, docs[:3]...))
	for i, doc := range append(odd, docs[:3]...) {
		alone := score(t, c, []corpus.Document{doc})[0]
		if sum := total(alone); !(math.Abs(sum-1) <= 1e-5) {
			t.Errorf("text %d: %v", i, alone)
		}
		for k := range alone {
			if off := math.Abs(float64(alone[k] - mixed[i][k])); !(off <= 1e-5) {
				t.Errorf("text %d: alone %v, among others %v", i, alone, mixed[i])
			}
		}
	}
	train(t, c, examples, 2)
	if same(rows, score(t, c, docs)) {
		t.Error("another seed gave the same probabilities")
	}
	train(t, c, examples, 1)
	if !same(rows, score(t, c, docs)) {
		t.Error("the same seed gave other probabilities")
	}
	dir := filepath.Join(t.TempDir(), "saved")
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer loaded.Close()
	if !slices.Equal(loaded.Classes(), namedTypes) || !same(rows, score(t, loaded, docs)) {
		t.Errorf("the loaded classifier (classes %q) gives other probabilities", loaded.Classes())
	}
	if _, err := LoadTagger(t.Context(), dir, 0); err == nil || !strings.Contains(err.Error(), "it is a model for classification, not for tagging") {
		t.Errorf("LoadTagger on a classifier's folder: %v", err)
	}
	hostileFolders(t, dir)
}

// hostileFolders: what is wrong in a folder is a sentence, and no size in it is believed before the weights bear it out.
func hostileFolders(t *testing.T, good string) {
	type object = map[string]any
	edited := func(file string, change func(object)) func(dir string) {
		return func(dir string) {
			path := filepath.Join(dir, file)
			var content object
			raw, err := os.ReadFile(path)
			if err == nil {
				err = json.Unmarshal(raw, &content)
			}
			if err != nil {
				t.Fatal(err)
			}
			change(content)
			if raw, err = json.Marshal(content); err == nil {
				err = os.WriteFile(path, raw, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	written := func(file, content string) func(dir string) {
		return func(dir string) {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	spec := func(field string, value any) func(dir string) {
		return edited("config.json", func(c object) { c["model"].(object)[field] = value })
	}
	for name, test := range map[string]struct {
		want string
		do   func(dir string)
	}{
		"vocabulary that is not JSON":   {"vocabulary.json", written("vocabulary.json", "{")},
		"vocabulary of another kind":    {"vocabulary.json", written("vocabulary.json", `{"words":"all"}`)},
		"vocabulary with words missing": {"word_embeddings.weight", edited("vocabulary.json", func(v object) { v["words"] = v["words"].([]any)[1:] })},
		"vocabulary without characters": {"its configuration calls for", edited("vocabulary.json", func(v object) { delete(v, "chars") })},
		"vocabulary that is null":       {"its configuration calls for", written("vocabulary.json", "null")},
		"no weights":                    {"model.safetensors", func(dir string) { os.Remove(filepath.Join(dir, "model.safetensors")) }},
		"weights cut short":             {"model.safetensors", written("model.safetensors", "\x10")},
		"more hidden states":            {"its configuration calls for", spec("hidden", 9)},
		"huge hidden states":            {"its configuration calls for", spec("hidden", 1<<50)},
		"huge characters":               {"its configuration calls for", spec("char_size", 1<<62)},
		"huge filters":                  {"its configuration calls for", spec("char_filters", 1<<61)},
		"negative size":                 {"FeedForward is -1", spec("feed_forward", -1)},
		"no size":                       {"MaxTokens is 0", spec("max_tokens", 0)},
		"a size that is no number":      {"config.json", spec("hidden", "8")},
		"a size beyond integers":        {"config.json", spec("hidden", 1e300)},
		"huge word vectors":             {"its configuration calls for", edited("config.json", func(c object) { c["word_size"] = 1 << 50 })},
		"no word vectors":               {"word_size is 0", edited("config.json", func(c object) { c["word_size"] = 0 })},
		"negative word vectors":         {"word_size is -6", edited("config.json", func(c object) { c["word_size"] = -6 })},
		"filters too wide":              {"CharWidths are [1000000]", spec("char_widths", []int{1_000_000})},
		"dropout of all":                {"WordDropout is 1", spec("word_dropout", 1)},
		"one class":                     {"at least 2 classes", edited("config.json", func(c object) { c["id2label"] = object{"0": "a"} })},
		"a class too many":              {"its configuration calls for", edited("config.json", func(c object) { c["id2label"] = object{"0": "a", "1": "b", "2": "c"} })},
		"classes misnumbered":           {"ids count up from 0", edited("config.json", func(c object) { c["id2label"] = object{"0": "a", "7": "b"} })},
		"no task":                       {"not for classification", edited("config.json", func(c object) { delete(c, "task") })},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
				t.Fatal(err)
			}
			test.do(dir)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c, err := Load(t.Context(), dir, 0)
			runtime.ReadMemStats(&after)
			if err == nil {
				c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("want %q, got: %v", test.want, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
				t.Errorf("%d bytes were allocated", n)
			}
		})
	}

	// Characters that are none, and a limit that is far off.
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
		t.Fatal(err)
	}
	edited("vocabulary.json", func(v object) {
		chars := v["chars"].([]any)
		chars[0], chars[1], chars[2] = "", "ab", "😀👩"
	})(dir)
	spec("max_tokens", 1<<40)(dir)
	c, err := Load(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, row := range score(t, c, []corpus.Document{{Text: "ab 😀 !#"}, {Text: strings.Repeat("fox ", 5000)}}) {
		if sum := total(row); !(math.Abs(sum-1) <= 1e-5) {
			t.Errorf("text %d: %v", i, row)
		}
	}
}

func TestPadTo(t *testing.T) {
	for _, test := range []struct{ n, limit, want int }{
		{1, 256, 16}, {16, 256, 16}, {17, 256, 24}, {17, 20, 20}, {4096, 1 << 40, 4096}, {4097, 1 << 40, 8192}, {5000, 6000, 6000}, {10000, 1 << 40, 16384},
	} {
		if got := padTo(scoringLengths, test.n, test.limit); got != test.want {
			t.Errorf("%d tokens up to %d are padded to %d, want %d", test.n, test.limit, got, test.want)
		}
	}
}

// vectorsOf returns the rows of the word embeddings after the reserved ones.
func vectorsOf(weights map[string]pretrained.Tensor) []float32 {
	return weights[nn.WordEmbeddings].Data[reserved*smallVectorSize:]
}

func trainedVectors(t *testing.T, e *engine) []float32 {
	t.Helper()
	weights, err := e.programs.weights()
	if err != nil {
		t.Fatal(err)
	}
	return vectorsOf(weights)
}

func TestWordVectors(t *testing.T) {
	path, vectors := smallVectors(t)
	l := smallLight(t)
	l.Vectors = path
	g := openLightTagger(t, l, namedTypes)
	arch := g.arch.(*biLSTM)
	first := vectorsOf(g.startingWeights(1))
	docs, err := arch.encodeWords(t.Context(), [][]string{{"fox", "Fox", "FOX", "The", "NAÏVE", "nothing", "naïve", "."}})
	if err != nil {
		t.Fatal(err)
	}
	for i, known := range []string{"fox", "Fox", "fox", "the", "naïve", "", "naïve", "."} {
		id := docs[0].ids[i]
		if known == "" {
			if id != unknown {
				t.Errorf("word %d is not unknown but has the number %d", i, id)
			}
			continue
		}
		if row := first[int(id-reserved)*smallVectorSize:][:smallVectorSize]; !slices.Equal(row, vectors[known]) {
			t.Errorf("word %d starts from %v; the file has %v for %q", i, row, vectors[known], known)
		}
	}
	if other := vectorsOf(g.startingWeights(2)); !slices.Equal(first, other) {
		t.Error("the seed changes the vectors of known words")
	}
	l.MaxVectors = 3
	if v := openLightTagger(t, l, namedTypes).arch.(*biLSTM).vocabulary; !slices.Equal(v.words, plainWords[:3]) {
		t.Errorf("with MaxVectors 3 the words are %q", v.words)
	}
}

// A relative path is one here, else one in $ALNB_DATA.
func TestVectorsInALNBData(t *testing.T) {
	l := smallLight(t)
	one, _ := smallVectors(t)
	other, _ := smallVectors(t)
	nothing := t.TempDir()
	for _, test := range []struct{ vectors, here, data, want string }{
		{one, nothing, filepath.Dir(other), "in " + one},
		{"vectors.txt", filepath.Dir(one), filepath.Dir(other), "in vectors.txt"},
		{"vectors.txt", nothing, filepath.Dir(other), "in " + other},
		{"glove/vectors.txt", nothing, nothing, fmt.Sprintf("no file of word vectors glove/vectors.txt, neither here nor in ALNB_DATA, which is %q", nothing)},
		{"vectors.txt", nothing, "", "set ALNB_DATA to the folder that has it"},
	} {
		t.Chdir(test.here)
		t.Setenv("ALNB_DATA", test.data)
		l.Vectors = test.vectors
		var got string
		if tagger, err := l.OpenTagger(t.Context(), namedTypes); err != nil {
			got = err.Error()
		} else {
			got = tagger.Origin()
			tagger.Close()
		}
		if !strings.Contains(got, test.want) {
			t.Errorf("%s in %s, with ALNB_DATA=%s: %s; want %q", test.vectors, test.here, test.data, got, test.want)
		}
	}
}

func TestLightsMistakesAreSentences(t *testing.T) {
	for want, change := range map[string]func(*Light){
		"Vectors names no file":       func(l *Light) { l.Vectors = "" },
		"no such file":                func(l *Light) { l.Vectors = "/testdata/none.txt" },
		"config.json: line 1":         func(l *Light) { l.Vectors = "testdata/tiny-bert/config.json" },
		"MaxVectors is -1":            func(l *Light) { l.MaxVectors = -1 },
		"MaxTokens is 0":              func(l *Light) { l.MaxTokens = 0 },
		"Hidden is 0":                 func(l *Light) { l.Hidden = 0 },
		"FeedForward is 0":            func(l *Light) { l.FeedForward = 0 },
		"CharSize is 0":               func(l *Light) { l.CharSize = 0 },
		"CharFilters is -3":           func(l *Light) { l.CharFilters = -3 },
		"CharWidths is empty":         func(l *Light) { l.CharWidths = nil },
		"CharWidths are [2 0]":        func(l *Light) { l.CharWidths = []int{2, 0} },
		"CharWidths are [21]":         func(l *Light) { l.CharWidths = []int{21} },
		"WordDropout is NaN":          func(l *Light) { l.WordDropout = math.NaN() },
		"Dropout is 1;":               func(l *Light) { l.Dropout = 1 },
		"a CRF has no loss of single": func(l *Light) { l.Training.ClassWeights = map[string]float64{"O": 1} },
		"LearningRate is 0":           func(l *Light) { l.Training.LearningRate = 0 },
	} {
		l := smallLight(t)
		change(&l)
		if _, err := l.OpenTagger(t.Context(), namedTypes); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got: %v", want, err)
		}
	}
	if _, err := smallLight(t).OpenTagger(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "at least 2 classes") {
		t.Errorf("no types: %v", err)
	}
	if _, err := smallLight(t).Fit(t.Context(), namedTypes, nil, learner.Run{}); err == nil || !strings.Contains(err.Error(), "no labeled documents") {
		t.Errorf("no documents: %v", err)
	}
}
