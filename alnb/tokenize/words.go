package tokenize

import (
	"context"
	"fmt"

	"github.com/daulet/tokenizers"

	"github.com/alnb/alnb/alnb/corpus"
)

// Encoded is a document as sub-words, special tokens included, cut to the tokenizer's limit.
type Encoded struct {
	IDs   []int32
	Types []int32 // the token type (segment) of each
	First []int32 // of a list of words: for each word the position of its first sub-word; −1 where it has none, or none before the cut
	Cut   int     // words of the list that have sub-words, all of them past the cut
}

// EncodeText encodes a text. U+0000 is left out; what is not UTF-8 counts as U+FFFD.
func (t *Tokenizer) EncodeText(text string) (Encoded, error) {
	e, err := t.encode(text)
	if err != nil {
		return Encoded{}, fmt.Errorf("tokenize: encode a text of %d bytes: %w", len(text), err)
	}
	out, _ := t.between(e, e.ids[e.head:e.tail], e.types[e.head:e.tail])
	return out, nil
}

// EncodeWords encodes a list of words, as Python's tokenizer(words, is_split_into_words=True) does: each word by itself,
// so that every sub-word is of one word. A word may give none. U+0000 is left out; what is not UTF-8 counts as U+FFFD.
//
// To encode the words joined by spaces, and find each sub-word's word by its offset, takes half the time, but is wrong
// where a normalizer like that of XLNet drops all characters of a word: Hugging Face's offsets are off there.
func (t *Tokenizer) EncodeWords(words []string) (Encoded, error) {
	frame := t.empty
	var ids, types []uint32
	begins := make([]int, len(words)) // of each word's sub-words in ids; −1 where it has none
	for i, word := range words {
		e, err := t.encode(word)
		if err != nil {
			return Encoded{}, fmt.Errorf("tokenize: encode word %d of %d, of %d bytes: %w", i+1, len(words), len(word), err)
		}
		if e.head == e.tail {
			begins[i] = -1
			continue
		}
		frame, begins[i] = e, len(ids)
		ids, types = append(ids, e.ids[e.head:e.tail]...), append(types, e.types[e.head:e.tail]...)
	}
	out, kept := t.between(frame, ids, types)
	out.First = make([]int32, len(words))
	for i, begin := range begins {
		switch {
		case begin < 0:
			out.First[i] = -1
		case begin >= kept:
			out.First[i] = -1
			out.Cut++
		default:
			out.First[i] = int32(frame.head + begin)
		}
	}
	return out, nil
}

// EncodeTexts encodes every text, in order, using all processors. When ctx ends it returns its error.
func (t *Tokenizer) EncodeTexts(ctx context.Context, texts []string) ([]Encoded, error) {
	return inParallel(ctx, texts, t.EncodeText)
}

// EncodeWordLists encodes every list of words, in order, using all processors. When ctx ends it returns its error.
func (t *Tokenizer) EncodeWordLists(ctx context.Context, lists [][]string) ([]Encoded, error) {
	return inParallel(ctx, lists, t.EncodeWords)
}

// subWords are those of a text, with the special tokens that the tokenizer adds before head and from tail on.
type subWords struct {
	ids, types []uint32
	head, tail int
}

func (t *Tokenizer) encode(text string) (subWords, error) {
	e, err := t.hf.EncodeWithOptionsErr(corpus.Clean(text), true, tokenizers.WithReturnTypeIDs(), tokenizers.WithReturnSpecialTokensMask())
	if err != nil {
		return subWords{}, err
	}
	s := subWords{ids: e.IDs, types: e.TypeIDs, tail: len(e.IDs)}
	for s.head < s.tail && e.SpecialTokensMask[s.head] != 0 {
		s.head++
	}
	for s.head < s.tail && e.SpecialTokensMask[s.tail-1] != 0 {
		s.tail--
	}
	return s, nil
}

// between puts sub-words between the frame's special tokens, as many as the limit allows, and returns how many: Hugging
// Face's truncation does the same, at the right, but doesn't tell what it dropped.
func (t *Tokenizer) between(frame subWords, ids, types []uint32) (out Encoded, kept int) {
	kept = min(len(ids), t.maxTokens-frame.head-(len(frame.ids)-frame.tail))
	put := func(frameOf, of []uint32) []int32 {
		all := make([]int32, 0, len(frameOf)-(frame.tail-frame.head)+kept)
		for _, part := range [][]uint32{frameOf[:frame.head], of[:kept], frameOf[frame.tail:]} {
			for _, v := range part {
				all = append(all, int32(v))
			}
		}
		return all
	}
	return Encoded{IDs: put(frame.ids, ids), Types: put(frame.types, types)}, kept
}
