package model

import (
	"fmt"
	"math"
	"testing"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// ofLengths are documents whose tokens all differ.
func ofLengths(lengths ...int) []document {
	docs, next := make([]document, len(lengths)), int32(0)
	for i, n := range lengths {
		for range n {
			next++
			docs[i].ids = append(docs[i].ids, next)
		}
	}
	return docs
}

// newsLengths are like those of AG News: 53 tokens in the mean, one in 400 cut at the limit.
func newsLengths(n, limit int) []int {
	stream := keyed.Key{Purpose: "lengths"}.Stream()
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = max(8, min(limit, int(math.Round(50*math.Exp(0.33*stream.NormFloat64())))))
	}
	return lengths
}

// checkLayout fails unless every token of every document lies in a place of its own.
func checkLayout(t *testing.T, docs []document, b batch) {
	t.Helper()
	taken := make(map[int]string)
	perRow := make(map[int]int)
	for i, doc := range b.docs {
		p := b.places[i]
		if p.row < 0 || p.row >= b.rows || p.column < 0 || p.column+tokensOf(docs[doc]) > b.length {
			t.Fatalf("document %d with %d tokens lies at %+v of %d rows of %d", doc, tokensOf(docs[doc]), p, b.rows, b.length)
		}
		if p.slot != perRow[p.row] || p.slot >= b.slots {
			t.Fatalf("document %d has slot %d of %d; its row has %d before it", doc, p.slot, b.slots, perRow[p.row])
		}
		perRow[p.row]++
		for token := range tokensOf(docs[doc]) {
			at := b.position(i, token)
			if other := taken[at]; other != "" {
				t.Fatalf("document %d and %s share position %d", doc, other, at)
			}
			taken[at] = fmt.Sprint("document ", doc)
		}
	}
}

func TestPacking(t *testing.T) {
	for name, test := range map[string]struct {
		lengths []int
		length  int
		rows    int // that are filled
	}{
		"pairs":               {lengths: []int{64, 64, 64, 64}, length: 128, rows: 2},
		"long with short":     {lengths: []int{20, 100, 28, 108}, length: 128, rows: 2},
		"one a row":           {lengths: []int{65, 65, 65}, length: 128, rows: 3},
		"empty documents":     {lengths: []int{0, 0, 128}, length: 128, rows: 2},
		"slots are the limit": {lengths: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, length: 128, rows: 2},
	} {
		docs := ofLengths(test.lengths...)
		in, places := newPacker(docs, 128).pack(len(docs), test.length)
		b := batch{docs: in, layout: layout{rows: len(docs), length: test.length, slots: slotsIn(test.length), places: places}}
		if len(in) != len(docs) {
			t.Errorf("%s: %d of %d documents were packed", name, len(in), len(docs))
		}
		checkLayout(t, docs, b)
		if got := places[len(places)-1].row + 1; got != test.rows {
			t.Errorf("%s: %d rows, want %d", name, got, test.rows)
		}
	}
}

// What is computed for padding is time lost.
func TestLittleIsPadding(t *testing.T) {
	for name, test := range map[string]struct {
		lengths []int
		limit   int
		most    float64 // padded per real tokens
	}{
		"news":                {newsLengths(5000, 128), 128, 1.10},
		"news up to 512":      {append(newsLengths(5000, 512), 300, 512, 400), 512, 1.10},
		"texts of 70 tokens":  {uniform(1000, 70), 128, 1.16},
		"texts of 64 tokens":  {uniform(1024, 64), 128, 1},
		"at the limit of 200": {uniform(1000, 200), 200, 1.01},
		"tweets":              {append(uniform(2000, 12), newsLengths(50, 64)...), 64, 1.10},
	} {
		docs := ofLengths(test.lengths...)
		seen, real, padded := make(map[int]bool), 0, 0
		programs := make(map[[2]int]bool)
		for _, b := range packedBatches(docs, test.limit, 2048) {
			checkLayout(t, docs, b)
			for _, doc := range b.docs {
				seen[doc] = true
				real += tokensOf(docs[doc])
			}
			padded += b.rows * b.length
			programs[[2]int{b.rows, b.length}] = true
		}
		if len(seen) != len(docs) {
			t.Errorf("%s: %d of %d documents are in a batch", name, len(seen), len(docs))
		}
		if ratio := float64(padded) / float64(real); ratio > test.most {
			t.Errorf("%s: %.3f padded tokens for a real one, want at most %.2f", name, ratio, test.most)
		}
		if len(programs) > 4 {
			t.Errorf("%s: scoring takes %d programs: %v", name, len(programs), programs)
		}
	}
}

func uniform(n, length int) []int {
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = length
	}
	return lengths
}

func TestTrainingBatches(t *testing.T) {
	docs := ofLengths(newsLengths(400, 128)...)
	shortest := shortestRow(docs, 128)
	real, padded, programs := 0, 0, make(map[int]int)
	order := epochStream{n: len(docs)}
	for range 200 {
		mini := at(docs, order.next(16))
		b := trainingBatch(mini, &fineTuned{maxTokens: 128}, 16, shortest)
		checkLayout(t, mini, b)
		if len(b.docs) != 16 || b.rows > 16 || b.length != 128 {
			t.Fatalf("%d documents in %d rows of %d", len(b.docs), b.rows, b.length)
		}
		for _, doc := range mini {
			real += tokensOf(doc)
		}
		padded += b.rows * b.length
		programs[b.rows]++
	}
	if ratio := float64(padded) / float64(real); ratio > 1.2 || len(programs) > 5 {
		t.Errorf("%.3f padded tokens for a real one; rows: %v", ratio, programs)
	}
}

func TestRowCount(t *testing.T) {
	for n, want := range map[int]int{1: 1, 7: 7, 8: 8, 9: 10, 10: 10, 15: 16, 17: 20, 33: 40} {
		if got := rowCount(n); got != want {
			t.Errorf("%d rows become %d, want %d", n, got, want)
		}
	}
}

// Whatever the lengths, every document is in a batch once.
func FuzzPacking(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200}, 128)
	f.Fuzz(func(t *testing.T, lengths []byte, limit int) {
		limit = 1 + max(0, limit)%600
		var all []int
		for _, n := range lengths {
			all = append(all, min(int(n)*3, limit))
		}
		docs, packed := ofLengths(all...), 0
		for _, b := range packedBatches(docs, limit, 2048) {
			checkLayout(t, docs, b)
			packed += len(b.docs)
		}
		if packed != len(docs) {
			t.Errorf("%d of %d documents are in a batch", packed, len(docs))
		}
	})
}

func TestTokensAreCounted(t *testing.T) {
	c := readyTiny(t)
	before, room := c.Tokens()
	var docs []corpus.Document
	for d := range pool(20, nil) {
		docs = append(docs, d)
	}
	if _, err := c.Probabilities(t.Context(), docs, nil); err != nil {
		t.Fatal(err)
	}
	encoded, err := c.encode(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, d := range encoded {
		want += len(d.ids)
	}
	real, padded := c.Tokens()
	rooms := 0
	for _, b := range scoringBatches(encoded, c.arch) {
		rooms += b.rows * b.length
	}
	if real-before != want || padded-room != rooms {
		t.Errorf("%d tokens in room for %d, want %d in %d", real-before, padded-room, want, rooms)
	}
}
