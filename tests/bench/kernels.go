package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// XLA's plugin comes without symbols. What an address in it does shows in the instructions around it: matrix kernels are
// little else than fused multiplications and additions.

// A library is an object that this process has mapped, as a file.
type library struct{ file io.ReaderAt }

// openLibrary finds the file of a mapped object by its base name.
func openLibrary(object string) (library, error) {
	raw, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return library{}, err
	}
	for line := range strings.Lines(string(raw)) {
		if path := strings.TrimSpace(line); strings.HasSuffix(path, "/"+object) {
			file, err := os.Open(path[strings.Index(path, "/"):])
			return library{file}, err
		}
	}
	return library{}, fmt.Errorf("bench: %s isn't mapped", object)
}

// kernelAt returns the precision of the matrix kernel around an offset, "float32" or "bfloat16"; "" where it isn't one.
func (l library) kernelAt(offset int64) string {
	const around = 96
	code := make([]byte, 2*around)
	if _, err := l.file.ReadAt(code, max(0, offset-around)); err != nil {
		return ""
	}
	var float32s, bfloat16s int
	for i := range len(code) - 6 {
		switch isFloat32, isBfloat16 := multiplyAdd(code[i:]); {
		case isFloat32:
			float32s++
		case isBfloat16:
			bfloat16s++
		}
	}
	const many = 5
	switch {
	case bfloat16s >= many:
		return "bfloat16"
	case float32s >= many:
		return "float32"
	}
	return ""
}

// multiplyAdd tells whether x86 code begins with a multiplication and addition of packed floats: vfmadd132ps,
// vfmadd213ps, vfmadd231ps; or of bfloat16s: vdpbf16ps, tdpbf16ps.
func multiplyAdd(code []byte) (isFloat32, isBfloat16 bool) {
	const packed66, packedF3 = 1, 2 // the prefix in the encoding's lowest two bits
	switch {
	case code[0] == 0x62 && code[1]&7 == 2: // EVEX, map 0F38
		prefix, op := code[2]&3, code[4]
		return code[2]&0x80 == 0 && prefix == packed66 && (op == 0x98 || op == 0xa8 || op == 0xb8), prefix == packedF3 && op == 0x52
	case code[0] == 0xc4 && code[1]&0x1f == 2: // VEX, map 0F38
		prefix, op := code[2]&3, code[3]
		return code[2]&0x80 == 0 && prefix == packed66 && (op == 0x98 || op == 0xa8 || op == 0xb8), prefix == packedF3 && op == 0x5c
	}
	return false, false
}
