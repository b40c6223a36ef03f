// Package tokencache keeps token ids on disk, by the hash of what they were made of, so that a text is tokenized once.
//
// A cache is one file: a table that says where records lie, then records, one after the other, which are only ever
// appended. The table is but a hint. A record counts when its key and its checksum are right, so whatever a killed
// process, two processes at a time or a power cut leave behind can lose entries, and never gives wrong ids.
package tokencache

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// A Key names what ids were made of.
type Key [16]byte

// KeyOf returns the key of a text encoded in the way that a fingerprint names.
func KeyOf(fingerprint [32]byte, text string) Key {
	var room [4096]byte
	sum := sha256.Sum256(append(append(room[:0], fingerprint[:]...), text...))
	return Key(sum[:16])
}

// DefaultLimit is a size for [Open], in bytes: that of about 4 million short documents.
const DefaultLimit = 512 << 20

// A Cache is open. It may be used by several goroutines, and its file by several processes.
type Cache struct {
	path  string
	limit int64

	mu   sync.RWMutex // for writing: while the file is being replaced
	file *os.File
	log  *os.File // the same file, to append to: each write goes to its end as it is then, whoever else writes
}

// Open opens the cache in a folder, and makes the folder and an empty cache where there is none. A cache that has grown
// beyond limit bytes forgets all it has. The file and the folder are readable by their owner only: ids can be turned
// back into texts.
func Open(dir string, limit int64) (*Cache, error) {
	c := &Cache{path: filepath.Join(dir, "tokens"), limit: limit}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("tokencache: %w", err)
	}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// open opens the file, or makes a new one where it is missing or of another form. Other processes may do the same, so
// it may take a few attempts.
func (c *Cache) open() (err error) {
	for range 20 {
		if err = c.tryOpen(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("tokencache: open %s: %w", c.path, err)
}

func (c *Cache) tryOpen() error {
	file, err := os.OpenFile(c.path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		if err = c.create(); err == nil {
			file, err = os.OpenFile(c.path, os.O_RDWR, 0)
		}
	}
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.path, os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		err = errors.Join(c.check(file), same(file, log))
	}
	if err != nil {
		file.Close()
		if log != nil {
			log.Close()
		}
		return err
	}
	c.file, c.log = file, log
	return nil
}

// check removes a file of another form.
func (c *Cache) check(file *os.File) error {
	begin := make([]byte, len(magic))
	if n, _ := file.ReadAt(begin, 0); string(begin[:n]) == magic {
		return nil
	}
	return errors.Join(errors.New("it is no cache of this version"), os.Remove(c.path))
}

func same(a, b *os.File) error {
	infoA, errA := a.Stat()
	infoB, errB := b.Stat()
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	if !os.SameFile(infoA, infoB) {
		return errors.New("it was replaced by another process")
	}
	return nil
}

// create puts an empty cache where there is none; another process may be faster.
func (c *Cache) create() error {
	tmp, err := os.CreateTemp(filepath.Dir(c.path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(magic)
	err = errors.Join(err, tmp.Truncate(records), tmp.Close()) // the table is all zeros
	if err == nil {
		err = os.Link(tmp.Name(), c.path)
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	return err
}

// Close closes the cache.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.file.Close(), c.log.Close())
}

// Get appends the ids kept under a key to ids, and tells whether there are any.
func (c *Cache) Get(key Key, ids []int32) ([]int32, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var slots [probes * slotSize]byte
	if _, err := c.file.ReadAt(slots[:], key.slot()); err != nil {
		return ids, false
	}
	for i := range probes {
		slot := binary.LittleEndian.Uint64(slots[i*slotSize:])
		if slot == 0 {
			break
		}
		if slot>>offsetBits != key.mark() {
			continue
		}
		if found, ok := c.record(key, int64(slot&(1<<offsetBits-1)), ids); ok {
			return found, true
		}
	}
	return ids, false
}

// Put keeps ids under keys. What an interrupted Put leaves behind does no harm.
func (c *Cache) Put(keys []Key, ids [][]int32) error {
	var block []byte
	offsets := make([]int64, len(keys))
	for i, key := range keys {
		offsets[i] = int64(len(block))
		block = appendRecord(block, key, ids[i])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.log.Write(block); err != nil {
		return fmt.Errorf("tokencache: write %s: %w", c.path, err)
	}
	end, err := c.log.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("tokencache: write %s: %w", c.path, err)
	}
	for i, key := range keys {
		if err := c.point(key, end-int64(len(block))+offsets[i]); err != nil {
			return fmt.Errorf("tokencache: write %s: %w", c.path, err)
		}
	}
	if end > c.limit {
		return c.renew()
	}
	return nil
}

// point enters a record into the table: in the first free slot, else in place of another.
func (c *Cache) point(key Key, offset int64) error {
	var slots [probes * slotSize]byte
	if _, err := c.file.ReadAt(slots[:], key.slot()); err != nil {
		return err
	}
	free := int(key[15]) % probes
	for i := range probes {
		if slot := binary.LittleEndian.Uint64(slots[i*slotSize:]); slot == 0 || slot>>offsetBits == key.mark() {
			free = i
			break
		}
	}
	var slot [slotSize]byte
	binary.LittleEndian.PutUint64(slot[:], key.mark()<<offsetBits|uint64(offset))
	_, err := c.file.WriteAt(slot[:], key.slot()+int64(free)*slotSize)
	return err
}

// renew begins a new file, unless another process has done so. Those that have the old one open go on with it.
func (c *Cache) renew() error {
	mine, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	if current, err := os.Stat(c.path); err == nil && os.SameFile(mine, current) {
		if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("tokencache: %w", err)
		}
	}
	file, log := c.file, c.log
	if err := c.open(); err != nil {
		return err
	}
	return errors.Join(file.Close(), log.Close())
}
