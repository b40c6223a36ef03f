package model

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
)

// pool yields n short documents, the i-th of which has i in it, and then err where there is one.
func pool(n int, err error) iter.Seq2[corpus.Document, error] {
	return func(yield func(corpus.Document, error) bool) {
		for i := range n {
			if !yield(corpus.Document{ID: fmt.Sprint(i), Text: fmt.Sprintf("the fox %d jumped over %s", i, strings.Repeat("dogs ", i%9))}, nil) {
				return
			}
		}
		if err != nil {
			yield(corpus.Document{}, err)
		}
	}
}

func readyTiny(t *testing.T) *Classifier {
	c := openTiny(t, func(s *Transformer) { s.MaxTokens = 32 })
	adopt(t, c)
	return c
}

// The stream gives what Probabilities gives, in order, over several chunks.
func TestStreamEqualsProbabilities(t *testing.T) {
	c := readyTiny(t)
	const n = 2*chunkDocuments + 100
	var docs []corpus.Document
	for d := range pool(n, nil) {
		docs = append(docs, d)
	}
	want, err := c.Probabilities(t.Context(), docs, nil)
	if err != nil {
		t.Fatal(err)
	}
	i, told := 0, 0
	for p, err := range c.PredictStream(t.Context(), pool(n, nil), func(done int) {
		if done < told {
			t.Errorf("progress went back from %d to %d", told, done)
		}
		told = done
	}) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Document.ID != docs[i].ID || p.Document.Text != docs[i].Text {
			t.Fatalf("document %d is %v", i, p.Document)
		}
		for k := range want[i] {
			if d := p.Probabilities[k] - want[i][k]; d > 1e-5 || d < -1e-5 {
				t.Fatalf("document %d: %v, want %v", i, p.Probabilities, want[i])
			}
		}
		i++
	}
	if i != n || told != n {
		t.Errorf("%d documents, progress told of %d; want %d", i, told, n)
	}
}

func TestStreamsOfNothing(t *testing.T) {
	for range readyTiny(t).PredictStream(t.Context(), pool(0, nil), nil) {
		t.Error("it yields something")
	}
}

func lastError[T any](s iter.Seq2[T, error]) (n int, last error) {
	for _, err := range s {
		if last = err; err == nil {
			n++
		}
	}
	return n, last
}

func TestErrorsEndTheStream(t *testing.T) {
	broken := errors.New("row 3 is broken")
	if n, err := lastError(readyTiny(t).PredictStream(t.Context(), pool(chunkDocuments+3, broken), nil)); n != chunkDocuments || err != broken {
		t.Errorf("%d documents, %v", n, err)
	}
	if n, err := lastError(openTiny(t, nil).PredictStream(t.Context(), pool(3, nil), nil)); n != 0 || err != errUntrained {
		t.Errorf("untrained: %d documents, %v", n, err)
	}
}

// A stream that is interrupted ends within a second, also while it waits for documents or encodes; the model can be
// closed then.
func TestStreamIsInterrupted(t *testing.T) {
	for name, docs := range map[string]iter.Seq2[corpus.Document, error]{
		"scoring": pool(1<<30, nil),
		"waiting": func(yield func(corpus.Document, error) bool) {
			if yield(corpus.Document{Text: "the fox"}, nil) {
				time.Sleep(time.Hour)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := readyTiny(t)
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := lastError(c.PredictStream(ctx, docs, nil))
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 2500*time.Millisecond {
				t.Errorf("after %v: %v", took, err)
			}
		})
	}
}

// A consumer that stops early leaves nothing behind that uses the model.
func TestStreamIsLeft(t *testing.T) {
	c := readyTiny(t)
	n := 0
	for _, err := range c.PredictStream(t.Context(), pool(1<<30, nil), nil) {
		if n++; err != nil || n == chunkDocuments+1 {
			break
		}
	}
	if n != chunkDocuments+1 {
		t.Errorf("%d documents", n)
	}
}

// The next chunk is prepared while the present one is used, and no more than that is read ahead.
func TestOneChunkIsReadAhead(t *testing.T) {
	read := make(chan int, 100)
	chunks := func(yield func([]int, error) bool) {
		for i := range 10 {
			read <- i
			if !yield([]int{i}, nil) {
				return
			}
		}
	}
	double := func(_ context.Context, items []int) ([]int, error) { return []int{2 * items[0]}, nil }
	i := 0
	for p, err := range readAhead(t.Context(), chunks, double) {
		if err != nil || !slices.Equal(p.items, []int{i}) || !slices.Equal(p.made, []int{2 * i}) {
			t.Fatalf("%d: %v, %v", i, p, err)
		}
		time.Sleep(20 * time.Millisecond)
		if ahead := len(read); ahead != min(i+2, 10) {
			t.Errorf("at chunk %d: %d were read", i, ahead)
		}
		i++
	}
	if i != 10 {
		t.Errorf("%d chunks", i)
	}
}

func TestChunks(t *testing.T) {
	items := func(yield func(int, error) bool) {
		for _, size := range []int{1, 1, 1, 1, 9, 1, 20, 1, 1} {
			if !yield(size, nil) {
				return
			}
		}
	}
	var got []string
	for chunk, err := range Chunks(items, 3, 10, func(size int) int { return size }) {
		got = append(got, fmt.Sprint(chunk, err))
	}
	if want := []string{"[1 1 1] <nil>", "[1 9] <nil>", "[1 20] <nil>", "[1 1] <nil>"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// newsLength is a number of sub-words as AG News' documents have: 53 on average, few beyond 100.
func newsLength(i int) int { return 20 + i*7919%61 + i%9*i%13/4 }

// What is computed for padding, and what preparing a document allocates: guards that need no clock.
func TestPreparingIsCheap(t *testing.T) {
	c := openTiny(t, nil)
	c.arch.(*fineTuned).maxTokens = 128 // more than it can take; nothing is computed here
	docs := make([]document, chunkDocuments)
	real := 0
	for i := range docs {
		docs[i].ids = make([]int32, newsLength(i))
		real += len(docs[i].ids)
	}
	padded := 0
	prepare := func() {
		padded = 0
		for _, b := range scoringBatches(docs, c.arch) {
			for _, input := range c.arch.inputs(at(docs, b.docs), b.layout) {
				if tensor, ok := input.(interface{ FinalizeAll() error }); ok {
					tensor.FinalizeAll()
				}
			}
			padded += b.rows * b.length
		}
	}
	perDocument := testing.AllocsPerRun(2, prepare) / float64(len(docs))
	ratio := float64(padded) / float64(real)
	t.Logf("%.3f padded tokens a real one, %.2f allocations a document", ratio, perDocument)
	if ratio > 1.10 {
		t.Errorf("%.3f padded tokens a real one, want at most 1.10", ratio)
	}
	if perDocument > 2 {
		t.Errorf("%.2f allocations a document, want at most 2", perDocument)
	}
}
