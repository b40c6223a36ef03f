package setup

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// programPart is the alnb program, built from the checkout whenever a file that may be in it has changed.
func (j *job) programPart() part {
	return part{
		name:    "program",
		outputs: []string{j.Alnb},
		key:     j.sources,
		make: func(ctx context.Context) (string, error) {
			if err := j.goBuild(ctx, j.checkout, "./cmd/alnb", j.Alnb, nil); err != nil {
				return "", err
			}
			return "alnb built from " + j.checkout, nil
		},
	}
}

// sources lists the files that the program may be made of, with their sizes and times.
func (j *job) sources() (string, error) {
	var list strings.Builder
	fmt.Fprintln(&list, j.checkout, j.env.GOVERSION)
	err := filepath.WalkDir(j.checkout, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != j.checkout && foreign(name) {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".md") || strings.HasPrefix(name, ".") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(&list, path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("list the sources in %s: %w", j.checkout, err)
	}
	return list.String(), nil
}

// foreign tells whether a folder holds nothing of the program.
func foreign(name string) bool {
	switch name {
	case "testdata", "notebooks", "docs", "tests", "out", "runs":
		return true
	}
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}
