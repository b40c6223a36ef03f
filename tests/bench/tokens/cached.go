package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/alnb/alnb/alnb/tokencache"
	"github.com/alnb/alnb/alnb/tokenize"
)

// cached prints how fast ids are written to the cache on disk, and read from it, texts being hashed.
func cached(ctx context.Context, dir string, texts []string) error {
	tokenizer, err := tokenize.OpenFolder(dir, maxTokens)
	if err != nil {
		return err
	}
	defer tokenizer.Close()
	encoded, err := tokenizer.EncodeTexts(ctx, texts)
	if err != nil {
		return err
	}
	tmp, remove, err := tempDir()
	if err != nil {
		return err
	}
	defer remove()
	cache, err := tokencache.Open(tmp, tokencache.DefaultLimit)
	if err != nil {
		return err
	}
	defer cache.Close()
	print := sha256.Sum256([]byte(dir))
	began := time.Now()
	keys, ids := make([]tokencache.Key, len(texts)), make([][]int32, len(texts))
	for i, text := range texts {
		keys[i], ids[i] = tokencache.KeyOf(print, text), encoded[i].IDs
	}
	if err := cache.Put(keys, ids); err != nil {
		return err
	}
	fmt.Println("| cache on disk | documents/s |\n|---|---:|")
	fmt.Printf("| written | %.0f |\n", float64(len(texts))/time.Since(began).Seconds())
	for _, readers := range []int{1, runtime.GOMAXPROCS(0)} {
		const passes = 20
		began := time.Now()
		failed := make([]error, readers)
		var wg sync.WaitGroup
		for r := range readers {
			wg.Go(func() {
				var room []int32
				for range passes {
					for i := r; i < len(texts) && failed[r] == nil; i += readers {
						var ok bool
						if room, ok = cache.Get(tokencache.KeyOf(print, texts[i]), room[:0]); !ok || !slices.Equal(room, ids[i]) {
							failed[r] = fmt.Errorf("document %d is not in the cache as it was put there", i)
						}
					}
				}
			})
		}
		wg.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
		fmt.Printf("| read by %d | %.0f |\n", readers, float64(passes*len(texts))/time.Since(began).Seconds())
	}
	fmt.Println()
	return nil
}
