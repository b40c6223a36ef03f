package store

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/alnb/alnb/alnb/store/disktest"
)

// A full disk is an error that says so. Nothing that was acknowledged is lost, and labeling goes on when there is room.
func TestFullDiskWhileLabeling(t *testing.T) {
	for _, c := range []struct {
		journal, size string
		note          int // bytes
	}{
		{"wal", "512k", 0},
		{"wal", "6m", 20_000}, // what is in the log doesn't fit into the database
		{"delete", "512k", 0},
		{"delete", "6m", 20_000},
	} {
		t.Run(c.journal+" "+c.size, func(t *testing.T) {
			disk := disktest.Mount(t, "size="+c.size)
			dir := filepath.Join(disk, "s")
			if err := MakeDir(dir); err != nil {
				t.Fatal(err)
			}
			create := func(docs int) error {
				return createSession(t.Context(), dir, c.journal, migrations(), []byte("{}"), texts(docs))
			}
			if says(t, create(100_000), "is full"); len(names(t, dir)) > 0 {
				t.Errorf("what didn't fit left %q", names(t, dir))
			}
			if err := create(pooled); err != nil {
				t.Fatal(err)
			}
			s := reopen(t, dir, c.journal)
			a := make(acknowledged)
			judge := func(n int) error {
				j := nth(n)
				j.Note = strings.Repeat("long ", c.note/5)
				receipts, err := s.Judge(t.Context(), j)
				if err == nil {
					a[n] = receipts[0].Seq
				}
				return err
			}
			n := 0
			for ; n < 10_000; n++ {
				if err := judge(n); err != nil {
					says(t, err, filepath.Join(dir, sessionFile), "is full", "make room")
					break
				}
			}
			for range 3 { // it stays so
				says(t, judge(n), "is full")
			}
			if len(a) == 0 || len(a) == 10_000 {
				t.Fatalf("%d judgments were kept; the disk should be full in between", len(a))
			}
			t.Logf("the disk was full after %d judgments", len(a))
			a.check(t, s)
			says(t, s.Backup(t.Context(), filepath.Join(disk, "backup")), "full")

			disktest.Remount(t, disk, "size=64m")
			for more := n + 100; n < more; n++ {
				if err := judge(n); err != nil {
					t.Fatal(err)
				}
			}
			if others := a.check(t, s); others != 0 {
				t.Errorf("%d judgments are there that weren't acknowledged", others)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = reopen(t, dir, c.journal)
			a.check(t, s)
			if err := s.Backup(t.Context(), filepath.Join(disk, "backup")); err != nil {
				t.Error(err)
			}
			if left := names(t, disk); len(left) != 2 {
				t.Errorf("on the disk: %q", left)
			}
		})
	}
}

// A session that is closed while its disk is full is there again when there is room.
func TestFullDiskAndClosed(t *testing.T) {
	disk := disktest.Mount(t, "size=512k")
	dir := filepath.Join(disk, "s")
	if err := CreateSession(t.Context(), dir, []byte("{}"), texts(pooled)); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, dir, "wal")
	a := make(acknowledged)
	for n := 0; ; n++ {
		receipts, err := s.Judge(t.Context(), nth(n))
		if err != nil {
			break
		}
		a[n] = receipts[0].Seq
	}
	if err := s.Close(); err != nil {
		says(t, err, dir, "full")
	}
	if full, err := openSession(t.Context(), dir, "wal", migrations()); err != nil {
		says(t, err, dir, "full")
		t.Log(err)
	} else {
		a.check(t, full)
		full.Close()
	}
	disktest.Remount(t, disk, "size=64m")
	a.check(t, reopen(t, dir, "wal"))
}

func TestReadOnlySession(t *testing.T) {
	disk := disktest.Mount(t, "size=16m")
	dir := filepath.Join(disk, "s")
	if err := CreateSession(t.Context(), dir, []byte("{}"), texts(3)); err != nil {
		t.Fatal(err)
	}
	disktest.Remount(t, disk, "ro")
	s, err := OpenSession(t.Context(), dir)
	if err == nil {
		defer s.Close()
		_, err = s.Judge(t.Context(), label("", id(0), "bug"))
	}
	says(t, err, dir, "can't be written to")
	says(t, CreateSession(t.Context(), filepath.Join(disk, "other"), []byte("{}"), texts(3)), "read-only file system")
}
