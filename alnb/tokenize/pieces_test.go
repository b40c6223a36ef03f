package tokenize

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// whole encodes a text without cutting it into pieces.
func whole(t *Tokenizer, text string) (Encoded, error) {
	ids, err := t.subWords(strings.ReplaceAll(text, "\x00", ""))
	return t.framed(ids), err
}

func foldersInPieces(t testing.TB) map[string]*Tokenizer {
	folders := make(map[string]*Tokenizer)
	for _, dir := range []string{"testdata/vocab-cased", "testdata/vocab-uncased", "testdata/vocab-accents", "../model/testdata/tiny-bert", "testdata/tiny-xlnet"} {
		tokenizer, err := OpenFolder(filepath.FromSlash(dir), 48)
		if err != nil {
			t.Fatal(err)
		}
		if tokenizer.splitter == nil {
			t.Fatalf("%s is not cut into pieces", dir)
		}
		t.Cleanup(func() { tokenizer.Close() })
		folders[dir] = tokenizer
	}
	return folders
}

// awkward are characters that normalizers and pre-tokenizers treat in ways of their own.
var awkward = []string{" ", "\t", "\n", "\r", "\r\n", "\v", "\f", "\x00", "\x01", "\x7f", "\u00a0", "\u0085", "\u2003", "\u200d", "\ufeff",
	"\u0301", "\u0308\u0323", "e\u0301", "é", "İ", "ß", "ﬁ", "Σ", "中", "国", "あ", "한", "\u1112\u1161", "🙂", "👩\u200d👩", "\ufffd", "\xff", "\xe6\x9d",
	"!", "\"", "'", "-", "—", "…", "$", "^", "`", "~", "[", "]", "[MASK]", "[CLS]", "[mask]", "[UNK]", "#", "``", "`", "''", "<", "<cls>", "<unk>", "##ing", "the", "The", "fox", "jumped", "A", "b", "7"}

func TestPiecesAreTheWhole(t *testing.T) {
	stream := rand.New(rand.NewPCG(1, 2))
	var plain []string
	for _, part := range awkward {
		if isASCII(part) {
			plain = append(plain, part)
		}
	}
	for dir, tokenizer := range foldersInPieces(t) {
		for i := range 8000 {
			parts := awkward
			if i%2 == 0 {
				parts = plain
			}
			var text strings.Builder
			for range 1 + stream.IntN(12) {
				text.WriteString(parts[stream.IntN(len(parts))])
			}
			samePieces(t, dir, tokenizer, text.String())
		}
	}
}

func samePieces(t *testing.T, dir string, tokenizer *Tokenizer, text string) {
	t.Helper()
	got, err := tokenizer.EncodeText(text)
	if err != nil {
		t.Fatal(err)
	}
	want, err := whole(tokenizer, text)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Types, want.Types) {
		t.Errorf("%s: %q:\nin pieces %v\nwhole     %v", dir, text, got.IDs, want.IDs)
	}
}

func fieldsOf(t *testing.T, raw string) (fields map[string]json.RawMessage) {
	t.Helper()
	if err := json.Unmarshal([]byte(raw), &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func FuzzPieces(f *testing.F) {
	folders := foldersInPieces(f)
	for _, text := range awkward {
		f.Add("a" + text + "b " + text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for dir, tokenizer := range folders {
			samePieces(t, dir, tokenizer, text)
		}
	})
}

func TestWhatIsNotCut(t *testing.T) {
	const (
		bert  = `{"model":{"type":"WordPiece"},"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"}}`
		xlnet = `{"model":{"type":"Unigram"},"normalizer":{"type":"Sequence","normalizers":[{"type":"Replace","pattern":{"String":"x"}}]},` +
			`"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","prepend_scheme":"always"}]}}`
	)
	for _, test := range []struct {
		file, old, new string
		cut            bool
	}{
		{bert, "", "", true},
		{bert, `}}`, `},"added_tokens":[{"content":"[X]"}]}`, true},
		{bert, `}}`, `},"added_tokens":[{"content":"x","normalized":true}]}`, false},
		{bert, `}}`, `},"added_tokens":[{"content":""}]}`, false},
		{bert, `}}`, `},"added_tokens":{}}`, false},
		{bert, "WordPiece", "BPE", false},
		{bert, "BertNormalizer", "Lowercase", false},
		{bert, "BertPreTokenizer", "Whitespace", false},
		{xlnet, "", "", true},
		{xlnet, "Unigram", "BPE", false},
		{xlnet, `"String":"x"`, `"Regex":" {2,}"`, true},
		{xlnet, `"String":"x"`, `"Regex":"a b"`, false},
		{xlnet, `"String":"x"`, `"String":"a b"`, false},
		{xlnet, `"Replace"`, `"Strip"`, false},
		{xlnet, `"WhitespaceSplit"`, `"Digits"`, false},
		{xlnet, `"always"`, `"first"`, false},
	} {
		file := strings.Replace(test.file, test.old, test.new, 1)
		if got := splitterOf(fieldsOf(t, file)) != nil; got != test.cut {
			t.Errorf("%s: cut: %v", file, got)
		}
	}
	if s := opened(t, "testdata/tiny-xlnet", 16).splitter; s.cuts("föx") || !s.cuts("fox") || s.cuts("a<mask>") {
		t.Error("XLNet's texts are cut otherwise")
	}
}

// A document costs one allocation, its ids, once its words are known: what grows with the pool stays small.
func TestAllocationsOfAText(t *testing.T) {
	tokenizer := opened(t, "../model/testdata/tiny-bert", 64)
	text := strings.Repeat("The quick brown fox, again. ", 8)
	encode := func() {
		if _, err := tokenizer.EncodeText(text); err != nil {
			t.Fatal(err)
		}
	}
	encode()
	if n := testing.AllocsPerRun(100, encode); n > 1 {
		t.Errorf("%g allocations a text, want 1", n)
	}
	words := strings.Fields(text)
	encodeWords := func() {
		if _, err := tokenizer.EncodeWords(words); err != nil {
			t.Fatal(err)
		}
	}
	encodeWords()
	if n := testing.AllocsPerRun(100, encodeWords); n > 2 { // also the positions
		t.Errorf("%g allocations a list of words, want 2", n)
	}
}

// Words that come up again are remembered, up to a limit.
func TestMemoIsBounded(t *testing.T) {
	tokenizer := opened(t, "../model/testdata/tiny-bert", 64)
	for i := range maxRemembered + 10 {
		tokenizer.memo.put(fmt.Sprint(i), []int32{1})
	}
	if n := len(tokenizer.memo.known); n > maxRemembered {
		t.Errorf("%d pieces are remembered, the most is %d", n, maxRemembered)
	}
	tokenizer.memo.put(strings.Repeat("a", maxPiece+1), []int32{1})
	if _, ok := tokenizer.memo.known[strings.Repeat("a", maxPiece+1)]; ok {
		t.Error("a long piece is remembered")
	}
}
