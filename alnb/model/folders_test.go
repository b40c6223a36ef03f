package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pretrained"
)

// A changed folder is a copy of one in testdata, made to look like older or other ones.
type changed struct {
	t   *testing.T
	dir string
}

func changedCopy(t *testing.T, of string) changed {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(of)); err != nil {
		t.Fatal(err)
	}
	return changed{t, dir}
}

func (c changed) read(file string, into any) {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, file))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c changed) write(file string, content []byte) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, file), content, 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c changed) remove(files ...string) {
	c.t.Helper()
	for _, file := range files {
		if err := os.Remove(filepath.Join(c.dir, file)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// config sets fields of config.json; nil removes one.
func (c changed) config(fields map[string]any) {
	c.t.Helper()
	var config map[string]any
	c.read("config.json", &config)
	maps.Copy(config, fields)
	maps.DeleteFunc(config, func(_ string, v any) bool { return v == nil })
	raw, err := json.Marshal(config)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write("config.json", raw)
}

// weights renames weights; "" removes one.
func (c changed) weights(rename func(name string) string) {
	c.t.Helper()
	path := filepath.Join(c.dir, "model.safetensors")
	weights, err := pretrained.ReadSafetensors(path)
	if err != nil {
		c.t.Fatal(err)
	}
	renamed := make(map[string]pretrained.Tensor)
	for name, w := range weights {
		if name := rename(name); name != "" {
			renamed[name] = w
		}
	}
	if err := pretrained.WriteWeights(path, renamed); err != nil {
		c.t.Fatal(err)
	}
}

// vocabulary replaces tokenizer.json by the vocab.txt it was made of, and tokenizer_config.json.
func (c changed) vocabulary(config string) {
	c.t.Helper()
	var tokenizer struct {
		Model struct{ Vocab map[string]int }
	}
	c.read("tokenizer.json", &tokenizer)
	lines := make([]string, len(tokenizer.Model.Vocab))
	for word, id := range tokenizer.Model.Vocab {
		lines[id] = word
	}
	c.write("vocab.txt", []byte(strings.Join(lines, "\n")+"\n"))
	c.remove("tokenizer.json", "tokenizer_config.json")
	if config != "" {
		c.write("tokenizer_config.json", []byte(config))
	}
}

func family(name string, task Task) string {
	return filepath.Join("testdata", "families", fmt.Sprintf("%s-%s", name, task))
}

var threeTexts = []corpus.Document{{ID: "0", Text: "The ferry leaves at six"}, {ID: "1", Text: "quick brown fox"}, {ID: "2"}}

func loaded(t *testing.T, dir string) *Classifier {
	t.Helper()
	c, err := Load(t.Context(), dir, 16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// The first checkpoints call the norms' weights gamma and beta.
func TestGammaAndBeta(t *testing.T) {
	for _, name := range []string{"bert", "xlnet", "electra", "distilbert"} {
		old := changedCopy(t, family(name, Classification))
		renamed := 0
		old.weights(func(name string) string {
			new := strings.NewReplacer("LayerNorm.weight", "LayerNorm.gamma", "LayerNorm.bias", "LayerNorm.beta",
				"layer_norm.weight", "layer_norm.gamma", "layer_norm.bias", "layer_norm.beta").Replace(name)
			if new != name {
				renamed++
			}
			return new
		})
		have, want := loaded(t, old.dir), loaded(t, family(name, Classification))
		if renamed == 0 {
			t.Errorf("%s: no weight was renamed", name)
		}
		for name, w := range want.initial {
			if !slices.Equal(have.initial[name].Data, w.Data) {
				t.Errorf("%s differs", name)
			}
		}
		if name != "bert" {
			continue
		}
		scored := score(t, want, threeTexts)
		if !same(score(t, have, threeTexts), scored) {
			t.Error("the folder with gamma and beta gives other probabilities")
		}
		// With its own head a checkpoint gives, untrained, what it was saved with.
		spec := Pretrained(family(name, Classification))
		spec.MaxTokens = 16
		own := open(t, spec, want.Classes())
		adopt(t, own)
		if !same(score(t, own, threeTexts), scored) {
			t.Error("opened with its own labels, it gives other probabilities than loaded")
		}
	}
}

// Checkpoints of an encoder alone have no prefix, and no head.
func TestEncodersAlone(t *testing.T) {
	for _, name := range []string{"bert", "distilbert", "electra", "xlnet"} {
		full := open(t, Pretrained(family(name, Classification)), []string{"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"})
		encoder := full.arch.(*fineTuned).encoder
		alone := changedCopy(t, family(name, Classification))
		alone.config(map[string]any{"architectures": []string{"Encoder"}, "id2label": nil, "label2id": nil})
		inEncoder := 0
		alone.weights(func(name string) string {
			bare, ok := strings.CutPrefix(name, encoder.Prefix())
			if !ok || encoder.InHead(name) {
				return ""
			}
			inEncoder++
			return bare
		})
		for task, open := range map[Task]func() (*engine, error){
			Classification: func() (*engine, error) {
				return Pretrained(alone.dir).open(t.Context(), Classification, []string{"a", "b"})
			},
			Tagging: func() (*engine, error) {
				return PretrainedTagger(alone.dir).open(t.Context(), Tagging, Tags(namedTypes))
			},
		} {
			e, err := open()
			if err != nil {
				t.Errorf("%s, %s: %v", name, task, err)
				continue
			}
			defer e.Close()
			if !strings.Contains(e.Origin(), ", with a new head, on ") || len(e.initial) == 0 || len(e.fresh) == 0 {
				t.Errorf("%s, %s: %d weights of %d taken over, fresh %q, origin %q", name, task, len(e.initial), inEncoder, e.fresh, e.Origin())
			}
			for name, w := range e.initial {
				if !slices.Equal(w.Data, full.initial[name].Data) {
					t.Errorf("%s: the weight %s is another", name, name)
				}
			}
			for _, name := range e.fresh {
				if !encoder.InHead(name) {
					t.Errorf("%s, %s: %s is drawn anew", name, task, name)
				}
			}
		}
		if _, err := Load(t.Context(), alone.dir, 0); err == nil || !strings.Contains(err.Error(), "is not a fine-tuned model: its weights lack") {
			t.Errorf("%s: Load: %v", name, err)
		}
	}
}

// What lacks a weight of the encoder is not a checkpoint whose head is new.
func TestEncoderWithoutALayer(t *testing.T) {
	c := changedCopy(t, family("bert", Classification))
	c.weights(func(name string) string {
		return map[bool]string{false: name}[strings.Contains(name, "layer.1.output.dense.bias")]
	})
	_, err := Pretrained(c.dir).Open(t.Context(), []string{"a", "b"})
	if err == nil || !strings.Contains(err.Error(), `has no weight "bert.encoder.layer.1.output.dense.bias", which its config.json calls for`) {
		t.Errorf("got %v", err)
	}
}

func TestVocabTxt(t *testing.T) {
	texts := []string{"The Quick brown FOX, jumps!", "naïve Ångström", "", "the 東京 fox", "over-the dog [MASK]"}
	encode := func(dir string) [][]int32 {
		e, err := Pretrained(dir).open(t.Context(), Classification, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		docs, err := e.arch.encodeTexts(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		var ids [][]int32
		for _, doc := range docs {
			ids = append(ids, doc.ids)
		}
		return ids
	}
	want := encode(tiny)
	for _, config := range []string{"", "{}", `{"do_lower_case":true}`, `{"do_lower_case":true,"tokenizer_class":"BertTokenizer","model_max_length":64}`} {
		uncased := changedCopy(t, tiny)
		uncased.vocabulary(config)
		if got := encode(uncased.dir); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("with %q:\n got %v\nwant %v", config, got, want)
		}
	}
	cased := changedCopy(t, tiny)
	cased.vocabulary(`{"do_lower_case":false}`)
	got := encode(cased.dir)
	const unk = 1
	if count := func(row []int32) (n int) {
		for _, id := range row {
			if id == unk {
				n++
			}
		}
		return n
	}; count(got[0]) != count(want[0])+3 { // The, Quick, FOX; in a vocabulary without capital letters
		t.Errorf("cased: %v, uncased: %v", got[0], want[0])
	}
	if fmt.Sprint(got[4]) != fmt.Sprint(want[4]) {
		t.Errorf("what is in lower case gives %v, want %v", got[4], want[4])
	}

	// Saved, such a model takes its vocabulary along.
	c := loaded(t, cased.dir)
	dir := filepath.Join(t.TempDir(), "saved")
	if err := c.Save(dir); err != nil {
		t.Fatal(err)
	}
	if again := encode(dir); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("saved: %v, want %v", again, got)
	}
}

func TestFoldersWithoutATokenizer(t *testing.T) {
	const remedy = "in Python, AutoTokenizer.from_pretrained(dir).save_pretrained(dir) writes a tokenizer.json"
	for want, change := range map[string]func(changed){
		"has no tokenizer.json; spiece.model isn't read; " + remedy: func(c changed) { c.write("spiece.model", []byte("\x0a\x0e")) },
		"has neither tokenizer.json nor vocab.txt; " + remedy:       func(changed) {},
		"vocab.txt has no line [UNK]":                               func(c changed) { c.write("vocab.txt", []byte("a\nb\n")) },
		"its tokenizer is a BertJapaneseTokenizer; " + remedy: func(c changed) {
			c.write("vocab.txt", []byte("[UNK]\n[CLS]\n[SEP]\n"))
			c.write("tokenizer_config.json", []byte(`{"tokenizer_class":"BertJapaneseTokenizer"}`))
		},
		"has no model.safetensors; weights in other formats or in several": func(c changed) { c.remove("model.safetensors") },
	} {
		c := changedCopy(t, family("xlnet", Classification))
		c.remove("tokenizer.json")
		change(c)
		for what, open := range map[string]func() error{
			"Open": func() error { _, err := Pretrained(c.dir).Open(t.Context(), []string{"a", "b"}); return err },
			"Load": func() error { _, err := Load(t.Context(), c.dir, 0); return err },
		} {
			if err := open(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: want %q, got: %v", what, want, err)
			}
		}
	}
}

func TestUnknownArchitectures(t *testing.T) {
	for _, kind := range []any{"roberta", "BERT", "", nil, 7} {
		c := changedCopy(t, tiny)
		c.config(map[string]any{"model_type": kind})
		for what, open := range map[string]func() error{
			"Open":       func() error { _, err := Pretrained(c.dir).Open(t.Context(), []string{"a", "b"}); return err },
			"OpenTagger": func() error { _, err := PretrainedTagger(c.dir).OpenTagger(t.Context(), namedTypes); return err },
			"Load":       func() error { _, err := Load(t.Context(), c.dir, 0); return err },
			"TaskOf":     func() error { _, err := TaskOf(t.Context(), c.dir); return err },
		} {
			if err := open(); err == nil || !strings.Contains(err.Error(), "supported are bert, distilbert, electra, xlnet") {
				t.Errorf("%s with model_type %v: %v", what, kind, err)
			}
		}
	}
}

// A head is kept where it is for the same task and the same labels in the same order.
func TestHeads(t *testing.T) {
	own, tags := []string{"LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"}, Tags([]string{"LOC", "PER"})
	for _, name := range []string{"bert", "distilbert", "electra", "xlnet"} {
		for _, test := range []struct {
			what     string
			of, for_ Task
			classes  []string
			origin   string // of BERT
		}{
			{"the same", Classification, Classification, own, "with its head"},
			{"the same tags", Tagging, Tagging, tags, "with its head"},
			{"other names", Classification, Classification, []string{"a", "b", "c", "d"}, `with a new head, since its own is for the labels ["LABEL_0" "LABEL_1" "LABEL_2" "LABEL_3"]`},
			{"another order", Classification, Classification, []string{"LABEL_1", "LABEL_0", "LABEL_2", "LABEL_3"}, `with a new head, since its own is for the labels ["LABEL_0"`},
			{"fewer", Classification, Classification, own[:3], `with a new head, since its own is for the labels ["LABEL_0"`},
			{"other tags", Tagging, Tagging, Tags([]string{"PER", "LOC"}), `with a new head, since its own is for the labels ["O" "B-LOC"`},
			{"a tagger from a classifier", Classification, Tagging, tags, "with a new head, since its own is for classification"},
			{"a classifier from a tagger", Tagging, Classification, tags, "with a new head, since its own is for tagging"},
			{"its labels for another task", Classification, Tagging, own, "with a new head, since its own is for classification"},
		} {
			folder, origin, err := openFolder(t.Context(), family(name, test.of))
			if err != nil {
				t.Fatal(err)
			}
			e, err := openFineTuned(folder, origin, Pretrained(name), test.for_, test.classes)
			if err != nil {
				t.Errorf("%s, %s: %v", name, test.what, err)
				continue
			}
			e.Close()
			kept := strings.HasPrefix(test.origin, "with its")
			if !strings.Contains(e.Origin(), ", "+test.origin[:12]) || name == "bert" && !strings.Contains(e.Origin(), test.origin) {
				t.Errorf("%s, %s: origin %q, want %q", name, test.what, e.Origin(), test.origin)
			}
			for _, fresh := range e.fresh {
				if kept || !e.arch.(*fineTuned).encoder.InHead(fresh) {
					t.Errorf("%s, %s: %s is drawn anew", name, test.what, fresh)
				}
			}
			if !kept && len(e.fresh) == 0 {
				t.Errorf("%s, %s: nothing is drawn anew", name, test.what)
			}
		}
	}
}

// Labels that don't go with the weights.
func TestLabelsThatDontFit(t *testing.T) {
	for want, fields := range map[string]map[string]any{
		`the weight "classifier.`:                  {"id2label": map[string]string{"0": "a", "1": "b"}},
		"id2label has 2 classes and an id \"2\"":   {"id2label": map[string]string{"0": "a", "2": "b"}},
		"id2label has 1 classes and an id \"one\"": {"id2label": map[string]string{"one": "a"}},
		`problem_type is "regression"`:             {"problem_type": "regression"},
		`problem_type is "multi_label`:             {"problem_type": "multi_label_classification"},
	} {
		c := changedCopy(t, family("bert", Classification))
		c.config(fields)
		if _, err := Load(t.Context(), c.dir, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, got: %v", fields, want, err)
		}
	}
}
