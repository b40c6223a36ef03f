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
			d.cache, _ = tokencache.Open(filepath.Join(folder, "tokens"), tokencache.DefaultLimit)
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

// cacheFor returns the cache on disk, where it helps: texts that are encoded piece by piece take no longer than to be
// read from it.
func (t *Tokenizer) cacheFor(texts []string) *tokencache.Cache {
	if t.splitter != nil || len(texts) < worthCaching {
		return nil
	}
	return t.disk.open()
}

// encodeCached is EncodeTexts with ids kept on disk.
func (t *Tokenizer) encodeCached(ctx context.Context, cache *tokencache.Cache, texts []string) ([]Encoded, error) {
	out := make([]Encoded, 0, len(texts))
	for some := range slices.Chunk(texts, cachedAtOnce) {
		found, err := inParallel(ctx, some, func(text string) (lookedUp, error) { return t.cached(cache, text) })
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
		cache.Put(keys, ids) // an error is of no consequence: it is encoded again next time
	}
	return out, nil
}

// lookedUp is an encoded text, and whether it was missing in the cache.
type lookedUp struct {
	Encoded
	key   tokencache.Key
	fresh bool
}

func (t *Tokenizer) cached(cache *tokencache.Cache, text string) (lookedUp, error) {
	var room [256]int32
	key := tokencache.KeyOf(t.print, corpus.Clean(text))
	if ids, ok := cache.Get(key, room[:0]); ok {
		return lookedUp{Encoded: t.framed(ids), key: key}, nil
	}
	e, err := t.EncodeText(text)
	return lookedUp{Encoded: e, key: key, fresh: true}, err
}
