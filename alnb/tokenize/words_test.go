package tokenize

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type wordsFixture struct {
	Words   [][]string
	Texts   []string
	Folders map[string]map[string]struct { // by folder and limit
		Words, Texts []encodedCase
	}
}

// encodedCase is [ids, types], of words [ids, types, first, cut].
type encodedCase struct{ Encoded }

func (c *encodedCase) UnmarshalJSON(raw []byte) error {
	fields := []any{&c.IDs, &c.Types, &c.First, &c.Cut}
	return json.Unmarshal(raw, &fields)
}

func readFixture(t *testing.T) wordsFixture {
	raw, err := os.ReadFile("testdata/words.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture wordsFixture
	if err := json.Unmarshal(raw, &fixture); err != nil {
		t.Fatal(err)
	}
	return fixture
}

func opened(t *testing.T, dir string, limit int) *Tokenizer {
	tokenizer, err := OpenFolder(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tokenizer.Close() })
	return tokenizer
}

func TestWordsAndTextsArePythons(t *testing.T) {
	fixture := readFixture(t)
	if len(fixture.Folders) != 5 {
		t.Errorf("%d folders", len(fixture.Folders))
	}
	for folder, limits := range fixture.Folders {
		for limit, want := range limits {
			n, err := strconv.Atoi(limit)
			if err != nil {
				t.Fatal(err)
			}
			tokenizer := opened(t, filepath.Join("testdata", filepath.FromSlash(folder)), n)
			got, err := tokenizer.EncodeWordLists(t.Context(), fixture.Words)
			if err != nil {
				t.Fatal(err)
			}
			for i, words := range fixture.Words {
				compare(t, folder, n, words, got[i], want.Words[i].Encoded)
			}
			if got, err = tokenizer.EncodeTexts(t.Context(), fixture.Texts); err != nil {
				t.Fatal(err)
			}
			for i, text := range fixture.Texts {
				compare(t, folder, n, text, got[i], want.Texts[i].Encoded)
				if got[i].First != nil {
					t.Errorf("%s, limit %d: %q: a text has words: %v", folder, n, text, got[i])
				}
			}
		}
	}
}

func compare(t *testing.T, folder string, limit int, what any, got, want Encoded) {
	t.Helper()
	if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Types, want.Types) || !slices.Equal(got.First, want.First) || got.Cut != want.Cut {
		t.Errorf("%s, limit %d: %q:\ngot  %v\nwant %v", folder, limit, what, got, want)
	}
}

func TestEncodingStops(t *testing.T) {
	tokenizer := opened(t, "testdata/vocab-cased", 16)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tokenizer.EncodeWordLists(ctx, [][]string{{"a"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWordsThatAreNone(t *testing.T) {
	e, err := opened(t, "testdata/vocab-cased", 16).EncodeWords(nil)
	if err != nil || e.First == nil || len(e.First) != 0 || len(e.IDs) != 2 {
		t.Errorf("no words: %+v, %v", e, err)
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	tokenizer := opened(t, "testdata/tiny-xlnet", 64)
	for _, words := range [][]string{{"\xff", "fox"}, {"a\xffb", "fox"}, {"\xe6\x9d", "fox"}} {
		e, err := tokenizer.EncodeWords(words)
		if err != nil {
			t.Fatal(err)
		}
		valid, err := tokenizer.EncodeWords([]string{strings.ToValidUTF8(words[0], "\ufffd"), "fox"})
		if err != nil {
			t.Fatal(err)
		}
		compare(t, "tiny-xlnet", 64, words, e, valid)
	}
}
