// Package fleet runs experiments, and scores pools, on more than one machine: a submitter puts units of work into a queue, workers do
// them, and what they make is in a bucket. Nothing else is shared; a unit that is done twice is the same as once.
package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/alnb/alnb/fleet/bucket"
	"github.com/alnb/alnb/fleet/queue"
)

// Version is which program this is: its release, else the commit it was built from, else a checksum of its file. Two of one version
// give the same results; a worker takes only units that its own version submitted.
var Version = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if strings.HasPrefix(info.Main.Version, "v") && !strings.Contains(info.Main.Version, "+dirty") {
			return info.Main.Version
		}
	}
	program, err := os.Executable()
	if err != nil {
		return "unknown"
	}
	sum, _, err := sumOfFile(program)
	if err != nil {
		return "unknown"
	}
	return "build-" + sum[:12]
})

// Lane is the part of a queue that programs of this version work in, who put what they make into the store.
func Lane(ctx context.Context, store *bucket.Bucket) (string, error) {
	id, err := store.Identity(ctx)
	return laneOf(Version(), id), err
}

func laneOf(version, store string) string {
	return "alnb-" + notInLane.ReplaceAllString(strings.ToLower(version), "-") + "-" + store
}

var notInLane = regexp.MustCompile(`[^a-z0-9_-]+`)

// The kinds of units.
const experimentWork = "experiment" // an arm of an experiment with a seed

var goodID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func checkID(id string) error {
	if !goodID.MatchString(id) {
		return fmt.Errorf("fleet: %q is no ID of something that was submitted: it is the word that alnb prints on submitting", id)
	}
	return nil
}

// idOf is an ID made of a content.
func idOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])[:12]
}

// A Summary counts the units of what was submitted by their states.
type Summary struct {
	Units []queue.Status
	Count map[queue.State]int
}

// Done tells whether nothing is left to do.
func (s Summary) Done() bool {
	return s.Count[queue.Waiting]+s.Count[queue.Running]+s.Count[queue.Again] == 0
}

func summarize(units []queue.Status) Summary {
	s := Summary{Units: units, Count: make(map[queue.State]int)}
	for _, u := range units {
		s.Count[u.State]++
	}
	return s
}
