package twins

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func of(texts []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, text := range texts {
			if !yield(text, nil) {
				return
			}
		}
	}
}

func TestNear(t *testing.T) {
	long := "the quick brown fox jumps over the lazy dog and then it runs away from the angry farmer who owns the field"
	for name, test := range map[string]struct {
		texts []string
		want  [][]int
	}{
		"none":                        {nil, [][]int{}},
		"all differ":                  {[]string{"a", "b", "a b", "b a", "..."}, [][]int{}},
		"the same":                    {[]string{"x", "a b", "y", "a b", "a b"}, [][]int{{1, 3, 4}}},
		"case":                        {[]string{"STRASSE", "Straße", "ΣΊΣΥΦΟΣ", "σίσυφος"}, [][]int{{0, 1}, {2, 3}}},
		"white space":                 {[]string{"a\u00a0 b\r\n", "\u2003a\u2028b", "ab"}, [][]int{{0, 1}}},
		"nothing":                     {[]string{"", " ", "\n", "a"}, [][]int{{0, 1, 2}}},
		"signs alone":                 {[]string{"?!", "? !", "?!", "..."}, [][]int{{0, 2}}},
		"punctuation":                 {[]string{"It froze, again!", "it froze again", "it froze again and again"}, [][]int{{0, 1}}},
		"a word at the end":           {[]string{long, "other", long + " today"}, [][]int{{0, 2}}}, // 20 of 21 shingles
		"a word in the middle":        {[]string{long, strings.Replace(long, "then", "now", 1)}, [][]int{}},
		"two groups, in order":        {[]string{"b", "a", "A", "B", "c"}, [][]int{{0, 3}, {1, 2}}},
		"repeated and alike":          {[]string{long, long + " today", long, long + " TODAY"}, [][]int{{0, 1, 2, 3}}},
		"linked through one between":  {chain(long), [][]int{{0, 1, 2}}},
		"emoji and right to left":     {[]string{"👩\u200d🚀 up", "👩\u200d🚀  UP", "שלום עולם", "שלום  עולם", "👩🚀 up"}, [][]int{{0, 1}, {2, 3}}},
		"the same words, other order": {[]string{"one two three four", "four three two one"}, [][]int{}},
	} {
		got, err := Near(t.Context(), of(test.texts), Threshold)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}

// chain are three texts of which the first and the last are less alike than the threshold.
func chain(text string) []string { // of 20 shingles, 23 and 26: 20/23, 23/26, 20/26
	return []string{text, text + " where corn grows", text + " where corn grows high in summer"}
}

func TestMistakesAreSentences(t *testing.T) {
	broken := func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("", errors.New("the disk is gone"))
	}
	calls := 0
	shrinking := func(yield func(string, error) bool) {
		calls++
		_ = yield("a", nil) && (calls > 1 || yield("b", nil))
	}
	growing := func(yield func(string, error) bool) {
		calls++
		_ = yield("a", nil) && (calls%2 == 1 || yield("b", nil))
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		want      string
		ctx       context.Context
		texts     iter.Seq2[string, error]
		threshold float64
	}{
		{"twins: the threshold is 0, not a share above 0 and up to 1", t.Context(), of(nil), 0},
		{"twins: the threshold is 1.1", t.Context(), of(nil), 1.1},
		{"twins: the disk is gone", t.Context(), broken, 0.8},
		{"twins: context canceled", stopped, of([]string{"a"}), 0.8},
		{"there were 2 texts, the second time 1", t.Context(), shrinking, 0.8},
		{"there were more texts the second time", t.Context(), growing, 0.8},
	} {
		calls = 0
		if _, err := Near(test.ctx, test.texts, test.threshold); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("want %q, got %v", test.want, err)
		}
	}
}

// made returns texts some of which are others with words changed.
func made(random *rand.Rand, n, words, vocabulary int) []string {
	texts := make([]string, n)
	for i := range texts {
		list := make([]string, words/2+random.IntN(words))
		for k := range list {
			list[k] = fmt.Sprintf("w%d", random.IntN(vocabulary))
		}
		if i > 0 && random.IntN(3) == 0 {
			list = strings.Fields(texts[random.IntN(i)])
			for range random.IntN(4) {
				list[random.IntN(len(list))] = fmt.Sprintf("w%d", random.IntN(vocabulary))
			}
		}
		texts[i] = strings.Join(list, " ")
		if random.IntN(10) == 0 {
			texts[i] = strings.ToUpper(texts[i]) + "\n"
		}
	}
	return texts
}

// brute compares all pairs.
func brute(texts []string, threshold float64) [][]int {
	linked := newUnion(len(texts))
	numbers := make([]int32, len(texts))
	for i := range texts {
		numbers[i] = int32(i)
		for j := range i {
			a, b := sets(texts[i]), sets(texts[j])
			shared := 0
			for s := range a {
				if b[s] {
					shared++
				}
			}
			either := len(a) + len(b) - shared
			if fold(texts[i]) == fold(texts[j]) || either > 0 && float64(shared)/float64(either) >= threshold {
				linked.join(int32(i), int32(j))
			}
		}
	}
	return linked.groups(numbers)
}

// sets are shingles as texts, of words that are separated by white space.
func sets(text string) map[string]bool {
	words := strings.Fields(fold(text))
	out := make(map[string]bool)
	for i := range max(1, len(words)-width+1) {
		out[strings.Join(words[i:min(i+width, len(words))], " ")] = true
	}
	return out
}

func TestNearIsWhatAllPairsGive(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	found := 0
	for range 300 {
		threshold := []float64{0.3, 0.5, 0.7, 0.8, 0.9, 1}[random.IntN(6)]
		texts := made(random, 2+random.IntN(40), 4+random.IntN(40), 3+random.IntN(200))
		got, err := Near(t.Context(), of(texts), threshold)
		if want := brute(texts, threshold); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("at %g: %v, %v; want %v, of %q", threshold, got, err, want, texts)
		}
		found += len(got)
	}
	if found < 500 {
		t.Errorf("only %d groups in all; the texts show little", found)
	}
}

// Many texts that are alike cost no more than others: no step is quadratic.
func TestManyTwins(t *testing.T) {
	const n = 20000
	random := rand.New(rand.NewPCG(3, 4))
	frame := made(random, 1, 60, 1000)[0]
	for name, text := range map[string]func(i int) string{
		"the same":            func(int) string { return frame },
		"alike":               func(i int) string { return fmt.Sprint(frame, " number ", i) },
		"not quite so alike":  func(i int) string { return fmt.Sprint(i, " and ", i+1, " and ", i+2, " ", frame) },
		"from one to another": func(i int) string { return strings.Join(strings.Fields(frame)[i%40:], " ") },
	} {
		texts := make([]string, n)
		for i := range texts {
			texts[i] = text(i)
		}
		start := time.Now()
		groups, err := Near(t.Context(), of(texts), 0.8)
		if err != nil {
			t.Fatal(err)
		}
		if (name == "the same" || name == "alike") && (len(groups) != 1 || len(groups[0]) != n) {
			t.Errorf("%s: %d groups", name, len(groups))
		}
		t.Logf("%s: %d groups in %v", name, len(groups), time.Since(start).Round(time.Millisecond))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: it took %v", name, took)
		}
	}
}

// 100,000 documents of about 100 words.
func BenchmarkNear(b *testing.B) {
	texts := made(rand.New(rand.NewPCG(5, 6)), 100_000, 100, 50_000)
	bytes := 0
	for _, text := range texts {
		bytes += len(text)
	}
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		groups, err := Near(b.Context(), of(texts), Threshold)
		if err != nil || len(groups) < 1000 {
			b.Fatalf("%d groups, %v", len(groups), err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/1e6, "heap-MB")
	slices.Sort(texts) // they were in use all the time
}
