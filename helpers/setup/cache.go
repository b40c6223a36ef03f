package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// An Item is one thing in alnb's folder.
type Item struct {
	Path string
	What string
	Size int64 // in bytes
	Back bool  // it comes back when it is needed
}

// Cached lists what lies in alnb's folder, models and downloads one by one.
func (l Layout) Cached() ([]Item, error) {
	var items []Item
	add := func(what, path string) {
		if _, err := os.Stat(path); err == nil {
			items = append(items, Item{Path: path, What: what, Size: folderSize(path)})
		}
	}
	again := func(what, path string) {
		add(what, path)
		if n := len(items); n > 0 && items[n-1].Path == path {
			items[n-1].Back = true
		}
	}
	again("compiled by XLA", l.Compiled)
	again("texts as sub-words", l.Tokens)
	add("programs", l.Bin)
	add("tokenizer library", filepath.Dir(l.Library))
	add("XLA plugin", filepath.Dir(l.Plugin))
	add("JupyterLab", l.Venv)
	err := filepath.WalkDir(l.Models, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "config.json" {
			return err
		}
		add("model", filepath.Dir(path))
		return fs.SkipDir
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	downloads, err := os.ReadDir(l.Hub)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, entry := range downloads {
		path := filepath.Join(l.Hub, entry.Name())
		items = append(items, Item{Path: path, What: "from the hub", Size: folderSize(path), Back: true})
	}
	return items, nil
}

// Clean removes what comes back when it is needed, such as downloads from the hub, and returns what it was.
func (l Layout) Clean() ([]Item, error) {
	items, err := l.Cached()
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(i Item) bool { return !i.Back })
	for n, item := range items {
		if err := os.RemoveAll(item.Path); err != nil {
			return items[:n], fmt.Errorf("setup: clean the cache: %w", err)
		}
	}
	return items, nil
}
