package nb

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// bringsLibrary tells whether the output of the chart named title is to carry the charts' JavaScript (0.7 MB), which a
// notebook needs once.
//
// A cell can't see the others' outputs, and each is a process of its own; what they share is the kernel's temporary
// folder. So the first chart of a kernel session carries the library and leaves its name there, and the same chart
// carries it again when its cell is run again, which replaces the output that had it. Charts on the page wait for the
// library, whichever of them carries it; where it is missing, because that cell was deleted or given another title,
// pictures stay. A notebook run in two sessions may carry it twice: only the first to be read is evaluated.
func bringsLibrary(kernelDir, title string) bool {
	if kernelDir == "" {
		return true
	}
	sum := sha256.Sum256([]byte(title))
	name := hex.EncodeToString(sum[:])
	marker := filepath.Join(kernelDir, "alnb-charts")
	if had, err := os.ReadFile(marker); err == nil {
		return string(had) == name
	}
	_ = os.WriteFile(marker, []byte(name), 0o600) // not written, the next chart carries the library too
	return true
}
