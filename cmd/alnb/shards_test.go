package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is made of a pool in shards isn't written into the pool, by whatever name.
func TestBesidePool(t *testing.T) {
	dir := t.TempDir()
	pool, link := filepath.Join(dir, "pool"), filepath.Join(dir, "link")
	if err := os.Mkdir(pool, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(pool, link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, pool string
		in         bool
	}{
		{pool, pool, true},
		{filepath.Join(pool, "answers", "new"), pool, true},
		{"file://" + filepath.Join(pool, "answers"), pool, true},
		{filepath.Join(link, "answers"), pool, true},
		{filepath.Join(pool, "answers"), link, true},
		{pool + "-answers", pool, false},
		{dir, pool, false},
		{"s3://b/pool/answers?region=x", "s3://b/pool/", true},
		{"s3://b/pool2", "s3://b/pool", false},
		{"s3://b/pool", pool, false},
	} {
		path, err := absolute(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if err := besidePool("--out", path, c.pool); (err != nil) != c.in {
			t.Errorf("%s in %s: %v", c.path, c.pool, err)
		}
	}
	err := besidePool("--out", "s3://KEY:s3cret@b/pool/x?endpoint=s3cret", "s3://KEY:s3cret@b/pool")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}
