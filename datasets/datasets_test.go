package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/pretrained/hubtest"
)

func TestBothFormsOfCSV(t *testing.T) {
	withHeader := "text,label\n\"A team won, again\",1.0\nShares fell\x00,2\n\"two\nlines\",0.0\n"
	without := "\"2\",\"A team\",\"won, again\"\n3,Shares,fell\n"
	for name, test := range map[string]struct {
		csv    string
		texts  []string
		labels []int
	}{
		"text, label":               {withHeader, []string{"A team won, again", "Shares fell", "two\nlines"}, []int{1, 2, 0}},
		"byte order mark":           {"\ufeff" + withHeader, []string{"A team won, again", "Shares fell", "two\nlines"}, []int{1, 2, 0}},
		"header, class, title":      {"\ufeffClass Index,Title,Description\n" + without, []string{"A team won, again", "Shares fell"}, []int{1, 2}},
		"class, title, description": {without, []string{"A team won, again", "Shares fell"}, []int{1, 2}},
	} {
		examples, err := parseAGNews(strings.NewReader(test.csv))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var texts []string
		var labels []int
		for _, e := range examples {
			texts, labels = append(texts, e.Text), append(labels, e.Label)
		}
		if !reflect.DeepEqual(texts, test.texts) || !reflect.DeepEqual(labels, test.labels) {
			t.Errorf("%s: %q %v", name, texts, labels)
		}
	}
}

func TestBadCSVIsASentence(t *testing.T) {
	for csv, want := range map[string]string{
		"":                          "no documents",
		"text,label\n":              "no documents",
		"text,label\na,1\nb,4\n":    `line 3: the label is "4"`,
		"text,label\na,0.5\n":       `line 2: the label is "0.5"`,
		"text,label\na,1,2\n":       "line 2 has 3 fields",
		"0,a,b\n":                   `the label is "0"; expected is a whole number from 1 to 4`,
		"1,a\n":                     "line 1 has 2 fields",
		"1,\"a,b\n":                 `line 1: extraneous or missing " in quoted-field (a field with quotes`,
		"1,caf\xe9,b\n":             "line 1: it is not valid UTF-8",
		"text,label\na,0x1p1\n":     `line 2: the label is "0x1p1"`,
		"text,label\n\"a\nb\",x\n":  `line 2: the label is "x"`,
		"text,label\na,NaN\n":       `the label is "NaN"`,
		"text,label\na,1e300\n":     `the label is "1e300"`,
		"title,text,label\nx,y,1\n": `the label is "title"`,
	} {
		if _, err := parseAGNews(strings.NewReader(csv)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", csv, want, err)
		}
	}
}

func FuzzParseAGNews(f *testing.F) {
	f.Add("text,label\na,1\n")
	f.Add("1,a,b\n")
	f.Fuzz(func(t *testing.T, csv string) {
		examples, err := parseAGNews(strings.NewReader(csv))
		if (err == nil) == (len(examples) == 0) {
			t.Errorf("%d examples, %v", len(examples), err)
		}
		seen := map[string]bool{}
		for _, e := range examples {
			if e.Label < 0 || e.Label > 3 || strings.Contains(e.Text, "\x00") || seen[e.ID] {
				t.Errorf("%+v", e)
			}
			seen[e.ID] = true
		}
	})
}

func TestAGNewsFromFolder(t *testing.T) {
	if os.Getenv("ALNB_DATA") == "" {
		t.Skip("NOT TESTED on the real AG News: ALNB_DATA is not set")
	}
	data, err := AGNews().Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := make([]int, 4)
	for _, e := range data.Test {
		counts[e.Label]++
	}
	if !reflect.DeepEqual(counts, []int{1900, 1900, 1900, 1900}) {
		t.Errorf("classes of the test split: %v", counts)
	}
	if len(data.Train) < 5000 || !strings.Contains(data.Origin, "ag_news") {
		t.Errorf("%d training documents, %s", len(data.Train), data.Origin)
	}
}

func TestAGNewsFolderMissing(t *testing.T) {
	for _, folder := range []string{t.TempDir(), "relative/folder"} {
		t.Setenv("ALNB_DATA", folder)
		for _, source := range []corpus.Source{AGNews(), Quickstart()} { // what was named must be there
			if _, err := source.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "ALNB_DATA") {
				t.Errorf("%s in %s: got %v", source.Name(), folder, err)
			}
		}
	}
}

func parquetFile(t *testing.T, texts []string, labels []int64) []byte {
	t.Helper()
	type row struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
	}
	var rows []row
	for i, text := range texts {
		rows = append(rows, row{text, labels[i]})
	}
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const testFile = "data/test-00000-of-00001.parquet"

func agNewsOnHub(t *testing.T) hubtest.Repo {
	return hubtest.Repo{Dataset: true, ID: agNewsRepository, Files: map[string][]byte{
		"data/train-00000-of-00001.parquet": parquetFile(t, []string{"Shares fell", "A team won", "A team won"}, []int64{2, 1, 1}),
		testFile:                            parquetFile(t, []string{"A probe landed"}, []int64{3}),
		"README.md":                         []byte("readme"),
	}}
}

func TestAGNewsFromHub(t *testing.T) {
	hubtest.Serve(t, agNewsOnHub(t))
	t.Setenv("ALNB_DATA", "")
	data, err := AGNews().Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(data.Train) != 3 || len(data.Test) != 1 || data.Train[0].Text != "Shares fell" || data.Test[0].Label != 3 {
		t.Errorf("%+v", data)
	}
	if data.Train[1].ID+"-2" != data.Train[2].ID {
		t.Errorf("IDs %s, %s", data.Train[1].ID, data.Train[2].ID)
	}
}

func TestWrongChecksumIsRefused(t *testing.T) {
	repo := agNewsOnHub(t)
	repo.Claims = map[string]string{testFile: strings.Repeat("0", 64)}
	hubtest.Serve(t, repo)
	t.Setenv("ALNB_DATA", "")
	if _, err := AGNews().Load(t.Context()); err == nil || !strings.Contains(err.Error(), "it should have 000000") {
		t.Errorf("got %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(os.Getenv("ALNB_HOME"), "hub", "*", "*", "data", "test*.parquet"))
	for _, path := range left {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("the file with the wrong checksum is still there: %s", path)
		}
	}
}

func TestQuickstartFallsBackAloud(t *testing.T) {
	hubtest.Serve(t) // a hub without the data set
	t.Setenv("ALNB_DATA", "")
	data, err := Quickstart().Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(data.Origin, "SYNTHETIC") || !strings.Contains(data.Origin, "ALNB_DATA") {
		t.Errorf("the origin does not say so: %s", data.Origin)
	}
	if _, err := AGNews().Load(t.Context()); err == nil {
		t.Error("AG News that can't be had is no error")
	}
}

func TestDamagedParquetIsASentence(t *testing.T) {
	type other struct {
		Title string `parquet:"title"`
	}
	var columns bytes.Buffer
	if err := parquet.Write(&columns, []other{{"x"}}); err != nil {
		t.Fatal(err)
	}
	whole := parquetFile(t, []string{"Shares fell"}, []int64{2})
	spoiled := bytes.Clone(whole)
	for i := 4; i < len(spoiled)-60; i++ {
		spoiled[i] ^= 0x5a
	}
	for want, content := range map[string][]byte{
		"not a usable Parquet":      []byte("nonsense"),
		`no column "text" for`:      columns.Bytes(),
		"no documents":              parquetFile(t, nil, nil),
		"row 1: the label \"7\" is": parquetFile(t, []string{"x"}, []int64{7}),
		"not a usable Parquet fi":   whole[:len(whole)/2],
		":":                         spoiled, // whatever it says
	} {
		path := filepath.Join(t.TempDir(), "f.parquet")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		if examples, err := readAGNewsParquet(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %d examples, %v", want, len(examples), err)
		}
	}
}

func TestSynthetic(t *testing.T) {
	load := func(seed uint64) *corpus.Dataset {
		data, err := Synthetic{Train: 400, Test: 100, Seed: seed}.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	a, b := load(1), load(1)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives two corpora")
	}
	if reflect.DeepEqual(a.Train, load(2).Train) {
		t.Error("two seeds give the same corpus")
	}
	counts := make([]int, 4)
	texts := map[string]bool{}
	for _, e := range a.Train {
		counts[e.Label]++
		texts[e.Text] = true
	}
	for class, n := range counts {
		if n < 60 || n > 140 {
			t.Errorf("class %d has %d documents of 400", class, n)
		}
	}
	if len(texts) < 380 {
		t.Errorf("only %d of 400 texts differ", len(texts))
	}
}
