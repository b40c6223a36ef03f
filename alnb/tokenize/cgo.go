package tokenize

// `make setup` puts libtokenizers.a into lib; the linker adds up the flags of all packages, so daulet/tokenizers finds
// it there too.

// #cgo LDFLAGS: -L${SRCDIR}/lib
import "C"
