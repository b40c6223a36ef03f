package store

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// As the kernel sees it: when a judgment is acknowledged on stdout, all that was written to the database or its journal
// is synced, and so is the removal of the journal.
func TestSyncComesBeforeTheAcknowledgement(t *testing.T) {
	if out, err := exec.Command("strace", "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: the order of syncs and acknowledgements; strace doesn't run (%v: %s)", err, out)
	}
	for _, journal := range journals() {
		t.Run(journal, func(t *testing.T) {
			s := made(t, journal, texts(pooled))
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			log := filepath.Join(t.TempDir(), "calls")
			const judgments = 200
			child := exec.Command("strace", "-f", "-y", "-s", "64", "-o", log,
				"-e", "trace=fsync,fdatasync,write,pwrite64,unlink,unlinkat", os.Args[0])
			child.Env = append(os.Environ(), childTask+"=judge", childDir+"="+s.dir, childJournal+"="+journal, childFrom+"=0",
				childTo+"="+strconv.Itoa(judgments))
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			f, err := os.Open(log)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			calls := newCalls()
			lines := bufio.NewScanner(f)
			for lines.Scan() {
				if !calls.read(lines.Text()) {
					continue
				}
				if dirty := calls.dirty(); len(dirty) > 0 {
					t.Fatalf("acknowledgement %d: not synced are %q", calls.acknowledged, dirty)
				}
				if calls.files == 0 {
					t.Fatalf("acknowledgement %d: nothing was synced since the one before", calls.acknowledged)
				}
				if calls.acknowledged == 1 && calls.folders == 0 { // the log or the journal was made
					t.Fatal("the folder was not synced before the first acknowledgement")
				}
				calls.files = 0
			}
			if err := lines.Err(); err != nil || calls.acknowledged != judgments {
				t.Errorf("%d acknowledgements, %v", calls.acknowledged, err)
			}
			t.Logf("%d acknowledgements; before them %d writes to the database and its journal, all synced",
				calls.acknowledged, calls.writes)
		})
	}
}

// calls follows what strace says that a program does to the files of a session.
type calls struct {
	unsynced     map[string]bool   // by path
	pending      map[string]string // calls that are not finished, by thread
	files        int               // synced
	folders      int               // synced
	writes       int
	acknowledged int
}

func newCalls() *calls {
	return &calls{unsynced: make(map[string]bool), pending: make(map[string]string)}
}

var (
	began   = regexp.MustCompile(`^(\d+) +((fsync|fdatasync|write|pwrite64)\(\d+<([^>]*)>.*)$`)
	removed = regexp.MustCompile(`unlink(?:at)?\(.*"([^"]*)/` + sessionFile + `-journal"`)
	resumed = regexp.MustCompile(`^(\d+) +<\.\.\. (\w+) resumed>(.*)$`)
)

func TestCallsAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		unsynced int // at the acknowledgement
		lines    string
	}{
		{0, "7 fsync(4</s/session.db-wal>) = 0"},
		{1, "7 fsync(4</s/session.db-wal>) = -1 EIO (Input/output error)"},
		{1, "7 fdatasync(4</s/session.db>) = 0"},
		{1, ""},
		{1, "7 fsync(4</s/session.db-wal>) = 0\n7 unlink(\"/s/session.db-journal\") = 0"},
		{0, "7 fsync(4</s/session.db-wal>) = 0\n7 unlink(\"/s/session.db-journal\") = 0\n7 fdatasync(6</s>) = 0"},
		{1, "7 fsync(4</s/session.db-wal> <unfinished ...>"},
		{0, "7 fsync(4</s/session.db-wal> <unfinished ...>\n8 write(1<pipe:[1]>, \"x\", 1) = 1\n7 <... fsync resumed>)  = 0"},
		{1, "7 fsync(4</s/session.db-wal> <unfinished ...>\n7 <... fsync resumed>)  = -1 EIO (Input/output error)"},
		{1, "7 fsync(4</s/session.db-wal>) = 0\n9 pwrite64(4</s/session.db-wal>, \"x\", 1, 32 <unfinished ...>"},
	} {
		calls := newCalls()
		lines := "7 pwrite64(4</s/session.db-wal>, \"x\"..., 24, 0) = 24\n" +
			"9 pwrite64(5</s/session.db-shm>, \"x\", 1, 0) = 1\n" + c.lines
		for line := range strings.Lines(lines) {
			if calls.read(strings.TrimSuffix(line, "\n")) {
				t.Errorf("%q was taken for an acknowledgement", line)
			}
		}
		if !calls.read(`8 write(1<pipe:[123]>, "judged 0 3\n", 11 <unfinished ...>`) || len(calls.dirty()) != c.unsynced {
			t.Errorf("%q: not synced are %q", c.lines, calls.dirty())
		}
	}
}

// read follows one line, and tells whether it is the beginning of an acknowledgement.
func (c *calls) read(line string) bool {
	if m := resumed.FindStringSubmatch(line); m != nil {
		call, path, _ := strings.Cut(c.pending[m[1]], " ")
		if strings.Contains(call, "sync") && strings.HasSuffix(m[3], "= 0") {
			c.synced(path)
		}
		return false
	}
	if m := removed.FindStringSubmatch(line); m != nil {
		c.unsynced[m[1]] = true // the folder: else the journal may come back
		return false
	}
	m := began.FindStringSubmatch(line)
	if m == nil {
		return false
	}
	thread, call, path := m[1], m[3], m[4]
	c.pending[thread] = call + " " + path
	switch {
	case strings.Contains(call, "sync"):
		if strings.HasSuffix(line, "= 0") {
			c.synced(path)
		}
	case strings.Contains(path, sessionFile) && !strings.HasSuffix(path, "-shm"):
		c.unsynced[path] = true
		c.writes++
	case call == "write" && strings.Contains(line, `"judged `):
		c.acknowledged++
		return true
	}
	return false
}

func (c *calls) synced(path string) {
	delete(c.unsynced, path)
	if strings.Contains(path, sessionFile) {
		c.files++
	} else {
		c.folders++
	}
}

func (c *calls) dirty() (paths []string) {
	for path := range c.unsynced {
		paths = append(paths, path)
	}
	return paths
}
