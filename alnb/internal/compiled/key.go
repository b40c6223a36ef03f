package compiled

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
)

// keyFor returns the function that names a program's file: a hash of all that the plugin's work depends on.
func keyFor(plugin string) func(program, options []byte) (string, error) {
	fixed := sync.OnceValues(func() ([]byte, error) {
		checksum, err := checksumOf(plugin)
		if err != nil {
			return nil, err
		}
		processor, err := processor()
		return fmt.Appendf(nil, "%x\n%s\n%d\n%s", checksum, processor, runtime.NumCPU(), os.Getenv("XLA_FLAGS")), err
	})
	go fixed() // 200 MB take a while, and so does building the first program
	return func(program, options []byte) (string, error) {
		known, err := fixed()
		if err != nil {
			return "", err
		}
		h := sha256.New()
		for _, part := range [][]byte{known, options, nameless(program)} {
			binary.Write(h, binary.LittleEndian, int64(len(part)))
			h.Write(part)
		}
		return hex.EncodeToString(h.Sum(nil)), nil
	}
}

// nameless is a StableHLO program without its name, "module @NAME {": GoMLX puts into it how many programs came before.
func nameless(program []byte) []byte {
	if rest, ok := bytes.CutPrefix(program, []byte("module @")); ok {
		return rest[bytes.IndexByte(rest, ' ')+1:]
	}
	return program
}

func checksumOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}

// processor is the first processor's model and features: XLA compiles for these, and other processors may lack them.
func processor() (string, error) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(string(info), "\n\n")
	var lines []string
	for line := range strings.Lines(first) {
		switch name, _, _ := strings.Cut(line, "\t"); name {
		case "vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU implementer", "CPU part":
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return "", errors.New("compiled: /proc/cpuinfo doesn't tell the processor's features")
	}
	return strings.Join(lines, ""), nil
}
