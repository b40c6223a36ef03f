package tokenize

import (
	"context"
	"path/filepath"
	"slices"
	"sync"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/tokencache"
)

// version names the code that makes ids out of texts; another gives other keys in the cache.
const version = "alnb 1, daulet/tokenizers 1.26.0"

const (
	worthCaching = 256  // texts in one call; fewer are encoded in a moment
	cachedAtOnce = 8192 // texts that are looked up, encoded and written together
)

// A diskCache is the cache of ids in alnb's folder, opened when it is first needed.
type diskCache struct {
	once  sync.Once
	cache *tokencache.Cache
}

// open returns nil where there can't be a cache: it only saves time.
func (d *diskCache) open() *tokencache.Cache {
	d.once.Do(func() {
		if folder, err := home.Dir(); err == nil {
			d.cache, _ = tokencache.Open(filepath.Join(folder, home.Tokens), tokencache.DefaultLimit)
		}
	})
	return d.cache
}

func (d *diskCache) close() error {
	d.once.Do(func() {})
	if d.cache == nil {
		return nil
	}
	return d.cache.Close()
}

// caches tells whether to use the cache on disk: for many texts, some of which may have to be encoded whole. To encode
// one piece by piece takes no longer than to read it from there.
func (t *Tokenizer) caches(texts []string) bool {
	return len(texts) >= worthCaching && (t.splitter == nil || t.splitter.ascii)
}

// encodeCached is EncodeTexts with ids kept on disk.
func (t *Tokenizer) encodeCached(ctx context.Context, texts []string) ([]Encoded, error) {
	out := make([]Encoded, 0, len(texts))
	for some := range slices.Chunk(texts, cachedAtOnce) {
		found, err := inParallel(ctx, some, t.lookUpText)
		if err != nil {
			return nil, err
		}
		var keys []tokencache.Key
		var ids [][]int32
		for _, f := range found {
			out = append(out, f.Encoded)
			if f.fresh {
				keys, ids = append(keys, f.key), append(ids, f.IDs[len(t.frame.head):len(f.IDs)-len(t.frame.tail)])
			}
		}
		if len(keys) > 0 {
			t.disk.open().Put(keys, ids) // an error is of no consequence: it is encoded again next time
		}
	}
	return out, nil
}

// lookedUp is an encoded text, and whether it is missing in the cache.
type lookedUp struct {
	Encoded
	key   tokencache.Key
	fresh bool
}

func (t *Tokenizer) lookUpText(text string) (lookedUp, error) {
	text = corpus.Clean(text)
	if t.splitter.cuts(text) {
		e, err := t.EncodeText(text)
		return lookedUp{Encoded: e}, err
	}
	cache := t.disk.open()
	if cache == nil {
		e, err := t.EncodeText(text)
		return lookedUp{Encoded: e}, err
	}
	var room [256]int32
	key := tokencache.KeyOf(t.print, text)
	if ids, ok := cache.Get(key, room[:0]); ok {
		return lookedUp{Encoded: t.framed(ids), key: key}, nil
	}
	e, err := t.EncodeText(text)
	return lookedUp{Encoded: e, key: key, fresh: true}, err
}
