package fleet

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"github.com/alnb/alnb/alnb/store"
	"github.com/alnb/alnb/fleet/bucket"
)

// A scoreRow is a document in a shard's scores.parquet.
type scoreRow struct {
	ID    string  `parquet:"id"`
	Score float64 `parquet:"score"` // NaN: it was never scored
	Query int64   `parquet:"query"` // that scored it; -1: none
	Words int64   `parquet:"words"` // for a tagger
	Given string  `parquet:"given"` // the ID as it stands in the shard, such as a number's; "": it is the string ID
}

const scoresFile = "scores.parquet"

func writeScores(path string, rows []scoreRow) error {
	return store.WriteStream(path, func(w io.Writer) error {
		p := parquet.NewGenericWriter[scoreRow](w, parquet.Compression(&parquet.Zstd))
		if _, err := p.Write(rows); err != nil {
			return fmt.Errorf("fleet: write scores: %w", err)
		}
		return p.Close()
	})
}

// readScores yields the rows of a shard's scores, which are brought into a folder for that.
func readScores(ctx context.Context, b *bucket.Bucket, name, dir string) iter.Seq2[scoreRow, error] {
	return func(yield func(scoreRow, error) bool) {
		fail := func(err error) { yield(scoreRow{}, fmt.Errorf("fleet: the scores of %s: %w", name, err)) }
		tmp, err := os.MkdirTemp(dir, "scores-*")
		if err != nil {
			fail(err)
			return
		}
		defer os.RemoveAll(tmp)
		into := filepath.Join(tmp, "shard")
		if err := b.Fetch(ctx, name, into); err != nil {
			fail(err)
			return
		}
		f, err := os.Open(filepath.Join(into, scoresFile))
		if err != nil {
			fail(err)
			return
		}
		defer f.Close()
		r := parquet.NewGenericReader[scoreRow](f)
		defer r.Close()
		rows := make([]scoreRow, 4096)
		for {
			n, err := r.Read(rows)
			for _, row := range rows[:n] {
				if !yield(row, nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				fail(err)
				return
			}
		}
	}
}

// keepFile has the IDs of a shard that are to be scored, a JSON string a line.
const keepFile = "keep.txt"

func readKeep(raw []byte) (map[string]bool, error) {
	keep := make(map[string]bool)
	for decoder := json.NewDecoder(bytes.NewReader(raw)); ; {
		var id string
		if err := decoder.Decode(&id); errors.Is(err, io.EOF) {
			return keep, nil
		} else if err != nil {
			return nil, fmt.Errorf("fleet: the IDs to be scored: %w", err)
		}
		keep[id] = true
	}
}

// keepLists writes the IDs to be scored of each shard into files of its own, with little of them in memory.
type keepLists struct {
	dir     string
	buffers [][]byte
	sums    []hash.Hash
}

func newKeepLists(dir string, shards int) *keepLists {
	k := &keepLists{dir: dir, buffers: make([][]byte, shards)}
	for range shards {
		k.sums = append(k.sums, sha256.New())
	}
	return k
}

// finish writes what is left, and returns the checksum of all lists.
func (k *keepLists) finish() (string, error) {
	all := sha256.New()
	for shard := range k.buffers {
		if err := k.flush(shard); err != nil {
			return "", fmt.Errorf("fleet: %w", err)
		}
		all.Write(k.sums[shard].Sum(nil))
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func (k *keepLists) folder(shard int) string { return filepath.Join(k.dir, fmt.Sprint(shard)) }

func (k *keepLists) add(shard int, id string) error {
	line, err := json.Marshal(id)
	if err != nil {
		return err
	}
	k.buffers[shard] = append(append(k.buffers[shard], line...), '\n')
	if len(k.buffers[shard]) < 1<<14 {
		return nil
	}
	return k.flush(shard)
}

func (k *keepLists) flush(shard int) error {
	if err := os.MkdirAll(k.folder(shard), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(k.folder(shard), keepFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.MultiWriter(f, k.sums[shard]).Write(k.buffers[shard])
	k.buffers[shard] = k.buffers[shard][:0]
	return errors.Join(err, f.Close())
}

// publish puts the lists where workers find them.
func (k *keepLists) publish(ctx context.Context, b *bucket.Bucket, id string, s Sweep) error {
	for i := range s.Shards {
		if _, err := b.Publish(ctx, sweepName(id, "keep", s.part(i)), os.DirFS(k.folder(i))); err != nil {
			return err
		}
	}
	return nil
}
