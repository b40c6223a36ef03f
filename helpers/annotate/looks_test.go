package annotate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
)

// Every part of the page is looked at in light and dark, wide, in a frame, and narrow, with what is hard to show: nothing
// overflows, all text can be read, the keyboard reaches everything, and hostile names are text everywhere. With ALNB_SCREENSHOT
// there are pictures.
func TestLooks(t *testing.T) {
	const family = " 👩‍👩‍👧‍👦 🏳️‍🌈 🇮🇱 😀😀😀"
	hebrew := strings.Repeat("פגשה אנגלה מרקל את דוד בירושלים, וגם את רות (2024) ב-London.", 30) + family
	arabic := strings.Repeat("التقت أنغيلا ميركل بالرئيس في برلين يوم الاثنين، 3 مايو. ", 20)
	long := "A class with quite a long name, which goes on and on, " + strings.Repeat("Donaudampfschifffahrtsgesellschaft", 4)
	classes := append([]string{"World", "כלכלה וחברה", long}, hostile...)
	classes = append(classes, long+" and another", "emoji"+family)
	classes = append(classes, topics(40-len(classes))...)
	status := Status{
		PerHour: 312, Doing: "training", Progress: 0.4, Metric: "accuracy",
		Curve:  []Point{{10, 0.52}, {20, 0.61}, {30, 0.70}, {40, 0.74}, {50, 0.78}, {60, 0.79}},
		Advice: append([]string{"The last three models agree on 96 % of the pool: more labels change little."}, hostile...),
	}
	judged := func(name string) *corpus.Judgment {
		return &corpus.Judgment{Verdict: corpus.Labeled, Class: name, Spans: []corpus.Span{}}
	}
	for _, spans := range []bool{false, true} {
		kind := map[bool]string{false: "texts", true: "spans"}[spans]
		t.Run(kind, func(t *testing.T) {
			items := []Item{
				{ID: "a", Text: hebrew + "\n" + arabic + "\nAn English paragraph in between, with a name: רות."},
				{ID: "b", Text: "St. Ives Gulls Drop Their Chips Into the Sea (Gazette)" + family},
				{ID: "c", Text: strings.Repeat("Donaudampfschifffahrtsgesellschaft", 30)},
			}
			suggestion := &corpus.Prediction{Class: long, Probabilities: []float64{0.83}}
			var twins []Item
			for i, name := range classes {
				if j := judged(name); spans {
					j.Class = ""
					j.Spans = append(j.Spans, span(0, 1, name))
					suggestion.Spans = append(suggestion.Spans, span(2*i, 2*i+1, name))
					twins = append(twins, Item{ID: name, Judgment: j})
				} else {
					twins = append(twins, Item{ID: name, Judgment: j})
				}
			}
			if spans {
				for i := range items {
					items[i].Words = strings.Fields(items[i].Text)
				}
			}
			desk := newDesk(spans, classes, items...)
			desk.title, desk.status = strings.Join(hostile, " "), status
			desk.judgments["old"] = judged(long)
			desk.suggest = map[string]*corpus.Prediction{"a": suggestion}
			desk.twins = map[string][]Item{"a": twins}
			checkLooks(t, newStage(t, desk, Options{}).play("looks "+kind))
		})
	}
	t.Run("nothing", func(t *testing.T) {
		checkLooks(t, newStage(t, newDesk(false, nil), Options{}).play("looks nothing"))
	})
}

func checkLooks(t *testing.T, found map[string]any) {
	t.Helper()
	checkHarmless(t, found)
	for _, problem := range found["problems"].([]any) {
		t.Error(problem)
	}
	if fmt.Sprint(found["seen"]) == "0" {
		t.Error("nothing was looked at")
	}
}
