package datasets

import (
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// What Label Studio exports has more in it than what is read.
const studioExport = `[
 {"id": 1, "annotations": [
   {"id": 5, "completed_by": {"id": 3, "email": "ann@example.org", "first_name": "Ann"}, "result": [
     {"value": {"start": 12, "end": 15, "text": "Bob", "labels": ["PER"]}, "id": "x2", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual"},
     {"value": {"start": 4, "end": 7, "text": "Ann", "labels": ["PER"]}, "id": "x1", "from_name": "label", "to_name": "text", "type": "labels", "origin": "manual"},
     {"from_id": "x1", "to_id": "x2", "type": "relation", "direction": "right"}],
    "was_cancelled": false, "ground_truth": false, "created_at": "2023-05-01T10:00:00.5Z", "updated_at": "2023-05-01T12:00:00.25+02:00", "lead_time": 4.2}],
  "drafts": [], "predictions": [7, 8], "data": {"text": "👩‍🚀 Ann met Bob."}, "meta": {}, "project": 1, "file_upload": "a.json"},
 {"id": 2, "annotations": [
   {"completed_by": 4, "was_cancelled": true, "result": []}], "predictions": [], "data": {"review": "no one", "id": 17}},
 {"id": 3, "annotations": [
   {"completed_by": 4, "ground_truth": true, "result": []},
   {"completed_by": 5, "result": [{"value": {"start": 0, "end": 5, "labels": ["PER"]}, "type": "labels"}]}], "data": {"text": "later on"}},
 {"id": 4, "annotations": [], "data": {"text": "not yet"}}
]`

func TestLabelStudioExport(t *testing.T) {
	docs := collect(t, ReadLabelStudio(strings.NewReader(studioExport), Labels{Spans: true}))
	want := `: 👩‍🚀 Ann met Bob. ["👩` + `\u200d🚀" "Ann" "met" "Bob" "."] → label [1,2 PER][3,4 PER]` + "\n" + `17: no one ["no" "one"] → skip ` + "\n" +
		`: later on ["later" "on"] → label ` + "\n" + `: not yet ["not" "yet"]`
	if got := described(docs); got != want {
		t.Fatalf("%s\nwant\n%s", got, want)
	}
	if j := docs[0].Judgment; j.Annotator != "ann@example.org" || j.At.Format("2006-01-02T15:04:05.00Z") != "2023-05-01T10:00:00.25Z" || docs[1].Judgment.Annotator != "4" || docs[0].Prediction != nil {
		t.Errorf("%+v, %+v", j, docs[1].Judgment)
	}
	chosen := `[{"data":{"text":"a"},"annotations":[
	  {"result":[{"type":"choices","value":{"choices":["old"]}}]},
	  {"result":[{"type":"rating","value":{"rating":4}},{"type":"choices","value":{"choices":["new"]}}]}],
	  "predictions":[{"score":0.9,"result":[{"type":"choices","value":{"choices":["guessed"]}}]}]},
	 {"data":{"text":"b"},"annotations":[{"result":[]}]},
	 {"data":{"text":"c"}}]`
	docs = collect(t, ReadLabelStudio(strings.NewReader(chosen), Labels{}))
	if got := described(docs); got != ": a → label new\n: b\n: c" || docs[0].Prediction.Class != "guessed" {
		t.Errorf("%s, %+v", got, docs[0].Prediction)
	}
}

// A task as the documentation of Label Studio has it: annotations with results that name the tags of its interface.
func TestFormOfTasks(t *testing.T) {
	doc := corpus.Judged{
		Document:   corpus.Document{ID: "7", Text: "👩 Ann", Words: []string{"👩", "Ann"}},
		Judgment:   &corpus.Judgment{Verdict: corpus.Labeled, Spans: []corpus.Span{{Start: 1, End: 2, Type: "PER"}}},
		Prediction: &corpus.Prediction{Spans: []corpus.Span{{Start: 0, End: 2, Type: "PER"}}},
	}
	got := written(t, LabelStudioForm, Labels{Spans: true}, []corpus.Judged{doc})
	want := `[
{"data":{"id":"7","text":"👩 Ann"},"meta":{"alnb":{"verdict":"label"}},"annotations":[{"result":[{"id":"1","from_name":"label","to_name":"text","type":"labels","value":{"start":2,"end":5,"text":"Ann","labels":["PER"]}}]}],"predictions":[{"model_version":"alnb","result":[{"id":"1","from_name":"label","to_name":"text","type":"labels","value":{"start":0,"end":5,"text":"👩 Ann","labels":["PER"]}}]}]}
]
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	doc.Judgment, doc.Prediction = &corpus.Judgment{Verdict: corpus.Labeled, Class: "bug"}, &corpus.Prediction{Class: "bug", Probabilities: []float64{0.75, 0.25}}
	got = written(t, LabelStudioForm, Labels{Classes: []string{"bug", "other"}}, []corpus.Judged{doc})
	want = `[
{"data":{"id":"7","text":"👩 Ann"},"meta":{"alnb":{"verdict":"label","probs":{"bug":0.75,"other":0.25}}},"annotations":[{"result":[{"id":"1","from_name":"label","to_name":"text","type":"choices","value":{"choices":["bug"]}}]}],"predictions":[{"model_version":"alnb","score":0.75,"result":[{"id":"1","from_name":"label","to_name":"text","type":"choices","value":{"choices":["bug"]}}]}]}
]
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := written(t, LabelStudioForm, Labels{}, nil); got != "[]\n" || !json.Valid([]byte(got)) {
		t.Errorf("%q", got)
	}
	for kind, labels := range bothLabels {
		text := LabelStudioInterface(labels)
		var view struct {
			Choices struct {
				Choice []struct {
					Value string `xml:"value,attr"`
				}
			}
			Labels struct {
				Label []struct {
					Value string `xml:"value,attr"`
				}
			}
		}
		if err := xml.Unmarshal([]byte(text), &view); err != nil {
			t.Fatalf("%s: %v in %s", kind, err, text)
		}
		var names []string
		for _, c := range append(view.Choices.Choice, view.Labels.Label...) {
			names = append(names, c.Value)
		}
		if strings.Join(names, "|") != strings.Join(labels.Classes, "|") {
			t.Errorf("%s: %q", kind, names)
		}
	}
}

func TestMistakesInTasks(t *testing.T) {
	task := func(result string) string {
		return `[{"data":{"id":"7","text":"👩 Ann Lee"},"annotations":[{"result":[` + result + `]}]}]`
	}
	spans := Labels{Spans: true}
	for _, test := range []struct {
		want, content string
		labels        Labels
	}{
		{"it is not a list of tasks", `{"data":{}}`, Labels{}},
		{"it is not a list of tasks", ``, Labels{}},
		{"task 1: it is not a JSON object", `[1]`, Labels{}},
		{"task 1: it is not a JSON object", `[null]`, Labels{}},
		{"task 2: invalid character", `[{"data":{"text":"a"}},x]`, Labels{}},
		{"after task 1: the list of tasks doesn't end", `[{"data":{"text":"a"}}`, Labels{}},
		{`task 1: it has no "data", as tasks of Label Studio's JSON have (those of its JSON-MIN don't)`, `[{"text":"a","label":"b"}]`, Labels{}},
		{`there is no text in its "data", under text, sentence`, `[{"data":{"image":"a.png"}}]`, Labels{}},
		{`task 1: "text" is a list`, `[{"data":{"text":["a"]}}]`, Labels{}},
		{`task 1 (document "7"): in "annotations": they are not a list of objects`, `[{"data":{"text":"a","id":7},"annotations":7}]`, Labels{}},
		{`in "annotations": "result" is not a list of objects`, `[{"data":{"text":"a"},"annotations":[{"result":"x"}]}]`, Labels{}},
		{`in "annotations": "was_cancelled" is neither true nor false`, `[{"data":{"text":"a"},"annotations":[{"was_cancelled":1}]}]`, Labels{}},
		{`in "predictions": they are not a list`, `[{"data":{"text":"a"},"predictions":{}}]`, Labels{}},
		{`in "predictions": result 1: one choice is expected`, `[{"data":{"text":"a"},"predictions":[{"result":[{"type":"choices","value":{"choices":[]}}]}]}]`, Labels{}},
		{`in "meta": "verdict" is "x"`, `[{"data":{"text":"a"},"meta":{"alnb":{"verdict":"x"}}}]`, Labels{}},
		{`task 1 (document "7"): in "annotations": result 1: one choice is expected (documents with several labels`, task(`{"type":"choices","value":{"choices":["a","b"]}}`), Labels{}},
		{`result 2: one choice is expected`, task(`{"type":"choices","value":{"choices":["a"]}},{"type":"choices","value":{"choices":["b"]}}`), Labels{}},
		{`result 1: "choices" is not a list of texts`, task(`{"type":"choices"}`), Labels{}},
		{`result 1: it has 2 labels, one is expected`, task(`{"type":"labels","value":{"start":0,"end":1,"labels":["A","B"]}}`), spans},
		{`result 1: "start" and "end" are not two whole numbers`, task(`{"type":"labels","value":{"start":"/p[1]","end":1,"labels":["A"]}}`), spans},
		{`result 1 is of the type "hypertextlabels"; spans are read from "labels"`, task(`{"type":"hypertextlabels","value":{"start":"/p[1]","end":"/p[1]","hypertextlabels":["A"]}}`), spans},
		{`result 1: it says that it is "Ann", and from 3 to 6 stands "nn "; do they count code points?`, task(`{"type":"labels","value":{"start":3,"end":6,"text":"Ann","labels":["A"]}}`), spans},
		{`task 1 (document "7"): in "annotations": span 1, from 3 to 5, of type "A": character 3 is not where a word begins`, task(`{"type":"labels","value":{"start":3,"end":5,"labels":["A"]}}`), spans},
		{`span 2, from 2 to 5, of type "B": it overlaps span 1`, task(`{"type":"labels","value":{"start":2,"end":5,"labels":["A"]}},{"type":"labels","value":{"start":2,"end":5,"labels":["B"]}}`), spans},
		{`span 1, from 6 to 99, of type "A": the text has 9 characters`, task(`{"type":"labels","value":{"start":6,"end":99,"text":"Lee","labels":["A"]}}`), spans},
		{"task 1: it is not valid UTF-8", "[{\"data\":{\"text\":\"\xff\"}}]", Labels{}},
	} {
		var err error
		for _, err = range ReadLabelStudio(strings.NewReader(test.content), test.labels) {
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want %q, got %v", test.content, test.want, err)
		}
	}
	// White space in what a span says it holds isn't kept.
	docs := collect(t, ReadLabelStudio(strings.NewReader(`[{"data":{"text":"a\nb\u2028c"},"annotations":[{"result":[{"type":"labels","value":{"start":0,"end":5,"text":"a\\nb c","labels":["A"]}}]}]}]`), spans))
	if got := described(docs); got != ": a\nb\u2028c [\"a\" \"b\" \"c\"] → label [0,3 A]" {
		t.Errorf("%s", got)
	}
}

func FuzzReadLabelStudio(f *testing.F) {
	for _, seed := range shortFiles(f, LabelStudioForm) {
		f.Add(seed.text, seed.spans)
	}
	f.Add(studioExport, true)
	f.Add(`[{"data":{"text":"a\u0000b","words":["a","b"]},"meta":{"alnb":{"joined":true,"at":"2024-01-01T00:00:00Z"}}}]`, true)
	fuzzJudged(f, LabelStudioForm, ReadLabelStudio)
}
