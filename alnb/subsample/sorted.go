package subsample

import (
	"bufio"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/alnb/alnb/alnb/keyed"
)

// An entry is a document in a sorted file.
type entry struct {
	stale float64 // +Inf where it was never scored
	tie   uint64
	id    string
	shard int
	cost  int
}

// compare has the most uncertain come first, as in a pool's ranking.
func (e entry) compare(o entry) int {
	if c := cmp.Compare(o.stale, e.stale); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(e.tie, o.tie), cmp.Compare(e.id, o.id))
}

// sortAll sorts each shard into a file of a folder, if it has any documents, and counts them.
func (p ShardedPool) sortAll(ctx context.Context, dir string) (files []string, documents int, err error) {
	for shard := range p.Shards {
		path := filepath.Join(dir, fmt.Sprint(shard))
		n, err := p.sort(ctx, shard, path)
		if err != nil {
			return nil, 0, err
		}
		if documents += n; n > 0 {
			files = append(files, path)
		}
	}
	return files, documents, nil
}

// sort writes a shard's documents into a file, sorted, and counts them.
func (p ShardedPool) sort(ctx context.Context, shard int, path string) (int, error) {
	var all []entry
	for known, err := range p.Known(ctx, shard) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && math.IsInf(known.Stale, 0) {
			err = fmt.Errorf("subsample: document %s has the stale score %g", known.ID, known.Stale)
		}
		if err == nil && known.Cost < 0 {
			err = fmt.Errorf("subsample: document %s costs %d", known.ID, known.Cost)
		}
		if err != nil {
			return 0, err
		}
		e := entry{stale: known.Stale, id: known.ID, shard: shard, cost: known.Cost}
		if math.IsNaN(e.stale) {
			e.stale = math.Inf(1)
		}
		e.tie = (keyed.Key{Seed: p.Key.Seed, Round: p.Key.Round, Purpose: tiesPurpose, ID: e.id}).Hash()
		all = append(all, e)
	}
	slices.SortFunc(all, entry.compare)
	return len(all), writeSorted(path, slices.Values(all))
}

func writeSorted(path string, entries iter.Seq[entry]) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("subsample: %w", err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	var room []byte
	for e := range entries {
		room = binary.LittleEndian.AppendUint64(room[:0], math.Float64bits(e.stale))
		room = binary.LittleEndian.AppendUint64(room, e.tie)
		for _, n := range []int{e.shard, e.cost, len(e.id)} {
			room = binary.AppendUvarint(room, uint64(n))
		}
		if _, err := w.Write(append(room, e.id...)); err != nil {
			return fmt.Errorf("subsample: %w", err)
		}
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		return fmt.Errorf("subsample: %w", err)
	}
	return nil
}

// A sorted is a sorted file that is read.
type sorted struct {
	file *os.File
	r    *bufio.Reader
	head entry
}

// next reads the next entry into head; it returns io.EOF after the last.
func (s *sorted) next() error {
	var fixed [16]byte
	if _, err := io.ReadFull(s.r, fixed[:]); err != nil {
		return err // io.EOF only at an entry's beginning
	}
	s.head.stale = math.Float64frombits(binary.LittleEndian.Uint64(fixed[:8]))
	s.head.tie = binary.LittleEndian.Uint64(fixed[8:])
	var length int
	for _, n := range []*int{&s.head.shard, &s.head.cost, &length} {
		v, err := binary.ReadUvarint(s.r)
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		*n = int(v)
	}
	id := make([]byte, length)
	if _, err := io.ReadFull(s.r, id); err != nil {
		return io.ErrUnexpectedEOF
	}
	s.head.id = string(id)
	return nil
}

// mergedAtOnce is how many files are open at a time.
const mergedAtOnce = 256

// merged yields the entries of sorted files in order. Many files are merged into fewer first.
func merged(ctx context.Context, dir string, files []string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for generation := 0; len(files) > mergedAtOnce; generation++ {
			var fewer []string
			for i, part := range slices.Collect(slices.Chunk(files, mergedAtOnce)) {
				path := filepath.Join(dir, fmt.Sprintf("merged-%d-%d", generation, i))
				var failed error
				err := writeSorted(path, func(yield func(entry) bool) {
					for e, err := range mergedOnce(ctx, part) {
						if failed = err; err != nil || !yield(e) {
							return
						}
					}
				})
				if err := errors.Join(failed, err); err != nil {
					yield(entry{}, err)
					return
				}
				for _, done := range part {
					os.Remove(done)
				}
				fewer = append(fewer, path)
			}
			files = fewer
		}
		mergedOnce(ctx, files)(yield)
	}
}

func mergedOnce(ctx context.Context, files []string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		var all runs
		defer func() {
			for _, s := range all {
				s.file.Close()
			}
		}()
		for _, path := range files {
			f, err := os.Open(path)
			if err != nil {
				yield(entry{}, fmt.Errorf("subsample: %w", err))
				return
			}
			s := &sorted{file: f, r: bufio.NewReaderSize(f, 1<<15)}
			all = append(all, s)
			if err := s.next(); err != nil {
				yield(entry{}, fmt.Errorf("subsample: read %s: %w", path, err))
				return
			}
		}
		heap.Init(&all)
		for n := 0; len(all) > 0; n++ {
			if n%4096 == 0 && ctx.Err() != nil {
				yield(entry{}, ctx.Err())
				return
			}
			first := all[0]
			if !yield(first.head, nil) {
				return
			}
			switch err := first.next(); {
			case errors.Is(err, io.EOF):
				heap.Pop(&all)
				first.file.Close()
			case err != nil:
				yield(entry{}, fmt.Errorf("subsample: read %s: %w", first.file.Name(), err))
				return
			default:
				heap.Fix(&all, 0)
			}
		}
	}
}

// runs is a heap of sorted files; that with the first entry is on top.
type runs []*sorted

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i].head.compare(r[j].head) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)        { *r = append(*r, x.(*sorted)) }
func (r *runs) Pop() any {
	last := len(*r) - 1
	popped := (*r)[last]
	*r = (*r)[:last]
	return popped
}
