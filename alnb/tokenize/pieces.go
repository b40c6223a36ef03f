package tokenize

import (
	"encoding/json"
	"strings"
)

// A splitter cuts texts into pieces that can be encoded one by one: a text's sub-words are those of its pieces, in order.
// That holds for BERT's tokenizers, whose normalizer looks at characters one by one (its Unicode decomposition reorders
// combining marks, but never past an ASCII character), whose pre-tokenizer cuts at white space and around punctuation, and
// whose WordPiece looks at words one by one. Tokens that are looked for in the text as it stands, such as [MASK], come
// before all that: a text with one of them is not cut.
type splitter struct {
	whole []string // texts that contain one of these are not cut
}

// splitterOf returns the splitter for a tokenizer.json; nil where its texts can't be cut.
func splitterOf(fields map[string]json.RawMessage) *splitter {
	var model, normalizer, preTokenizer struct {
		Type string `json:"type"`
	}
	var added []addedToken
	for name, into := range map[string]any{
		"model": &model, "normalizer": &normalizer, "pre_tokenizer": &preTokenizer, "added_tokens": &added,
	} {
		if raw := fields[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil
		}
	}
	if model.Type != "WordPiece" || normalizer.Type != "BertNormalizer" || preTokenizer.Type != "BertPreTokenizer" {
		return nil
	}
	s := new(splitter)
	for _, token := range added {
		if token.Content == "" || token.Normalized { // the latter are looked for in the normalized text
			return nil
		}
		s.whole = append(s.whole, token.Content)
	}
	return s
}

// cuts tells whether a text can be cut.
func (s *splitter) cuts(text string) bool {
	for _, token := range s.whole {
		if strings.Contains(text, token) {
			return false
		}
	}
	return true
}

// next returns the first piece of a text and what comes after it; an empty piece where there is none.
func (s *splitter) next(text string) (piece, rest string) {
	begin := 0
	for begin < len(text) && kinds[text[begin]] == space {
		begin++
	}
	end := begin
	for end < len(text) && kinds[text[end]] == letter {
		end++
	}
	if end == begin && end < len(text) { // punctuation stands alone
		end++
	}
	return text[begin:end], text[end:]
}

// The kinds of bytes. The bytes of characters beyond ASCII count as letters, as do control characters, which the
// normalizer drops from within words.
const (
	letter = iota
	space
	punctuation
)

var kinds = func() (kinds [256]byte) {
	for _, c := range []byte(" \t\n\r") {
		kinds[c] = space
	}
	for _, c := range []byte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") {
		kinds[c] = punctuation
	}
	return kinds
}()
