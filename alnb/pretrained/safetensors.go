package pretrained

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
)

// A Tensor is a weight in the host's memory, in row-major order.
type Tensor struct {
	Dims []int
	Data []float32
}

// Size returns the number of values that dims hold.
func Size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// maxHeader is the largest header of a safetensors file that is read, as in the reference implementation.
const maxHeader = 100 << 20

// entry is a tensor's line in the header of a safetensors file.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// width is the number of bytes a value takes in the file; 0 for unknown types.
func (e entry) width() int {
	switch e.DType {
	case "F64", "I64", "U64":
		return 8
	case "F32", "I32", "U32":
		return 4
	case "F16", "BF16", "I16", "U16":
		return 2
	case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2":
		return 1
	}
	return 0
}

// isWeight tells whether the type is one that weights have. Old checkpoints carry others along, such as position ids.
func (e entry) isWeight() bool {
	switch e.DType {
	case "F64", "F32", "F16", "BF16":
		return true
	}
	return false
}

// ReadSafetensors reads all floating-point tensors of a safetensors file as float32. Everything the header says is
// checked before anything is allocated for it: as in the reference implementation the tensors must follow each other
// without gaps or overlaps and fill the file, so that they take no more memory than it is long (16-bit ones twice
// that).
func ReadSafetensors(path string) (map[string]Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("pretrained: open the weights: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("pretrained: open the weights: %w", err)
	}
	tensors, err := readSafetensors(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("pretrained: %s is not a usable safetensors file: %w", path, err)
	}
	return tensors, nil
}

func readSafetensors(r io.ReaderAt, size int64) (map[string]Tensor, error) {
	var length [8]byte
	if size < int64(len(length)) {
		return nil, fmt.Errorf("it has %d bytes, too few for a header", size)
	}
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, err
	}
	headerSize := binary.LittleEndian.Uint64(length[:])
	if headerSize > maxHeader || int64(headerSize) > size-8 {
		return nil, fmt.Errorf("its header claims %d bytes, the file has %d (was the download cut short?)", headerSize, size)
	}
	raw := make([]byte, headerSize)
	if _, err := r.ReadAt(raw, 8); err != nil {
		return nil, err
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw, &header); err != nil {
		return nil, fmt.Errorf("its header is not JSON: %w", err)
	}
	delete(header, "__metadata__")
	start := int64(8 + headerSize)
	entries, err := parseEntries(header, size-start)
	if err != nil {
		return nil, err
	}
	tensors := make(map[string]Tensor, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		e := entries[name]
		if !e.isWeight() {
			continue
		}
		data := make([]byte, e.Offsets[1]-e.Offsets[0])
		if _, err := r.ReadAt(data, start+int64(e.Offsets[0])); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors[name] = Tensor{Dims: e.Shape, Data: e.decode(data)}
	}
	return tensors, nil
}

// parseEntries reads the header's lines and holds them against each other and the bytes there are.
func parseEntries(header map[string]json.RawMessage, available int64) (map[string]entry, error) {
	entries := make(map[string]entry, len(header))
	names := slices.Sorted(maps.Keys(header))
	for _, name := range names {
		var e entry
		if err := json.Unmarshal(header[name], &e); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if err := e.check(available); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		entries[name] = e
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(entries[a].Offsets[0], entries[b].Offsets[0]), cmp.Compare(entries[a].Offsets[1], entries[b].Offsets[1]))
	})
	end := 0
	for _, name := range names {
		if entries[name].Offsets[0] != end {
			return nil, fmt.Errorf("tensor %q begins at byte %d, the one before it ends at %d", name, entries[name].Offsets[0], end)
		}
		end = entries[name].Offsets[1]
	}
	if int64(end) != available {
		return nil, fmt.Errorf("its tensors end at byte %d, the file holds %d (was the download cut short?)", end, available)
	}
	return entries, nil
}

// check holds an entry's claims against each other and against the bytes there are.
func (e entry) check(available int64) error {
	if e.width() == 0 {
		return fmt.Errorf("values of the type %q are unknown", e.DType)
	}
	if e.Offsets[0] < 0 || e.Offsets[0] > e.Offsets[1] || int64(e.Offsets[1]) > available {
		return fmt.Errorf("it lies at bytes %d to %d, the file holds %d (was the download cut short?)",
			e.Offsets[0], e.Offsets[1], available)
	}
	bytes := e.Offsets[1] - e.Offsets[0]
	n := e.width()
	for _, d := range e.Shape {
		if d < 0 || (d > 0 && n > bytes/d) {
			return fmt.Errorf("shape %v does not fit its %d bytes", e.Shape, bytes)
		}
		n *= d
	}
	if n != bytes {
		return fmt.Errorf("shape %v needs %d bytes, it has %d", e.Shape, n, bytes)
	}
	return nil
}

func (e entry) decode(data []byte) []float32 {
	out := make([]float32, len(data)/e.width())
	switch e.DType {
	case "F64":
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:])))
		}
	case "F32":
		for i := range out {
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case "BF16":
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(data[2*i:])) << 16)
		}
	case "F16":
		for i := range out {
			out[i] = halfToFloat(binary.LittleEndian.Uint16(data[2*i:]))
		}
	}
	return out
}

// halfToFloat widens an IEEE 754 half; exact for every value.
func halfToFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, int(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero or subnormal: fraction · 2⁻²⁴
		f := float32(fraction) / (1 << 24)
		return math.Float32frombits(sign | math.Float32bits(f))
	case 31: // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | uint32(exponent-15+127)<<23 | fraction<<13)
}

// WriteSafetensors writes float32 tensors, names in order, in the layout that Hugging Face's own writer gives: a header
// padded to 8 bytes, then the values without gaps.
func WriteSafetensors(w io.Writer, tensors map[string]Tensor) error {
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	names := slices.Sorted(maps.Keys(tensors))
	offset := 0
	for _, name := range names {
		t := tensors[name]
		if Size(t.Dims) != len(t.Data) {
			return fmt.Errorf("pretrained: tensor %q of shape %v has %d values", name, t.Dims, len(t.Data))
		}
		end := offset + 4*len(t.Data)
		header[name] = entry{DType: "F32", Shape: t.Dims, Offsets: [2]int{offset, end}}
		offset = end
	}
	raw, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("pretrained: write the weights: %w", err)
	}
	raw = append(raw, bytes.Repeat([]byte(" "), -len(raw)&7)...)
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(raw)))
	if _, err := w.Write(append(out, raw...)); err != nil {
		return fmt.Errorf("pretrained: write the weights: %w", err)
	}
	for _, name := range names {
		if err := binary.Write(w, binary.LittleEndian, tensors[name].Data); err != nil {
			return fmt.Errorf("pretrained: write the weights: %w", err)
		}
	}
	return nil
}
