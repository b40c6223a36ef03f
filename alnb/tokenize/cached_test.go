package tokenize

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/alnb/alnb/alnb/tokencache"
)

func manyTexts() []string {
	texts := make([]string, 3*worthCaching)
	for i := range texts {
		texts[i] = fmt.Sprintf("The föx no. %d\x00 jumped \"over\" ``it'' %d times.", i%(2*worthCaching), i*i)
	}
	return texts
}

// What comes from the disk is what the tokenizer gives, and what another limit gives is another entry.
func TestTextsFromTheCache(t *testing.T) {
	t.Setenv("ALNB_HOME", t.TempDir())
	texts := manyTexts()
	for _, limit := range []int{8, 64, 64, 8} {
		tokenizer := opened(t, "testdata/tiny-xlnet", limit)
		got, err := tokenizer.EncodeTexts(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range texts {
			want, err := whole(tokenizer, text)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "tiny-xlnet", limit, text, got[i], want)
		}
		for _, text := range texts {
			if _, ok := tokenizer.disk.cache.Get(tokencache.KeyOf(tokenizer.print, text), nil); ok {
				t.Fatalf("%q is kept with its U+0000", text)
			}
		}
	}
}

// Texts that are encoded piece by piece are not kept.
func TestWhatIsNotCached(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("ALNB_HOME", folder)
	texts := slices.Repeat([]string{"The fox jumped."}, 2*worthCaching)
	for _, dir := range []string{"testdata/tiny-xlnet", "testdata/vocab-cased"} {
		if _, err := opened(t, dir, 16).EncodeTexts(t.Context(), texts); err != nil {
			t.Fatal(err)
		}
	}
	if there, err := os.ReadDir(folder); err != nil || len(there) > 0 {
		t.Errorf("%v, %v", there, err)
	}
}

// Without a folder for it there is no cache, and all goes on.
func TestWithoutACache(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("ALNB_HOME", folder)
	if err := os.WriteFile(filepath.Join(folder, "tokens"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tokenizer := opened(t, "testdata/tiny-xlnet", 16)
	got, err := tokenizer.EncodeTexts(t.Context(), manyTexts())
	if err != nil || len(got) != len(manyTexts()) || tokenizer.disk.cache != nil {
		t.Errorf("%d encoded, %v", len(got), err)
	}
}
