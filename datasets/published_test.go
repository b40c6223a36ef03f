package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// The real corpora have the sizes that they are known to have; a wrong one is an error of LoadTagged and Load.
func TestPublishedCorpora(t *testing.T) {
	if os.Getenv("ALNB_DATA") == "" {
		t.Skip("NOT TESTED on the real WNUT-17, WikiGold and banking77: ALNB_DATA is not set")
	}
	for source, types := range map[corpus.TaggedSource]string{
		WNUT17(): "corporation creative-work group location person product", WikiGold(): "LOC MISC ORG PER",
	} {
		data, err := source.LoadTagged(t.Context())
		if err != nil {
			t.Error(err)
			continue
		}
		if got := strings.Join(data.Types, " "); got != types || data.Name != source.Name() {
			t.Errorf("%s has the types %s", data.Name, got)
		}
		spans := 0
		for _, doc := range slices.Concat(data.Train, data.Test) {
			spans += len(doc.Spans)
		}
		if data.Name == "wikigold" && spans != 3558 {
			t.Errorf("WikiGold has %d spans", spans)
		}
		if err := data.Check(); err != nil {
			t.Error(err)
		}
	}
	data, err := Banking77().Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, len(data.Classes))
	for _, e := range data.Test {
		counts[e.Label]++
	}
	for class, n := range counts {
		if n != 40 {
			t.Errorf("%d test texts of %s", n, data.Classes[class])
		}
	}
}

func TestPublishedIsFetchedOnce(t *testing.T) {
	t.Setenv("ALNB_DATA", "")
	t.Setenv("ALNB_HOME", t.TempDir())
	content := "what was published"
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Write([]byte(content))
	}))
	defer server.Close()
	sum := sha256.Sum256([]byte(content))
	file := webFile{"a.txt", server.URL + "/a.txt", int64(len(content)), hex.EncodeToString(sum[:])}
	p := published{title: "A corpus", folder: "a"}
	for range 2 {
		paths, origin, err := p.files(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(paths[0]); err != nil || string(got) != content || !strings.Contains(origin, server.URL) {
			t.Errorf("%q, %v, %s", got, err, origin)
		}
	}
	if asked != 1 {
		t.Errorf("it was fetched %d times", asked)
	}
	content = "what SOMEONE published"
	file.sha256 = strings.Repeat("ab", 32)
	if _, _, err := p.files(t.Context(), file); err == nil || !strings.Contains(err.Error(), "A corpus can't be fetched") ||
		!strings.Contains(err.Error(), "set ALNB_DATA to a folder that holds a/a.txt") {
		t.Errorf("another content: %v", err)
	}
}

// inData writes files into a folder of a new $ALNB_DATA.
func inData(t *testing.T, folder string, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	t.Setenv("ALNB_DATA", root)
	dir := filepath.Join(root, folder)
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLicensedCorporaAreLocal(t *testing.T) {
	for _, source := range []corpus.TaggedSource{CoNLL2003(), OntoNotes()} {
		t.Setenv("ALNB_DATA", "")
		if _, err := source.LoadTagged(t.Context()); err == nil || !strings.Contains(err.Error(), "may not be fetched by a program") ||
			!strings.Contains(err.Error(), "Set ALNB_DATA") {
			t.Errorf("%s: %v", source.Name(), err)
		}
		t.Setenv("ALNB_DATA", t.TempDir())
		if _, err := source.LoadTagged(t.Context()); err == nil || !strings.Contains(err.Error(), "has no ") ||
			!strings.Contains(err.Error(), "train.txt") {
			t.Errorf("%s: %v", source.Name(), err)
		}
		t.Setenv("ALNB_DATA", "here")
		if _, err := source.LoadTagged(t.Context()); err == nil || !strings.Contains(err.Error(), "set it to an absolute path") {
			t.Errorf("%s: %v", source.Name(), err)
		}
	}
}

// A corpus of another size isn't the corpus.
func TestWrongSizeIsASentence(t *testing.T) {
	inData(t, "conll2003", map[string]string{
		"eng.train": "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n", "eng.testb": "Japan NNP I-NP I-LOC",
	})
	_, err := CoNLL2003().LoadTagged(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the training split of CoNLL-2003 has 14041 sentences and 203621 words; in ") ||
		!strings.Contains(err.Error(), "eng.train there are 1 and 2") || !strings.Contains(err.Error(), "the test split") {
		t.Error(err)
	}
}

const bracketLines = `#begin document (bn/abc/00/abc_0001); part 000
bn/abc/00/abc_0001   0   0      John   NNP   (TOP(S(NP*   -   -   -   Speaker#1   (PERSON*   (ARG0*   (12
bn/abc/00/abc_0001   0   1     Smith   NNP          *)   -   -   -   Speaker#1          *)        *)   12)
bn/abc/00/abc_0001   0   2     likes   VBZ       (VP*    like 01  1  Speaker#1          *        (V*)    -
bn/abc/00/abc_0001   0   3    France   NNP    (NP*)))   -   -   -   Speaker#1       (GPE)   (ARG1*)    -

bn/abc/00/abc_0001   0   0       Yes    UH   (TOP*)   -   -   -   Speaker#1   *   -

#end document
#begin document (pt/nt/40/nt_4001); part 000
pt/nt/40/nt_4001   0   0       Jesus    NNP   (TOP*)   -   -   -   -   *   -

#end document
`

var (
	bracketedSpans = []corpus.Span{{Start: 0, End: 2, Type: "PERSON"}, {Start: 3, End: 4, Type: "GPE"}}
	johnSmith      = []string{"John", "Smith", "likes", "France"}
)

// OntoNotes comes as brackets in folders or files, or as words and tags.
func TestOntoNotes(t *testing.T) {
	tags := "John B-PERSON\nSmith I-PERSON\nlikes O\nFrance B-GPE\n\nYes O\n"
	for name, files := range map[string]map[string]string{
		"folders": {"train/bn/abc_0001.v4_gold_conll": bracketLines, "train/bn/abc_0001.v4_auto_conll": "not read", "test/a.gold_conll": bracketLines},
		"files":   {"train.txt": "\n" + bracketLines, "test.txt": bracketLines},
		"mark":    {"train.txt": "\ufeff" + bracketLines, "test.txt": bracketLines[strings.Index(bracketLines, "\n")+1:]}, // no "#begin document"
		"tags":    {"onto.train.ner": tags, "onto.test.ner": strings.TrimSpace(tags)},
	} {
		inData(t, "ontonotes5", files)
		data, err := loadOntoNotes(t.Context(), splitSize{2, 5}, splitSize{2, 5})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		first := data.Train[0]
		if !reflect.DeepEqual(first.Words, johnSmith) || !reflect.DeepEqual(first.Spans, bracketedSpans) || len(data.Types) != 18 {
			t.Errorf("%s: %+v", name, first)
		}
		if err := data.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Made-up names pass the checks, depend on the seed alone, and some words are names of more than one type.
func TestSyntheticNames(t *testing.T) {
	source := SyntheticNames{Train: 400, Test: 200, Seed: 1}
	data, err := source.LoadTagged(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := data.Check(); err != nil || len(data.Train) != 400 || len(data.Test) != 200 {
		t.Errorf("%v, %d and %d", err, len(data.Train), len(data.Test))
	}
	kinds := make(map[string]map[string]bool)
	for _, doc := range data.Train {
		for _, span := range doc.Spans {
			word := doc.Words[span.End-1]
			if kinds[word] == nil {
				kinds[word] = make(map[string]bool)
			}
			kinds[word][span.Type] = true
		}
	}
	if len(kinds["Lincoln"]) != 3 || len(kinds["Oslo"]) != 1 {
		t.Errorf("Lincoln is %v, Oslo %v", kinds["Lincoln"], kinds["Oslo"])
	}
	again, err := source.LoadTagged(t.Context())
	if err != nil || !reflect.DeepEqual(again, data) {
		t.Errorf("the same seed gives other sentences, %v", err)
	}
	if _, err := (SyntheticNames{Train: 1}).LoadTagged(t.Context()); err == nil {
		t.Error("a test split of nothing is accepted")
	}
}

// The same sentences in several files get IDs that differ.
func TestCoNLL2012Folder(t *testing.T) {
	dir := inData(t, "x", map[string]string{"a/1_gold_conll": bracketLines, "b/2_gold_conll": bracketLines, "empty/readme": ""})
	data, err := CoNLL2012{Train: dir, Test: filepath.Join(dir, "a")}.LoadTagged(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(data.Train) != 4 || len(data.Test) != 2 || data.Train[2].ID != data.Train[0].ID+"-2" || !reflect.DeepEqual(data.Types, []string{"GPE", "PERSON"}) {
		t.Errorf("%+v", data)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(dir, "a"), link); err != nil {
		t.Fatal(err)
	}
	if linked, err := (CoNLL2012{Train: link, Test: dir}).LoadTagged(t.Context()); err != nil || len(linked.Train) != 2 {
		t.Errorf("a link to a folder: %v", err)
	}
	if _, err := (CoNLL2012{Train: filepath.Join(dir, "empty"), Test: dir}).LoadTagged(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "has a name that ends with gold_conll") {
		t.Error(err)
	}
}

func TestCoNLL2012Mistakes(t *testing.T) {
	row := func(word, name string) string { return "bn/x 0 0 " + word + " NN * - - - - " + name + " *\n" }
	for want, content := range map[string]string{
		`line 1: the bracket of the PERSON that begins here is never closed`:     row("a", "(PERSON*") + row("b", "*"),
		`line 2: "(GPE)" opens a name within the PERSON that begins in line 1`:   row("a", "(PERSON*") + row("b", "(GPE)") + row("c", "*)"),
		`line 4: "*)" closes a name, and none is open`:                           row("a", "(GPE)") + "\n" + row("b", "*") + row("c", "*)"),
		`line 1: the name's part is "PERSON"`:                                    row("a", "PERSON"),
		`line 1: the name's part is "(*)"`:                                       row("a", "(*)"),
		`line 1: the name's part is "((A)*)"`:                                    row("a", "((A)*)"),
		`line 2: it has 13 columns, the lines before it in its sentence have 12`: row("a", "*") + "bn/x 0 0 b NN * - - - - - (GPE) *\n",
		`line 4: it has 11 columns, the lines before it in its sentence have 12`: row("a", "*") + "\n" + row("b", "*") + "bn/x 0 0 c NN * - - - * (ARG1*)\n",
		`line 2: it has 4 columns; the word is to stand in column 4`:             row("a", "*") + "bn/x 0 0 word\n",
		`is not valid UTF-8`:           row("caf\xe9", "*"),
		`there are no documents in it`: "#begin document (x); part 000\n\n#end document",
	} {
		dir := inData(t, "x", map[string]string{"train": content, "test": bracketLines})
		_, err := CoNLL2012{Train: filepath.Join(dir, "train"), Test: filepath.Join(dir, "test")}.LoadTagged(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), filepath.Join(dir, "train")) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	// A sentence may have more columns than the one before it: they are those of its predicates.
	mixed := inData(t, "x", map[string]string{"train": row("a", "*") + "\n" + strings.Replace(row("b", "(GPE)"), " *\n", " * *\n", 1)})
	if data, err := (CoNLL2012{Train: filepath.Join(mixed, "train"), Test: filepath.Join(mixed, "train")}).LoadTagged(t.Context()); err != nil ||
		len(data.Train) != 2 || len(data.Train[1].Spans) != 1 {
		t.Errorf("%+v, %v", data, err)
	}
	// A file may be in Latin-1, where that is said.
	latin := filepath.Join(inData(t, "x", map[string]string{"train": row("caf\xe9", "*")}), "train")
	if data, err := (CoNLL2012{Train: latin, Test: latin, Encoding: Latin1}).LoadTagged(t.Context()); err != nil || data.Train[0].Words[0] != "café" {
		t.Errorf("%+v, %v", data, err)
	}
	// The last newline may be missing.
	dir := inData(t, "x", map[string]string{"train": strings.TrimSpace(row("a", "(GPE)"))})
	data, err := CoNLL2012{Train: filepath.Join(dir, "train"), Test: filepath.Join(dir, "train")}.LoadTagged(t.Context())
	if err != nil || len(data.Train) != 1 || len(data.Train[0].Spans) != 1 {
		t.Errorf("%+v, %v", data, err)
	}
}

// Whatever a file holds, reading it gives documents that pass the checks, or an error.
func FuzzCoNLL2012(f *testing.F) {
	f.Add([]byte(bracketLines))
	f.Add([]byte("bn/x 0 0 a NN * - - - - (A*\n"))
	f.Add([]byte("bn/x 0 0 a NN * - - - - *) -\n#end document"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "gold_conll")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		data, err := CoNLL2012{Train: path, Test: path}.LoadTagged(t.Context())
		if err != nil {
			return
		}
		if err := data.Check(); err != nil {
			t.Errorf("%v\n%q", err, content)
		}
	})
}
