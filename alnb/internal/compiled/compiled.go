// Package compiled keeps the programs that XLA compiles in files, for the next process. XLA takes seconds to compile a
// training step and a tenth of that to load one.
//
// Neither GoMLX nor go-xla knows of it. A PJRT plugin is a table of functions; go-xla is given a copy of it with one of
// ours in the place of PJRT_Client_Compile, which looks for the program in a folder before it asks the plugin. A file
// that is not whole, or that the plugin refuses, and a folder that can't be written to cost time only.
package compiled

// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "pjrt.h"
import "C"

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// limit is how many bytes of programs a folder keeps: some hundred training steps.
const limit = 512 << 20

// A plugin is the one whose programs are kept. C code calls us without a word on who we are, so it is a variable of the
// package, set once.
type plugin struct {
	api              *C.PJRT_Api
	folder           folder
	key              func(program, options []byte) (string, error)
	compiled, loaded atomic.Int64
}

var opened atomic.Pointer[plugin]

// Open loads the PJRT plugin at path, which is absolute, for GoMLX's backend "xla:"+path, and keeps its programs in a
// folder, which need not exist. It must come before the backend is opened, and once a process.
func Open(path, dir string) error {
	p := &plugin{folder: folder{dir: dir, limit: limit}, key: keyFor(path)}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var problem *C.char
	if p.api = C.pjrt_open(name, &problem); p.api == nil {
		return fmt.Errorf("compiled: load %s: %s", path, C.GoString(problem))
	}
	if !opened.CompareAndSwap(nil, p) {
		return errors.New("compiled: a plugin is open already")
	}
	if err := pjrt.RegisterPreloadedPlugin(path, uintptr(unsafe.Pointer(C.pjrt_intercept(p.api)))); err != nil {
		return fmt.Errorf("compiled: start %s: %w", path, err)
	}
	return nil
}

// Counts is how many programs this process has compiled, and how many it has loaded instead.
func Counts() (compiled, loaded int) {
	p := opened.Load()
	if p == nil {
		return 0, 0
	}
	return int(p.compiled.Load()), int(p.loaded.Load())
}

// compiledCompile is PJRT_Client_Compile.
//
//export compiledCompile
func compiledCompile(args *C.PJRT_Client_Compile_Args) unsafe.Pointer {
	p := opened.Load()
	key, unknown := p.key(
		unsafe.Slice((*byte)(unsafe.Pointer(args.program.code)), args.program.code_size),
		unsafe.Slice((*byte)(unsafe.Pointer(args.compile_options)), args.compile_options_size),
	)
	if unknown == nil {
		if program := p.folder.read(key); program != nil {
			args.executable = C.pjrt_load(p.api, args.client, (*C.char)(unsafe.Pointer(&program[0])), C.size_t(len(program)))
			if args.executable != nil {
				p.loaded.Add(1)
				return nil
			}
		}
	}
	if problem := C.pjrt_compile(p.api, args); problem != nil {
		return problem // for go-xla to report and free
	}
	p.compiled.Add(1)
	if unknown == nil {
		if s := C.pjrt_serialize(p.api, args.executable); s.serialized_bytes != nil {
			p.folder.write(key, unsafe.Slice((*byte)(unsafe.Pointer(s.serialized_bytes)), s.serialized_bytes_size))
			C.pjrt_free(s)
		}
	}
	return nil
}
