package tokenize

import (
	"fmt"

	"github.com/daulet/tokenizers"
)

// A frame is what a tokenizer puts around a text's sub-words: the special tokens before and after them, and the token
// types of all.
type frame struct {
	head, tail         []int32 // ids
	headType, tailType []int32 // token types of these
	inside             int32   // token type of the sub-words
	plain              []int32 // zeros, where all token types are 0
}

// probe is a text that gives at least one sub-word in any vocabulary.
const probe = "The 1st: a é я 中 あ"

func (t *Tokenizer) readFrame() (frame, error) {
	e, err := t.hf.EncodeWithOptionsErr(probe, true, tokenizers.WithReturnTypeIDs(), tokenizers.WithReturnSpecialTokensMask())
	if err != nil {
		return frame{}, err
	}
	begin, end := 0, len(e.IDs)
	for begin < end && e.SpecialTokensMask[begin] != 0 {
		begin++
	}
	for begin < end && e.SpecialTokensMask[end-1] != 0 {
		end--
	}
	if begin == end {
		return frame{}, fmt.Errorf("it finds no sub-words in %q", probe)
	}
	f := frame{
		head: signed(e.IDs[:begin]), headType: signed(e.TypeIDs[:begin]),
		tail: signed(e.IDs[end:]), tailType: signed(e.TypeIDs[end:]),
		inside: int32(e.TypeIDs[begin]),
	}
	for _, kind := range e.TypeIDs {
		if kind != 0 {
			return f, nil
		}
	}
	f.plain = make([]int32, 512)
	return f, nil
}

func (f *frame) size() int { return len(f.head) + len(f.tail) }

// around puts ids between the special tokens.
func (f *frame) around(ids []int32) []int32 {
	out := make([]int32, 0, f.size()+len(ids))
	return append(append(append(out, f.head...), ids...), f.tail...)
}

// types returns the token types of n sub-words between the special tokens. They are not to be changed: texts share them.
func (f *frame) types(n int) []int32 {
	all := f.size() + n
	if all <= len(f.plain) {
		return f.plain[:all:all]
	}
	out := append(make([]int32, 0, all), f.headType...)
	for range n {
		out = append(out, f.inside)
	}
	return append(out, f.tailType...)
}

func signed(ids []uint32) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}
