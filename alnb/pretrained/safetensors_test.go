package pretrained

import (
	"bytes"
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"
)

func TestSafetensorsComeBack(t *testing.T) {
	want := map[string]Tensor{
		"a.weight": {Dims: []int{2, 3}, Data: []float32{1, -2, 3.5, 0, float32(math.Inf(1)), math.SmallestNonzeroFloat32}},
		"a.bias":   {Dims: []int{1}, Data: []float32{7}},
		"none":     {Dims: []int{0, 4}, Data: []float32{}},
		"scalar":   {Dims: []int{}, Data: []float32{2}},
	}
	var file bytes.Buffer
	if err := WriteSafetensors(&file, want); err != nil {
		t.Fatal(err)
	}
	got, err := readSafetensors(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v came back as %v", want, got)
	}
	if err := WriteSafetensors(&file, map[string]Tensor{"w": {Dims: []int{2}, Data: []float32{1}}}); err == nil {
		t.Error("a tensor with too few values was written")
	}
}

// The widened values are exact: those of the format's definition.
func TestSixteenBits(t *testing.T) {
	for h, want := range map[uint16]float64{
		0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x83ff: -1023 * 0x1p-24, 0x3555: 0.333251953125,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1), 0x0000: 0,
	} {
		if got := float64(halfToFloat(h)); got != want {
			t.Errorf("F16 %04x is %g, want %g", h, got, want)
		}
	}
	if got := halfToFloat(0x7e00); !math.IsNaN(float64(got)) {
		t.Errorf("F16 NaN is %g", got)
	}
	bf16 := entry{DType: "BF16"}.decode([]byte{0x80, 0x3f, 0x49, 0xc0})
	if !reflect.DeepEqual(bf16, []float32{1, -3.140625}) {
		t.Errorf("BF16 %v", bf16)
	}
}

func TestEntriesFillTheFile(t *testing.T) {
	one := `{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for header, want := range map[string]string{
		`{"a":` + one + `,"b":` + one + `}`:                       `tensor "b" begins at byte 0, the one before it ends at 8`,
		`{"a":` + one + `}`:                                       "its tensors end at byte 8, the file holds 16",
		`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`: `tensor "a" begins at byte 8`,
		`{"a":{"dtype":"X","shape":[16],"data_offsets":[0,16]}}`:  `type "X"`,
		`{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}`: "",
	} {
		file := append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), make([]byte, 16)...)
		tensors, err := readSafetensors(bytes.NewReader(file), int64(len(file)))
		switch {
		case want == "" && (err != nil || len(tensors) != 1 || len(tensors["b"].Data) != 1):
			t.Errorf("%s: %v, %v", header, tensors, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: want %q, got %v", header, want, err)
		}
	}
}

// Files come from strangers: whatever is in them, reading ends with tensors that fit their shapes, or an error, and
// takes no more memory than the file's length allows.
func FuzzReadSafetensors(f *testing.F) {
	var whole bytes.Buffer
	if err := WriteSafetensors(&whole, map[string]Tensor{"a": {Dims: []int{2, 1}, Data: []float32{1, 2}}, "b": {Dims: []int{}, Data: []float32{3}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	withHeader := func(header string, data int) []byte {
		out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		return append(append(out, header...), make([]byte, data)...)
	}
	f.Add(withHeader(`{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Add(withHeader(`{"w":{"dtype":"BF16","shape":[9223372036854775807,2],"data_offsets":[0,8]}}`, 8))
	f.Add(withHeader(`{"w":{"dtype":"F16","shape":[-1],"data_offsets":[4,2]}}`, 8))
	f.Fuzz(func(t *testing.T, file []byte) {
		tensors, err := readSafetensors(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		values := 0
		for name, tensor := range tensors {
			if Size(tensor.Dims) != len(tensor.Data) {
				t.Errorf("%s: shape %v, %d values", name, tensor.Dims, len(tensor.Data))
			}
			values += len(tensor.Data)
		}
		if 2*values > len(file) {
			t.Errorf("%d values out of %d bytes", values, len(file))
		}
	})
}
