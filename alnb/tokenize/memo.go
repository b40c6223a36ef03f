package tokenize

import (
	"strings"
	"sync"
)

const (
	maxRemembered = 1 << 17 // pieces; with their ids they take about 12 MB
	maxPiece      = 64      // bytes; longer ones hardly come up again
)

// A memo remembers the sub-words of pieces of text: a corpus has far fewer different words than words.
type memo struct {
	mu    sync.RWMutex
	known map[string][]int32
}

// put remembers a piece's ids. When there are too many pieces, all others are forgotten.
func (m *memo) put(piece string, ids []int32) {
	if len(piece) > maxPiece {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = make(map[string][]int32)
	}
	m.known[strings.Clone(piece)] = ids // the piece would keep its whole text alive
}

// A lookup reads a tokenizer's memo under one lock, which it gives up only to encode what is missing.
type lookup struct{ of *Tokenizer }

func (t *Tokenizer) lookUp() lookup {
	t.memo.mu.RLock()
	return lookup{t}
}

func (l lookup) close() { l.of.memo.mu.RUnlock() }

// ids returns the sub-words of a piece.
func (l lookup) ids(piece string) ([]int32, error) {
	memo := &l.of.memo
	if ids, ok := memo.known[piece]; ok {
		return ids, nil
	}
	memo.mu.RUnlock()
	defer memo.mu.RLock()
	ids, err := l.of.subWords(piece)
	if err == nil {
		memo.put(piece, ids)
	}
	return ids, err
}
