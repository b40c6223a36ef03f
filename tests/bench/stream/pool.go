package main

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/keyed"
)

// pool makes up documents: words of a vocabulary, frequent and rare as in texts, about 45 a document. With punctuation
// and special tokens that makes AG News' 53 tokens on average.
func pool(words []string, n int) iter.Seq2[corpus.Document, error] {
	return func(yield func(corpus.Document, error) bool) {
		var text strings.Builder
		for i := range n {
			stream := keyed.Key{Seed: 1, Purpose: "stream", Round: i}.Stream()
			text.Reset()
			length := min(120, max(8, int(math.Exp(3.72+0.38*stream.NormFloat64()))))
			for k := range length {
				if k > 0 {
					text.WriteByte(' ')
				}
				text.WriteString(word(words, stream))
				if stream.IntN(10) == 0 {
					text.WriteByte(',')
				}
			}
			text.WriteByte('.')
			if !yield(corpus.Document{ID: fmt.Sprint(i), Text: text.String()}, nil) {
				return
			}
		}
	}
}

// word draws one: the r-th with a probability of about 1/r, and now and then one that no vocabulary has.
func word(words []string, stream *rand.Rand) string {
	if stream.IntN(50) == 0 {
		return fmt.Sprintf("%s%d", words[stream.IntN(len(words))], stream.IntN(10_000))
	}
	return words[int(math.Pow(float64(len(words)), stream.Float64()))-1]
}

// memory returns this process's resident memory, now and at its highest, in MB.
func memory() (now, highest int, err error) {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		var kB int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kB); n == 1 {
			now = kB >> 10
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kB); n == 1 {
			highest = kB >> 10
		}
	}
	return now, highest, nil
}
