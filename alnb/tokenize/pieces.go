package tokenize

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// A splitter cuts texts into pieces that can be encoded one by one: a text's sub-words are those of its pieces, in order.
//
// That holds for BERT's tokenizers, whose normalizer looks at characters one by one (its Unicode decomposition reorders
// combining marks, but never past an ASCII character), whose pre-tokenizer cuts at white space and around punctuation, and
// whose WordPiece looks at words one by one. It holds for XLNet's, which cuts at white space only, as long as a text is
// ASCII: beyond, its normalizer looks at several characters together. Tokens that are looked for in the text as it
// stands, such as [MASK], come before all that: a text with one of them is not cut.
type splitter struct {
	whole []string // texts that contain one of these are not cut
	ascii bool     // nor those that are not ASCII
	kinds *[256]kind
}

// part is a part of a tokenizer.json, as far as it matters here.
type part struct {
	Type          string `json:"type"`
	Normalizers   []part `json:"normalizers"`
	PreTokenizers []part `json:"pretokenizers"`
	Prepend       string `json:"prepend_scheme"`
	Pattern       struct{ String, Regex string }
}

// splitterOf returns the splitter for a tokenizer.json; nil where its texts can't be cut.
func splitterOf(fields map[string]json.RawMessage) *splitter {
	var model, normalizer, preTokenizer part
	var added []addedToken
	for name, into := range map[string]any{
		"model": &model, "normalizer": &normalizer, "pre_tokenizer": &preTokenizer, "added_tokens": &added,
	} {
		if raw := fields[name]; raw != nil && json.Unmarshal(raw, into) != nil {
			return nil
		}
	}
	var s splitter
	switch {
	case model.Type == "WordPiece" && normalizer.Type == "BertNormalizer" && preTokenizer.Type == "BertPreTokenizer":
		s.kinds = kinds(spaces, punctuations)
	case model.Type == "Unigram" && normalizer.staysInWords() && preTokenizer.splitsWords():
		s.kinds, s.ascii = kinds(spaces, ""), true
	default:
		return nil
	}
	for _, token := range added {
		if token.Content == "" || token.Normalized { // the latter are looked for in the normalized text
			return nil
		}
		s.whole = append(s.whole, token.Content)
	}
	return &s
}

// staysInWords tells whether a normalizer changes each word of an ASCII text as if it were alone.
func (p part) staysInWords() bool {
	switch p.Type {
	case "Sequence":
		return !slices.ContainsFunc(p.Normalizers, func(n part) bool { return !n.staysInWords() })
	case "Replace":
		return p.Pattern.Regex == " {2,}" || p.Pattern.String != "" && !strings.ContainsAny(p.Pattern.String, spaces)
	case "NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase", "Precompiled":
		return true
	}
	return false
}

// splitsWords tells whether a pre-tokenizer cuts at white space before it does anything else, and treats the words alike.
func (p part) splitsWords() bool {
	return p.Type == "Sequence" && len(p.PreTokenizers) == 2 && p.PreTokenizers[0].Type == "WhitespaceSplit" &&
		p.PreTokenizers[1].Type == "Metaspace" && p.PreTokenizers[1].Prepend == "always"
}

// cuts tells whether a text can be cut.
func (s *splitter) cuts(text string) bool {
	if s == nil || s.ascii && !isASCII(text) {
		return false
	}
	for _, token := range s.whole {
		if strings.Contains(text, token) {
			return false
		}
	}
	return true
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// next returns the first piece of a text and what comes after it; an empty piece where there is none.
func (s *splitter) next(text string) (piece, rest string) {
	begin := 0
	for begin < len(text) && s.kinds[text[begin]] == space {
		begin++
	}
	end := begin
	for end < len(text) && s.kinds[text[end]] == letter {
		end++
	}
	if end == begin && end < len(text) { // punctuation stands alone
		end++
	}
	return text[begin:end], text[end:]
}

// A kind is what a byte is to a splitter. The bytes of characters beyond ASCII count as letters, as do control
// characters, which normalizers drop from within words.
type kind byte

const (
	letter kind = iota
	space
	punctuation
)

const (
	spaces       = " \t\n\r"
	punctuations = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

func kinds(spaces, punctuations string) *[256]kind {
	var all [256]kind
	for i := range len(spaces) {
		all[spaces[i]] = space
	}
	for i := range len(punctuations) {
		all[punctuations[i]] = punctuation
	}
	return &all
}
