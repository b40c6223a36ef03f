package tokencache

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func opened(t testing.TB, dir string, limit int64) *Cache {
	t.Helper()
	c, err := Open(dir, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// entry returns the i-th entry: its ids follow from its key, so that wrong ones are known.
func entry(i int) (Key, []int32) {
	stream := rand.New(rand.NewPCG(uint64(i), 7))
	ids := make([]int32, stream.IntN(90))
	for k := range ids {
		ids[k] = int32(stream.IntN(30000))
	}
	if i%10 == 3 { // ids beyond two bytes, and records beyond the first read
		ids = append(ids, slices.Repeat([]int32{1 << 20, -1}, 300)...)
	}
	return KeyOf([32]byte{1}, fmt.Sprint(i)), ids
}

func entries(from, to int) (keys []Key, ids [][]int32) {
	for i := from; i < to; i++ {
		key, own := entry(i)
		keys, ids = append(keys, key), append(ids, own)
	}
	return keys, ids
}

// found counts the entries that are there, and fails on wrong ones.
func found(t *testing.T, c *Cache, from, to int) (n int) {
	t.Helper()
	for i := from; i < to; i++ {
		key, want := entry(i)
		got, ok := c.Get(key, []int32{42})
		if ok {
			n++
		}
		if !ok && len(got) != 1 || ok && !slices.Equal(got[1:], want) {
			t.Fatalf("entry %d: %v, want %v", i, got, want)
		}
	}
	return n
}

func put(t *testing.T, c *Cache, from, to int) {
	t.Helper()
	if err := c.Put(entries(from, to)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPutIsFound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "tokens")
	c := opened(t, dir, DefaultLimit)
	if n := found(t, c, 0, 100); n != 0 {
		t.Errorf("%d entries in an empty cache", n)
	}
	put(t, c, 0, 500)
	put(t, c, 500, 1000)
	put(t, c, 0, 0)
	if n := found(t, c, 0, 2000); n != 1000 {
		t.Errorf("%d entries found, 1000 were put", n)
	}
	if n := found(t, opened(t, dir, DefaultLimit), 0, 2000); n != 1000 {
		t.Errorf("%d entries found after opening again, 1000 were put", n)
	}
	if info, err := os.Stat(filepath.Join(dir, "tokens")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestKeysDiffer(t *testing.T) {
	if KeyOf([32]byte{1}, "a") == KeyOf([32]byte{2}, "a") || KeyOf([32]byte{1}, "a") == KeyOf([32]byte{1}, "b") {
		t.Error("two keys are the same")
	}
}

// Whatever bytes are changed, and wherever the file is cut: entries may be lost, none is wrong.
func TestDamageLosesEntriesOnly(t *testing.T) {
	stream := rand.New(rand.NewPCG(3, 4))
	for round := range 12 {
		dir := t.TempDir()
		c := opened(t, dir, DefaultLimit)
		put(t, c, 0, 1000)
		path := filepath.Join(dir, "tokens")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		for range 2000 {
			at := records + stream.Int64N(info.Size()-records)
			if round%2 == 0 { // in the table, near a slot in use
				key, _ := entry(stream.IntN(1000))
				at = key.slot() + stream.Int64N(probes*slotSize)
			}
			if _, err := file.WriteAt([]byte{byte(stream.Uint32())}, at); err != nil {
				t.Fatal(err)
			}
		}
		if round%3 == 0 {
			if err := file.Truncate(records + stream.Int64N(info.Size()-records)); err != nil {
				t.Fatal(err)
			}
		}
		file.Close()
		before := found(t, c, 0, 1000)
		put(t, c, 1000, 1100)
		again := opened(t, dir, DefaultLimit)
		if n := found(t, again, 1000, 1100); n < 90 {
			t.Errorf("round %d: %d of 100 entries put after the damage", round, n)
		}
		if n := found(t, again, 0, 1000); n > before {
			t.Errorf("round %d: %d entries, %d before", round, n, before)
		}
	}
}

func TestFilesOfAnotherForm(t *testing.T) {
	for _, content := range []string{"", "alnb tokens 0\n", "something else altogether"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "tokens"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c := opened(t, dir, DefaultLimit)
		put(t, c, 0, 10)
		if n := found(t, c, 0, 10); n != 10 {
			t.Errorf("%q: %d entries", content, n)
		}
	}
}

// Beyond the limit all is forgotten, also where another has the file open.
func TestSizeIsBounded(t *testing.T) {
	dir := t.TempDir()
	const limit = records + 100_000
	c, other := opened(t, dir, limit), opened(t, dir, limit)
	for from := 0; from < 20_000; from += 100 {
		put(t, c, from, from+100)
		put(t, other, from, from+100)
		info, err := os.Stat(filepath.Join(dir, "tokens"))
		if err != nil || info.Size() > limit+100_000 {
			t.Fatalf("%d bytes, %v; the limit is %d", info.Size(), err, limit)
		}
		found(t, other, from, from+100)
	}
	if n := found(t, c, 0, 20_000); n > 2000 {
		t.Errorf("%d entries", n)
	}
}

func TestManyAtATime(t *testing.T) {
	c := opened(t, t.TempDir(), DefaultLimit)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for from := w * 500; from < w*500+500; from += 50 {
				if err := c.Put(entries(from, from+50)); err != nil {
					t.Error(err)
				}
				for i := range 4000 {
					key, want := entry(i)
					if got, ok := c.Get(key, nil); ok && !slices.Equal(got, want) {
						t.Errorf("entry %d: %v", i, got)
					}
				}
			}
		})
	}
	wg.Wait()
	if n := found(t, c, 0, 4000); n != 4000 {
		t.Errorf("%d of 4000 entries", n)
	}
}

// Several processes write at a time, and are killed at any moment.
func TestKilledProcesses(t *testing.T) {
	if dir := os.Getenv("TOKENCACHE_WRITE"); dir != "" {
		c, err := Open(dir, records+3<<20)
		for from := 0; err == nil; from = (from + 200) % 10_000 {
			err = c.Put(entries(from, from+200))
		}
		fmt.Println(err)
		os.Exit(1)
	}
	dir := t.TempDir()
	stream := rand.New(rand.NewPCG(5, 6))
	for range 10 {
		var processes []*exec.Cmd
		for range 3 {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledProcesses$")
			cmd.Env = append(os.Environ(), "TOKENCACHE_WRITE="+dir)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			processes = append(processes, cmd)
		}
		time.Sleep(time.Duration(30+stream.IntN(120)) * time.Millisecond)
		for _, cmd := range processes {
			cmd.Process.Kill()
			cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != -1 {
				t.Errorf("a writer ended by itself, with %d", code)
			}
		}
		c := opened(t, dir, records+3<<20)
		t.Logf("%d of 10000 entries", found(t, c, 0, 10_000))
	}
}

// BenchmarkGet reads documents of the length of AG News, in an order that is not that of writing.
func BenchmarkGet(b *testing.B) {
	c := opened(b, b.TempDir(), DefaultLimit)
	const n = 200_000
	text := func(i int) string { return fmt.Sprintf("%0240d", i) } // a news item has 240 bytes
	ids := make([]int32, 53)
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = KeyOf([32]byte{}, text(i))
	}
	if err := c.Put(keys, slices.Repeat([][]int32{ids}, n)); err != nil {
		b.Fatal(err)
	}
	texts := make([]string, n)
	for i, k := range rand.New(rand.NewPCG(1, 1)).Perm(n) {
		texts[i] = text(k)
	}
	for i := 0; b.Loop(); i++ {
		if _, ok := c.Get(KeyOf([32]byte{}, texts[i%n]), ids[:0]); !ok {
			b.Fatal("an entry is missing")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "documents/s")
	b.ReportAllocs()
}
