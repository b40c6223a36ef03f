package tokenize

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const smallVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n"

func folderWith(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFoldersThatAreRefused(t *testing.T) {
	const writes = "in Python, AutoTokenizer.from_pretrained(dir).save_pretrained(dir) writes a tokenizer.json"
	vocabulary := func(name, content string) map[string]string {
		return map[string]string{"vocab.txt": smallVocabulary, name: content}
	}
	for _, test := range []struct {
		files  map[string]string
		limit  int
		wanted []string
	}{
		{nil, 8, []string{"has neither tokenizer.json nor vocab.txt", writes}},
		{map[string]string{"spiece.model": "x"}, 8, []string{"spiece.model isn't read", writes}},
		{map[string]string{"vocab.txt": "[PAD]\n[CLS]\n[SEP]\n"}, 8, []string{"vocab.txt has no line [UNK]"}},
		{map[string]string{"vocab.txt": "[UNK]\n[SEP]\n"}, 8, []string{"vocab.txt has no line [CLS]"}},
		{map[string]string{"vocab.txt": "[UNK]\n[CLS]\n"}, 8, []string{"vocab.txt has no line [SEP]"}},
		{map[string]string{"vocab.txt": ""}, 8, []string{"vocab.txt has no line [UNK]"}},
		{map[string]string{"vocab.txt": smallVocabulary + "\xff\n"}, 8, []string{"vocab.txt is not valid UTF-8"}},
		{vocabulary("tokenizer.json", "{"), 8, []string{"tokenizer.json is not JSON"}},
		{vocabulary("tokenizer.json", "{}"), 8, []string{`tokenizer.json is not a tokenizer.json: it has no "model"`}},
		{vocabulary("tokenizer_config.json", "{"), 8, []string{"tokenizer_config.json: unexpected end"}},
		{vocabulary("tokenizer_config.json", `{"do_lower_case":"no"}`), 8, []string{"tokenizer_config.json", "do_lower_case"}},
		{vocabulary("tokenizer_config.json", `{"tokenizer_class":"BertJapaneseTokenizer"}`), 8, []string{"is a BertJapaneseTokenizer", writes}},
		{vocabulary("tokenizer_config.json", `{"unk_token":"<unk>"}`), 8, []string{`its unk_token is "<unk>" instead of [UNK]`, writes}},
		{vocabulary("tokenizer_config.json", `{"extra_special_tokens":["<e1>"]}`), 8, []string{`["<e1>"]`, writes}},
		{vocabulary("tokenizer_config.json", `{"added_tokens_decoder":{"7":{"content":"<new>"}}}`), 8, []string{`the token "<new>" was added`, writes}},
		{vocabulary("special_tokens_map.json", `{"cls_token":{"content":"<s>"}}`), 8, []string{`its cls_token is "<s>"`, writes}},
		{vocabulary("added_tokens.json", `{"<new>":7}`), 8, []string{`the token "<new>" was added`, writes}},
		{vocabulary("config.json", "{}"), 2, []string{"2 tokens a text are too few"}},
	} {
		_, err := OpenFolder(folderWith(t, test.files), test.limit)
		for _, wanted := range test.wanted {
			if err == nil || !strings.Contains(err.Error(), wanted) {
				t.Errorf("%v: want %q, got %v", test.files, wanted, err)
			}
		}
	}
}

// What old checkpoints hold beside vocab.txt, and says no more than vocab.txt does.
func TestCompanionsOfVocabularies(t *testing.T) {
	for name, content := range map[string]string{
		"tokenizer_config.json":   `{"tokenizer_class":"BertTokenizerFast","strip_accents":null,"additional_special_tokens":[],"cls_token":"[CLS]","mask_token":{"__type":"AddedToken","content":"[MASK]","lstrip":false,"normalized":false}}`,
		"special_tokens_map.json": `{"unk_token":"[UNK]","mask_token":{"content":"[MASK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false}}`,
		"added_tokens.json":       `{"[MASK]":4}`,
	} {
		tokenizer, err := OpenFolder(folderWith(t, map[string]string{"vocab.txt": smallVocabulary, name: content}), 16)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e, err := tokenizer.EncodeText("A b[MASK] é")
		if want := []int32{2, 5, 6, 4, 1, 3}; err != nil || !slices.Equal(e.IDs, want) {
			t.Errorf("%s: %v, %v, want %v", name, e.IDs, err, want)
		}
		tokenizer.Close()
	}
}

// A limit in a tokenizer.json gives way to the one asked for, and so does its padding.
func TestLimitAndPaddingOfTheFile(t *testing.T) {
	for _, limit := range []int{3, 30} {
		e, err := opened(t, "../model/testdata/tiny-bert", limit).EncodeText(strings.Repeat("a ", 100))
		if err != nil || len(e.IDs) != limit || e.IDs[0] != 2 || e.IDs[limit-1] != 3 {
			t.Errorf("limit %d: %v, %v", limit, e.IDs, err)
		}
	}
}
