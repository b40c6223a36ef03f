package datasets

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

// An Index finds documents again: by their IDs, or else by their texts or words. The zero value is ready for use.
type Index struct {
	ids      map[string]int
	contents map[content][]int
	of       []contents // of each document
}

// content is a hash of a text, or of words.
type content [16]byte

// contents are those of a document.
type contents struct{ text, words content }

func contentsOf(doc corpus.Document) contents {
	text := sha256.New()
	text.Write([]byte("text\x00"))
	text.Write([]byte(shown(doc)))
	words := sha256.New()
	words.Write([]byte("words"))
	for _, w := range doc.Words { // each after its length, so that no two lists run together
		words.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(w))))
		words.Write([]byte(w))
	}
	return contents{content(text.Sum(nil)[:16]), content(words.Sum(nil)[:16])}
}

// Add adds a document. It is found by its number: how many were added before.
func (x *Index) Add(doc corpus.Document) {
	if x.ids == nil {
		x.ids, x.contents = make(map[string]int), make(map[content][]int)
	}
	number := len(x.of)
	of := contentsOf(doc)
	x.of = append(x.of, of)
	x.ids[doc.ID] = number
	x.contents[of.text] = append(x.contents[of.text], number)
	if len(doc.Words) > 0 {
		x.contents[of.words] = append(x.contents[of.words], number)
	}
}

// Find returns the number of the document with the ID or, where there is none, the numbers of those with the words and the
// text, of those with the words, or of those with the text where there are no words. It is an error where the document
// with the ID is another one.
func (x *Index) Find(doc corpus.Document) ([]int, error) {
	of := contentsOf(doc)
	hasText, hasWords := doc.Text != "", len(doc.Words) > 0
	if number, ok := x.ids[doc.ID]; ok && doc.ID != "" {
		known := x.of[number]
		switch {
		case hasWords && known.words != of.words:
			return nil, fmt.Errorf("the ID %.60q is that of a document with other words, or words found in another way", doc.ID)
		case hasText && !hasWords && known.text != of.text:
			return nil, fmt.Errorf("the ID %.60q is that of another text", doc.ID)
		}
		return []int{number}, nil
	}
	if !hasWords {
		if !hasText {
			return nil, nil
		}
		return x.contents[of.text], nil
	}
	found := x.contents[of.words]
	var same []int
	for _, number := range found {
		if hasText && x.of[number].text == of.text {
			same = append(same, number)
		}
	}
	if same != nil {
		return same, nil
	}
	return found, nil
}
