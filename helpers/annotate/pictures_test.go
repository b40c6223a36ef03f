package annotate

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// Pictures of the page, to be looked at: light and dark, wide and narrow.
func TestPictures(t *testing.T) {
	if os.Getenv("ALNB_SCREENSHOT") == "" {
		t.Skip("no pictures were asked for with ALNB_SCREENSHOT")
	}
	hebrew := strings.Repeat("פגשה אנגלה מרקל את דוד בירושלים, וגם את רות (2024) ב-London. ", 40)
	const english = "Angela Merkel visited Paris with Emmanuel Macron of the European Council on Monday . "
	arabic := strings.Repeat("التقت أنغيلا ميركل بالرئيس في برلين يوم الاثنين، 3 مايو. ", 20)
	status := Status{
		PerHour: 312, Doing: "training", Progress: 0.4, Metric: "accuracy",
		Curve:  []Point{{10, 0.52}, {20, 0.61}, {30, 0.70}, {40, 0.74}, {50, 0.78}, {60, 0.79}},
		Advice: []string{"The last three models agree on 96 % of the pool: more labels change little."},
	}
	classes := []string{"World", "Sport", "Business", "Science and technology",
		"A class with quite a long name, which goes on and on, to see what becomes of it"}
	texts := newDesk(false, classes,
		Item{ID: "a", Text: "Wall St. Bears Claw Back Into the Black (Reuters)\n\n" +
			"Short-sellers, Wall Street's dwindling band of ultra-cynics, are seeing green again. 👩‍👩‍👧‍👦 🏳️‍🌈 🇮🇱"},
		Item{ID: "b", Text: hebrew + "\n" + arabic + "\nAn English paragraph in between, with a name: רות."},
		Item{ID: "c", Text: "The last one."})
	texts.status = status
	texts.suggest = map[string]*corpus.Prediction{"a": {Class: "Business", Probabilities: []float64{0.1, 0.05, 0.83, 0.02}}}
	newStage(t, texts, Options{}).play("pictures texts")
	spans := newDesk(true, []string{"PER", "LOC", "ORG", "MISC"},
		Item{ID: "a", Words: strings.Fields(strings.Repeat(english, 12))},
		Item{ID: "b", Text: hebrew, Words: strings.Fields(hebrew)})
	spans.status = status
	spans.judgments["a"] = &corpus.Judgment{Verdict: corpus.Labeled, Spans: []corpus.Span{
		{Start: 0, End: 2, Type: "PER"}, {Start: 3, End: 4, Type: "LOC"},
		{Start: 5, End: 7, Type: "PER"}, {Start: 9, End: 11, Type: "ORG"}, {Start: 12, End: 13, Type: "MISC"},
		{Start: 14, End: 24, Type: "PER"},
	}}
	newStage(t, spans, Options{}).play("pictures spans")
	many := newDesk(false, nil, Item{ID: "a", Text: "Which of the many?"})
	for i := range 80 {
		many.classes = append(many.classes, Class{Number: i, Name: fmt.Sprintf("Topic number %d", i)})
	}
	newStage(t, many, Options{}).play("pictures many")
}
