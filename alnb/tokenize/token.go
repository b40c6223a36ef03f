package tokenize

import "github.com/daulet/tokenizers"

// ID returns the number of a token, such as "[MASK]", and whether the vocabulary has it.
func (t *Tokenizer) ID(token string) (int32, bool) {
	e, err := t.hf.EncodeWithOptionsErr(token, false, tokenizers.WithReturnTokens())
	if err != nil || len(e.IDs) != 1 || e.Tokens[0] != token {
		return 0, false
	}
	return int32(e.IDs[0]), true
}
