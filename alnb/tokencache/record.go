package tokencache

import (
	"encoding/binary"
	"hash/crc32"
)

// The file: the magic, zeros up to table, slots of 8 bytes, and a few more so that no group of probes reaches beyond,
// then records. A slot holds bits of the key and where the record lies, 0 where it is free.
const (
	magic      = "alnb tokens 1\n"
	table      = 4096
	slotCount  = 1 << 22
	slotSize   = 8
	probes     = 16 // slots in which a key may be
	records    = table + (slotCount+probes)*slotSize
	offsetBits = 40
)

// slot returns where the first of the key's slots lies in the file.
func (k Key) slot() int64 {
	return table + int64(binary.LittleEndian.Uint32(k[0:])%slotCount)*slotSize
}

// mark returns the bits of the key that its slot holds, never 0.
func (k Key) mark() uint64 {
	return uint64(k[4]) | uint64(k[5])<<8 | uint64(k[6]|1)<<16
}

// A record: the key, the number of ids times 2, plus 1 where they take 4 bytes each instead of 2, the ids, and the
// CRC-32C of all that; numbers are little-endian.
const (
	headSize = len(Key{}) + 4
	tailSize = 4
	maxIDs   = 1 << 20 // longer documents are not kept
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendRecord(block []byte, key Key, ids []int32) []byte {
	begin, wide := len(block), uint32(0)
	for _, id := range ids {
		if id < 0 || id > 0xffff {
			wide = 1
		}
	}
	block = append(block, key[:]...)
	block = binary.LittleEndian.AppendUint32(block, uint32(len(ids))<<1|wide)
	for _, id := range ids {
		if wide == 1 {
			block = binary.LittleEndian.AppendUint32(block, uint32(id))
		} else {
			block = binary.LittleEndian.AppendUint16(block, uint16(id))
		}
	}
	return binary.LittleEndian.AppendUint32(block, crc32.Checksum(block[begin:], castagnoli))
}

// record appends the ids of the record at offset, where that is the key's and whole.
func (c *Cache) record(key Key, offset int64, ids []int32) ([]int32, bool) {
	var room [512]byte // holds most records whole
	n, _ := c.file.ReadAt(room[:], offset)
	raw := room[:n]
	if n < headSize+tailSize || Key(raw) != key {
		return ids, false
	}
	head := binary.LittleEndian.Uint32(raw[len(key):])
	count, width := int(head>>1), 2+2*int(head&1)
	size := headSize + count*width + tailSize
	if count > maxIDs {
		return ids, false
	}
	if size > len(raw) {
		raw = make([]byte, size)
		if n, _ := c.file.ReadAt(raw, offset); n < size {
			return ids, false
		}
	}
	raw = raw[:size]
	body, sum := raw[:size-tailSize], binary.LittleEndian.Uint32(raw[size-tailSize:])
	if crc32.Checksum(body, castagnoli) != sum {
		return ids, false
	}
	for at := headSize; at < len(body); at += width {
		if width == 2 {
			ids = append(ids, int32(binary.LittleEndian.Uint16(body[at:])))
		} else {
			ids = append(ids, int32(binary.LittleEndian.Uint32(body[at:])))
		}
	}
	return ids, true
}
