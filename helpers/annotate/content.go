package annotate

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"net/http"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// patience is how long a change may take that nobody waits for any more.
const patience = time.Minute

type classJSON struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Took   []int  `json:"took"`
}

type aboutJSON struct {
	Title   string      `json:"title"`
	Spans   bool        `json:"spans"`
	Classes []classJSON `json:"classes"`
	Version string      `json:"version"` // another when anything of this is
}

func (s *server) about(r *http.Request) (any, error) { return s.aboutNow(r.Context()) }

func (s *server) aboutNow(ctx context.Context) (aboutJSON, error) {
	about, err := s.desk.About(ctx)
	if err != nil {
		return aboutJSON{}, err
	}
	classes, err := s.desk.Classes(ctx)
	if err != nil {
		return aboutJSON{}, err
	}
	answer := aboutJSON{Title: about.Title, Spans: about.Spans, Classes: []classJSON{}}
	for _, c := range classes {
		answer.Classes = append(answer.Classes, classJSON{c.Number, c.Name, append([]int{}, c.Took...)})
	}
	raw, err := json.Marshal(answer)
	if err != nil {
		return aboutJSON{}, fmt.Errorf("annotate: %w", err)
	}
	hash := fnv.New64a()
	hash.Write(raw)
	answer.Version = fmt.Sprintf("%016x", hash.Sum64())
	return answer, nil
}

type judgmentJSON struct {
	Verdict corpus.Verdict `json:"verdict"`
	Class   string         `json:"class"`
	Spans   []corpus.Span  `json:"spans"`
	Flagged bool           `json:"flagged"`
	Note    string         `json:"note"`
}

type itemJSON struct {
	ID       string        `json:"id"`
	Text     string        `json:"text"`
	Words    [][2]int      `json:"words"` // ranges of the text, in code units of UTF-16
	Judgment *judgmentJSON `json:"judgment"`
}

type batchJSON struct {
	Round int        `json:"round"`
	Items []itemJSON `json:"items"`
	Again []itemJSON `json:"again"`
}

func (s *server) batch(r *http.Request) (any, error) {
	batch, err := s.desk.Batch(r.Context())
	if err != nil {
		return nil, err
	}
	answer := batchJSON{Round: batch.Round}
	if answer.Items, err = itemsOf(batch.Items); err != nil {
		return nil, err
	}
	answer.Again, err = itemsOf(batch.Again)
	return answer, err
}

func itemsOf(items []Item) ([]itemJSON, error) {
	all := make([]itemJSON, len(items))
	for i, item := range items {
		text, words, err := layOut(item)
		if err != nil {
			return nil, err
		}
		all[i] = itemJSON{ID: item.ID, Text: text, Words: words, Judgment: judgmentOf(item.Judgment)}
	}
	return all, nil
}

func judgmentOf(j *corpus.Judgment) *judgmentJSON {
	if j == nil {
		return nil
	}
	return &judgmentJSON{j.Verdict, j.Class, append([]corpus.Span{}, j.Spans...), j.Flagged, j.Note}
}

type suggestionJSON struct {
	Class       string        `json:"class"`
	Probability float64       `json:"probability"` // of the class; 0 unknown
	Spans       []corpus.Span `json:"spans"`
}

func (s *server) suggestion(r *http.Request) (any, error) {
	prediction, err := s.desk.Suggest(r.Context(), r.URL.Query().Get("id"))
	if err != nil {
		return nil, err
	}
	var answer struct {
		Suggestion *suggestionJSON `json:"suggestion"` // null where there is none
	}
	if prediction != nil {
		answer.Suggestion = &suggestionJSON{Class: prediction.Class, Spans: append([]corpus.Span{}, prediction.Spans...)}
		for _, p := range prediction.Probabilities {
			answer.Suggestion.Probability = max(answer.Suggestion.Probability, finite(p))
		}
	}
	return answer, nil
}

// twins answers with what was said about documents that are nearly the same; null for one that nobody has judged.
func (s *server) twins(r *http.Request) (any, error) {
	items, err := s.desk.Twins(r.Context(), r.URL.Query().Get("id"))
	if err != nil {
		return nil, err
	}
	judgments := make([]*judgmentJSON, len(items))
	for i, item := range items {
		judgments[i] = judgmentOf(item.Judgment)
	}
	return map[string]any{"judgments": judgments}, nil
}

type pointJSON struct {
	Labeled int     `json:"labeled"`
	Value   float64 `json:"value"`
}

type statusJSON struct {
	Judged      int         `json:"judged"`
	InBatch     int         `json:"inBatch"`
	LeftInBatch int         `json:"leftInBatch"`
	LeftAgain   int         `json:"leftAgain"`
	Round       int         `json:"round"`
	PerHour     float64     `json:"perHour"`
	Doing       string      `json:"doing"`
	Progress    float64     `json:"progress"`
	Curve       []pointJSON `json:"curve"`
	Metric      string      `json:"metric"`
	Advice      []string    `json:"advice"`
	Version     string      `json:"version"` // of the title and classes; the page fetches them when it changes
}

func (s *server) status(r *http.Request) (any, error) {
	status, err := s.desk.Status(r.Context())
	if err != nil {
		return nil, err
	}
	about, err := s.aboutNow(r.Context())
	if err != nil {
		return nil, err
	}
	answer := statusJSON{
		Judged: status.Judged, InBatch: status.InBatch, LeftInBatch: status.LeftInBatch, LeftAgain: status.LeftAgain, Round: status.Round,
		PerHour: finite(status.PerHour), Doing: status.Doing, Progress: min(1, max(0, finite(status.Progress))),
		Curve: []pointJSON{}, Metric: status.Metric, Advice: append([]string{}, status.Advice...), Version: about.Version,
	}
	for _, p := range status.Curve {
		if finite(p.Value) == p.Value {
			answer.Curve = append(answer.Curve, pointJSON(p))
		}
	}
	return answer, nil
}

// finite is f, or 0 where JSON has no number for it.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

func (s *server) judge(r *http.Request) (any, error) {
	var body judgingJSON
	if err := read(r, &body); err != nil {
		return nil, err
	}
	judging, err := body.judging()
	if err != nil {
		return nil, err
	}
	// Once begun it is brought to its end, also where the page has gone meanwhile.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	receipt, err := s.desk.Judge(ctx, judging)
	if err != nil {
		return nil, err
	}
	return struct {
		Seq      int64 `json:"seq"`
		Repeated bool  `json:"repeated"`
	}(receipt), nil
}
