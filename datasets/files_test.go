package datasets

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/corpus"
)

// put writes files into a new folder and returns it.
func put(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func parquetOf[T any](t *testing.T, rows ...T) string {
	t.Helper()
	var out bytes.Buffer
	if err := parquet.Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

type row struct {
	ID    string `parquet:"id"`
	Text  string `parquet:"text"`
	Label string `parquet:"label"`
}

func TestEveryFormatGivesTheSame(t *testing.T) {
	want := []corpus.Example{
		{Document: corpus.Document{ID: "a", Text: "It \"crashed\",\nagain"}, Label: 0},
		{Document: corpus.Document{ID: "b", Text: "How do I…?\t<b>"}, Label: 1},
		{Document: corpus.Document{ID: "c", Text: "Füße"}, Label: 0},
	}
	csv := "id,text,label\na,\"It \"\"crashed\"\",\nagain\",bug\nb,How do I…?\t<b>,question\nc,F\x00üße,bug\n"
	latin := strings.NewReplacer("ü", "\xfc", "ß", "\xdf", "…", "...").Replace(csv)
	for name, content := range map[string]string{
		"plain.csv":   csv,
		"mark.csv":    "\ufeff" + csv,
		"crlf.csv":    strings.ReplaceAll(csv, "\n", "\r\n"),
		"columns.csv": strings.Replace(csv, "id,text,label", "ID, Text ,CLASS", 1),
		"tabs.tsv":    "label\tid\ttext\nbug\ta\tIt \"crashed\", again\n\nquestion\tb\t\"How do \"\"I\"\"\"\r\nbug\tc\t\"Füße",
		"lines.jsonl": `{"id":"a","text":"It \"crashed\",\nagain","label":"bug","more":[1]}` + "\n\n" +
			`{"text":"How do I…?\t<b>","label":"question","id":"b"}` + "\r\n" + `{"id":"c","text":"F\u0000üße","label":"bug"}`,
		"rows.parquet": parquetOf(t, row{"a", "It \"crashed\",\nagain", "bug"}, row{"b", "How do I…?\t<b>", "question"}, row{"c", "F\x00üße", "bug"}),
		"latin.csv":    latin,
		"utf16.csv":    utf16LE(csv),
		"excel.csv":    strings.NewReplacer("id,text,label", "id,text,label,,", ",bug\n", ",bug,,\n", ",question\n", ",question,,\n").Replace(csv) + " \n",
	} {
		dir := put(t, map[string]string{name: content})
		source := Files{Train: filepath.Join(dir, name), Test: filepath.Join(dir, name)}
		expected := want
		if name == "tabs.tsv" {
			expected = slices.Clone(want)
			expected[0].Text, expected[1].Text, expected[2].Text = `It "crashed", again`, `How do "I"`, `"Füße`
		}
		if name == "latin.csv" {
			source.Encoding = Latin1
			expected = slices.Clone(want)
			expected[1].Text = "How do I...?\t<b>"
		}
		data, err := source.Load(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(data.Train, expected) || !reflect.DeepEqual(data.Classes, []string{"bug", "question"}) {
			t.Errorf("%s: %+v, classes %q", name, data.Train, data.Classes)
		}
		if !strings.Contains(data.Origin, "3 test texts are training texts, too") {
			t.Errorf("%s: %s", name, data.Origin)
		}
	}
}

func utf16LE(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}

func TestNumbersAsLabels(t *testing.T) {
	type numbered struct {
		Review string `parquet:"review"`
		Label  int32  `parquet:"label"`
	}
	for name, content := range map[string]string{
		"a.jsonl":   `{"review":"x","label":1}` + "\n" + `{"review":"y","label":0}`,
		"b.parquet": parquetOf(t, numbered{"x", 1}, numbered{"y", 0}),
		"c.csv":     "review,label\nx,1\ny,0\n",
	} {
		path := filepath.Join(put(t, map[string]string{name: content}), name)
		data, err := Files{Train: path, Test: path, Classes: []string{"1", "0"}}.Load(t.Context())
		if err != nil || data.Train[0].Label != 0 || data.Train[1].Label != 1 {
			t.Errorf("%s: %+v, %v", name, data, err)
		}
	}
}

func TestFolderOfTexts(t *testing.T) {
	dir := put(t, map[string]string{
		"train/bug/1.txt": "\ufeffIt crashed", "train/bug/2.txt": "It froze", "train/question/1.txt": "How?",
		"train/.hidden/x.txt": "no", "train/bug/notes.md": "no", "train/README": "no",
		"test/question/9.txt": "Why?",
	})
	data, err := Files{Train: filepath.Join(dir, "train"), Test: filepath.Join(dir, "test")}.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(data.Train) != 3 || data.Train[0].ID != "bug/1" || data.Train[0].Text != "It crashed" || data.Train[2].Label != 1 || data.Test[0].Label != 1 {
		t.Errorf("%+v", data)
	}
}

func TestHoldout(t *testing.T) {
	var csv strings.Builder
	csv.WriteString("text,label\n")
	for i := range 1000 {
		fmt.Fprintf(&csv, "text %d,%d\n", i, i%2)
	}
	load := func(content string) *corpus.Dataset {
		path := filepath.Join(put(t, map[string]string{"f.csv": content}), "f.csv")
		data, err := Files{Train: path, Holdout: 0.2}.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	data := load(csv.String())
	if n := len(data.Test); n < 150 || n > 250 || len(data.Train) != 1000-n {
		t.Errorf("%d and %d documents", len(data.Train), n)
	}
	more := load(csv.String() + "one more,1\n")
	moved := 0
	inTest := map[string]bool{}
	for _, e := range data.Test {
		inTest[e.ID] = true
	}
	for _, e := range more.Train {
		if inTest[e.ID] {
			moved++
		}
	}
	if moved > 0 {
		t.Errorf("one more document moved %d out of the test split", moved)
	}
}

func TestDuplicatesAreReported(t *testing.T) {
	path := filepath.Join(put(t, map[string]string{"f.csv": "text,label\nx,a\nx,a\nx,b\ny,b\n"}), "f.csv")
	data, err := Files{Train: path, Test: path}.Load(t.Context())
	if err != nil || len(data.Train) != 4 || !strings.Contains(data.Origin, "2 training texts repeat another, 1 of them with another label") {
		t.Errorf("%+v, %v", data, err)
	}
}

func TestMistakesInFilesAreSentences(t *testing.T) {
	type lists struct {
		Text  string   `parquet:"text"`
		Label []string `parquet:"label,list"`
	}
	type nulls struct {
		Text  *string `parquet:"text"`
		Label string  `parquet:"label"`
	}
	noRows, err := os.ReadFile("testdata/no-rows.parquet") // written by pyarrow 26.0.1: one group of rows, which is empty
	if err != nil {
		t.Fatal(err)
	}
	good := "text,label\nx,a\ny,b\n"
	for _, test := range []struct {
		want, name, content string
		change              func(*Files)
	}{
		{"f.csv: it is empty", "f.csv", "", nil},
		{"f.csv: there are no documents in it", "f.csv", "text,label\n", nil},
		{`which column holds the text? There are ["title" "label"], and none is called text, sentence`, "f.csv", "title,label\nx,a\n", nil},
		{`there is no column "headline" for the text; the first line names ["text" "label"]`, "f.csv", good, func(f *Files) { f.Text = "headline" }},
		{`there is no column "key" for the ID`, "f.csv", good, func(f *Files) { f.ID = "key" }},
		{`two columns are called "text"`, "f.csv", "text,text\nx,a\n", nil},
		{"f.csv, line 3: it has 3 fields, the first line names 2 columns", "f.csv", "text,label\nx,a\ny,b,c\n", nil},
		{"f.csv, line 3: bare \" in non-quoted", "f.csv", "text,label\nx,a\ny\"z,b\n", nil},
		{"f.csv, line 4: the label is empty", "f.csv", "text,label\n\"x\nx\",a\ny,\n", nil},
		{"f.csv, line 3: it is not valid UTF-8; convert the file to UTF-8", "f.csv", "text,label\nx,a\n\xfc,b\n", nil},
		{`the encoding "klingon" is unknown`, "f.csv", good, func(f *Files) { f.Encoding = "klingon" }},
		{`f.csv, line 3: the label "b" is none of the classes ["a" "c"]`, "f.csv", good, func(f *Files) { f.Classes = []string{"a", "c"} }},
		{`all documents have the class ["a"]`, "f.csv", "text,label\nx,a\n", nil},
		{`f.csv, line 3: the ID "1" has come up in line 2`, "f.csv", "id,text,label\n1,x,a\n1,y,b\n", nil},
		{"f.csv, line 2: the ID is empty", "f.csv", "id,text,label\n,x,a\n", nil},
		{"line 2: it is not a JSON object", "f.jsonl", "{\"text\":\"x\",\"label\":\"a\"}\nnonsense\n", nil},
		{`f.jsonl, line 2: "label" is missing`, "f.jsonl", "{\"text\":\"x\",\"label\":\"a\"}\n{\"text\":\"y\"}\n", nil},
		{`line 1: "label" is a list, "[\"a\",\"b\"]"; one value is expected (documents with several labels are not supported)`, "f.jsonl", `{"text":"x","label":["a","b"]}`, nil},
		{"are the values separated by \";\"?", "f.csv", "text;label\nx;a\n", nil},
		{"f.tsv, line 2: it has 1 fields, the first line names 2 columns", "f.tsv", "text\tlabel\nx\n", nil},
		{"f.tsv: it is empty", "f.tsv", "", nil},
		{"line 2: it is null, not a JSON object", "f.jsonl", "{\"text\":\"x\",\"label\":\"a\"}\nnull\n", nil},
		{`line 1: "text" is null`, "f.jsonl", `{"text":null,"label":"a"}`, nil},
		{"f.jsonl: it is empty", "f.jsonl", "\n\n", nil},
		{`the column "label" holds lists`, "f.parquet", parquetOf(t, lists{"x", []string{"a"}}), nil},
		{`f.parquet, row 1: "text" is null`, "f.parquet", parquetOf(t, nulls{nil, "a"}), nil},
		{"f.parquet: there are no documents in it", "f.parquet", string(noRows), func(f *Files) { f.Label = "id" }},
		{"not a usable Parquet file", "f.parquet", "nonsense", nil},
		{`files that can be read end in .csv`, "f.xlsx", good, nil},
		{"there is no test split", "f.csv", good, func(f *Files) { f.Test = "" }},
		{"both Test and Holdout are set", "f.csv", good, func(f *Files) { f.Holdout = 0.1 }},
		{"no such file", "f.csv", good, func(f *Files) { f.Train += "x.csv" }},
	} {
		path := filepath.Join(put(t, map[string]string{test.name: test.content}), test.name)
		source := Files{Train: path, Test: path}
		if test.change != nil {
			test.change(&source)
		}
		if _, err := source.Load(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
	}
}

func TestIDColumnLeftAlone(t *testing.T) {
	path := filepath.Join(put(t, map[string]string{"f.csv": "id,text,label\n1,x,a\n1,y,b\n"}), "f.csv")
	data, err := Files{Train: path, Test: path, ID: NoID}.Load(t.Context())
	if err != nil || data.Train[0].ID == data.Train[1].ID || data.Train[0].ID == "1" {
		t.Errorf("%+v, %v", data, err)
	}
}

func TestLargeDocument(t *testing.T) {
	long := strings.Repeat("word ", 20000) // 100 kB
	path := filepath.Join(put(t, map[string]string{"f.jsonl": fmt.Sprintf(`{"text":%q,"label":"a"}`+"\n"+`{"text":"x","label":"b"}`, long)}), "f.jsonl")
	if data, err := (Files{Train: path, Test: path}).Load(t.Context()); err != nil || data.Train[0].Text != long {
		t.Errorf("%v", err)
	}
}

// fuzzFiles holds that reading ends with documents that have IDs, classes and clean texts, or with an error that names
// the file.
func fuzzFiles(f *testing.F, name string) {
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(put(t, map[string]string{name: content}), name)
		data, err := Files{Train: path, Test: path}.Load(t.Context())
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("the error doesn't name the file: %v", err)
			}
			return
		}
		if err := data.Check(); err != nil {
			t.Error(err)
		}
		for _, e := range data.Train {
			if strings.Contains(e.Text, "\x00") {
				t.Errorf("%q", e.Text)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("text,label\nx,a\ny,b\n")
	f.Add("\ufeffid,text,label\r\n1,\"x\r\ny\",a\r\n2,\"\"\"\",b\r\n")
	f.Add("text,label\n\"x,a\n")
	fuzzFiles(f, "f.csv")
}

func FuzzJSONL(f *testing.F) {
	f.Add("{\"text\":\"x\",\"label\":\"a\"}\n{\"text\":\"y\",\"label\":1}\n")
	f.Add("{\"text\":[],\"label\":{}}\n\nnull\n")
	fuzzFiles(f, "f.jsonl")
}
