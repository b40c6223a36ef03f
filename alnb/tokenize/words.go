package tokenize

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

// Encoded is a document as sub-words, special tokens included, cut to the tokenizer's limit. Its slices may be shared
// with other documents: they are for reading.
type Encoded struct {
	IDs   []int32
	Types []int32 // the token type (segment) of each
	First []int32 // of a list of words: for each word the position of its first sub-word; −1 where it has none, or none before the cut
	Cut   int     // words of the list that have sub-words, all of them past the cut
}

// EncodeText encodes a text. U+0000 is left out; what is not UTF-8 counts as U+FFFD.
func (t *Tokenizer) EncodeText(text string) (Encoded, error) {
	var room [256]int32
	ids, err := t.appendText(room[:0], text)
	if err != nil {
		return Encoded{}, fmt.Errorf("tokenize: encode a text of %d bytes: %w", len(text), err)
	}
	return t.framed(ids), nil
}

// framed puts sub-words between the special tokens, as many as the limit allows: Hugging Face's truncation does the
// same, at the right, but doesn't tell what it dropped.
func (t *Tokenizer) framed(ids []int32) Encoded {
	ids = ids[:min(len(ids), t.room())]
	return Encoded{IDs: t.frame.around(ids), Types: t.frame.types(len(ids))}
}

// room is how many sub-words there may be between the special tokens.
func (t *Tokenizer) room() int { return t.maxTokens - t.frame.size() }

// EncodeWords encodes a list of words, as Python's tokenizer(words, is_split_into_words=True) does: each word by itself,
// so that every sub-word is of one word. A word may give none. U+0000 is left out; what is not UTF-8 counts as U+FFFD.
//
// To encode the words joined by spaces, and find each sub-word's word by its offset, is wrong where a normalizer like
// that of XLNet drops all characters of a word: Hugging Face's offsets are off there.
func (t *Tokenizer) EncodeWords(words []string) (Encoded, error) {
	var room [256]int32
	ids := room[:0]
	first := make([]int32, len(words))
	cut := 0
	known := t.lookUp()
	defer known.close()
	for i, word := range words {
		own, err := known.ids(corpus.Clean(word))
		if err != nil {
			return Encoded{}, fmt.Errorf("tokenize: encode word %d of %d, of %d bytes: %w", i+1, len(words), len(word), err)
		}
		switch {
		case len(own) == 0:
			first[i] = -1
		case len(ids) >= t.room():
			first[i] = -1
			cut++
		default:
			first[i] = int32(len(t.frame.head) + len(ids))
		}
		ids = append(ids, own...)
	}
	out := t.framed(ids)
	out.First, out.Cut = first, cut
	return out, nil
}

// appendText appends a text's sub-words to ids, at least as many as there is room for.
func (t *Tokenizer) appendText(ids []int32, text string) ([]int32, error) {
	text = corpus.Clean(text)
	if !t.splitter.cuts(text) {
		whole, err := t.subWords(text)
		return append(ids, whole...), err
	}
	known := t.lookUp()
	defer known.close()
	for room := t.room(); len(ids) < room; {
		var piece string
		if piece, text = t.splitter.next(text); piece == "" {
			break
		}
		own, err := known.ids(piece)
		if err != nil {
			return nil, err
		}
		ids = append(ids, own...)
	}
	return ids, nil
}

// subWords returns all sub-words of a text, from Hugging Face's tokenizer.
func (t *Tokenizer) subWords(text string) ([]int32, error) {
	e, err := t.hf.EncodeWithOptionsErr(text, false)
	return signed(e.IDs), err
}

// EncodeTexts encodes every text, in order, using all processors. When ctx ends it returns its error.
func (t *Tokenizer) EncodeTexts(ctx context.Context, texts []string) ([]Encoded, error) {
	if t.caches(texts) {
		return t.encodeCached(ctx, texts)
	}
	return inParallel(ctx, texts, t.EncodeText)
}

// EncodeWordLists encodes every list of words, in order, using all processors. When ctx ends it returns its error.
func (t *Tokenizer) EncodeWordLists(ctx context.Context, lists [][]string) ([]Encoded, error) {
	return inParallel(ctx, lists, t.EncodeWords)
}
