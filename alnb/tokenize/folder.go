package tokenize

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OpenFolder reads the tokenizer of a model's folder: tokenizer.json where there is one, else BERT's vocab.txt as
// transformers 5.24 reads it, with what tokenizer_config.json says of lower case, accents and Chinese characters. Texts
// are cut to maxTokens sub-words, as in [Open].
func OpenFolder(dir string, maxTokens int) (*Tokenizer, error) {
	config, err := readTokenizerConfig(dir)
	if err != nil {
		return nil, fmt.Errorf("tokenize: %s: %w", dir, err)
	}
	path := filepath.Join(dir, "tokenizer.json")
	raw, err := os.ReadFile(path)
	switch {
	case err == nil:
		if config.isBERT() {
			raw = config.normalize(raw)
		}
		return parse(raw, path, maxTokens)
	case !errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("tokenize: read the tokenizer: %w", err)
	}
	path = filepath.Join(dir, "vocab.txt")
	vocabulary, err := readVocabulary(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		has := "has neither tokenizer.json nor vocab.txt"
		if _, err := os.Stat(filepath.Join(dir, "spiece.model")); err == nil {
			has = "has no tokenizer.json; spiece.model isn't read"
		}
		return nil, fmt.Errorf("tokenize: %s %s; %s", dir, has, remedy)
	case err != nil:
		return nil, fmt.Errorf("tokenize: %w", err)
	}
	if !config.isBERT() {
		return nil, fmt.Errorf("tokenize: %s: its tokenizer is a %s; %s", dir, config.Class, remedy)
	}
	raw, err = wordPiece(dir, config, vocabulary)
	if err != nil {
		return nil, fmt.Errorf("tokenize: %s: %w", dir, err)
	}
	return parse(raw, path, maxTokens)
}

// tokenizerConfig is what tokenizer_config.json says of how texts are cleaned and cut.
type tokenizerConfig struct {
	Class         string `json:"tokenizer_class"`
	LowerCase     bool   `json:"do_lower_case"`
	StripAccents  *bool  `json:"strip_accents"` // nil: where it lower-cases
	SplitsChinese bool   `json:"tokenize_chinese_chars"`
	Side          string `json:"truncation_side"`
}

func readTokenizerConfig(dir string) (tokenizerConfig, error) {
	config := tokenizerConfig{LowerCase: true, SplitsChinese: true, Side: "right"} // for DistilBERT and ELECTRA, too
	err := readJSON(dir, "tokenizer_config.json", &config)
	if err == nil && config.Side != "right" {
		err = fmt.Errorf("tokenizer_config.json: truncation_side is %q; supported is \"right\": texts are cut at their end", config.Side)
	}
	return config, err
}

// isBERT tells whether Python reads the folder with BERT's tokenizer.
func (c tokenizerConfig) isBERT() bool {
	switch strings.TrimSuffix(c.Class, "Fast") {
	case "", "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer":
		return true
	}
	return false
}

type object = map[string]any

func (c tokenizerConfig) normalizer() object {
	return object{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": c.SplitsChinese,
		"strip_accents": c.StripAccents, "lowercase": c.LowerCase}
}

// normalize returns a WordPiece tokenizer.json with the normalizer that Python 5.24 puts over the file's: what
// tokenizer_config.json says counts. Others, and what can't be read, are returned as they are.
func (c tokenizerConfig) normalize(raw []byte) []byte {
	var fields map[string]json.RawMessage
	var model struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &fields) != nil || json.Unmarshal(fields["model"], &model) != nil || model.Type != "WordPiece" {
		return raw
	}
	normalizer, err := json.Marshal(c.normalizer())
	if err != nil {
		return raw
	}
	fields["normalizer"] = normalizer
	if changed, err := json.Marshal(fields); err == nil {
		return changed
	}
	return raw
}

const remedy = "in Python, AutoTokenizer.from_pretrained(dir).save_pretrained(dir) writes a tokenizer.json"

// bertTokens are BERT's special tokens by their names in tokenizer_config.json, in the order in which Python appends those
// that the vocabulary lacks.
var bertTokens = [...]struct{ name, content string }{
	{"unk_token", "[UNK]"}, {"sep_token", "[SEP]"}, {"pad_token", "[PAD]"}, {"cls_token", "[CLS]"}, {"mask_token", "[MASK]"},
}

// readVocabulary reads a vocab.txt: a sub-word a line, its id the line's number, counted from 0.
func readVocabulary(path string) (map[string]int, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(raw) {
		return nil, fmt.Errorf("%s is not valid UTF-8", path)
	}
	vocabulary, id := make(map[string]int), 0
	for line := range strings.Lines(string(raw)) {
		vocabulary[strings.TrimRightFunc(line, unicode.IsSpace)] = id
		id++
	}
	for _, token := range []string{"[UNK]", "[CLS]", "[SEP]"} {
		if _, ok := vocabulary[token]; !ok {
			return nil, fmt.Errorf("%s has no line %s: it is not the vocabulary of a BERT model", path, token)
		}
	}
	return vocabulary, nil
}

// wordPiece returns the tokenizer.json that Python writes for a folder with a vocab.txt. What is beyond BERT's own is
// refused.
func wordPiece(dir string, config tokenizerConfig, vocabulary map[string]int) ([]byte, error) {
	tokens, err := specialTokens(dir)
	if err != nil {
		return nil, err
	}
	added := make([]addedToken, 0, len(tokens))
	next := len(vocabulary)
	for _, token := range tokens {
		id, known := vocabulary[token.Content]
		if !known {
			id = next
			next++
		}
		token.ID, token.Special = id, true
		added = append(added, token)
	}
	slices.SortFunc(added, func(a, b addedToken) int { return a.ID - b.ID })

	special := func(token string) object { return object{"SpecialToken": object{"id": token, "type_id": 0}} }
	sequence := func(id string, kind int) object { return object{"Sequence": object{"id": id, "type_id": kind}} }
	ids := func(token string) object {
		return object{"id": token, "ids": []int{vocabulary[token]}, "tokens": []string{token}}
	}
	return json.Marshal(object{
		"version":       "1.0",
		"added_tokens":  added,
		"normalizer":    config.normalizer(),
		"pre_tokenizer": object{"type": "BertPreTokenizer"},
		"post_processor": object{"type": "TemplateProcessing",
			"single": []object{special("[CLS]"), sequence("A", 0), special("[SEP]")},
			"pair": []object{special("[CLS]"), sequence("A", 0), special("[SEP]"), sequence("B", 1),
				{"SpecialToken": object{"id": "[SEP]", "type_id": 1}}},
			"special_tokens": object{"[CLS]": ids("[CLS]"), "[SEP]": ids("[SEP]")}},
		"decoder": object{"type": "WordPiece", "prefix": "##", "cleanup": true},
		"model": object{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
			"max_input_chars_per_word": 100, "vocab": vocabulary},
	})
}

// An addedToken is a token that is looked for in the text as it is.
type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
	Special    bool   `json:"special"`
}

// UnmarshalJSON takes a token's content alone, too.
func (t *addedToken) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &t.Content) == nil {
		return nil
	}
	type plain addedToken
	return json.Unmarshal(raw, (*plain)(t))
}

// specialTokens returns BERT's special tokens, with what the folder says of how to look for them. Other ones are refused.
func specialTokens(dir string) ([]addedToken, error) {
	var fields map[string]json.RawMessage
	if err := readJSON(dir, "tokenizer_config.json", &fields); err != nil {
		return nil, err
	}
	known := make(map[string]addedToken) // by content
	var also map[string]json.RawMessage  // added_tokens.json, which Python reads like the map where there is no decoder
	if decoder := fields["added_tokens_decoder"]; decoder != nil {
		var byID map[string]addedToken
		if err := json.Unmarshal(decoder, &byID); err != nil {
			return nil, fmt.Errorf("the added_tokens_decoder in tokenizer_config.json: %w", err)
		}
		for _, token := range byID {
			known[token.Content] = token
		}
	} else if err := errors.Join(readJSON(dir, "special_tokens_map.json", &fields), readJSON(dir, "added_tokens.json", &also)); err != nil {
		return nil, err
	}
	tokens := make([]addedToken, len(bertTokens))
	for i, bert := range bertTokens {
		tokens[i].Content = bert.content
		if raw := fields[bert.name]; raw != nil {
			if err := json.Unmarshal(raw, &tokens[i]); err != nil {
				return nil, fmt.Errorf("the %s: %w", bert.name, err)
			}
		}
		if tokens[i].Content != bert.content {
			return nil, fmt.Errorf("its %s is %q instead of %s; %s", bert.name, tokens[i].Content, bert.content, remedy)
		}
		if token, ok := known[bert.content]; ok {
			tokens[i] = token
		}
		delete(known, bert.content)
		delete(also, bert.content)
	}
	for token := range known {
		also = map[string]json.RawMessage{token: nil}
	}
	for _, name := range []string{"additional_special_tokens", "extra_special_tokens"} {
		if v := string(fields[name]); v != "" && v != "null" && v != "[]" && v != "{}" {
			return nil, fmt.Errorf("it has special tokens of its own, %s; %s", v, remedy)
		}
	}
	for token := range also {
		return nil, fmt.Errorf("the token %q was added to its vocabulary; %s", token, remedy)
	}
	return tokens, nil
}

// readJSON reads a file of the folder into v, over what is there; a file that isn't there is an empty one.
func readJSON(dir, name string, v any) error {
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
