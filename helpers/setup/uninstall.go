package setup

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Uninstall removes what setup and downloads made: programs, kernel, plugin, virtual environment, the quickstart's
// model, the hub's cache, and the library in the checkout. What else lies in alnb's folder stays, such as models that
// were put there, and is named. It refuses a folder that setup has never worked in.
func Uninstall(folder, checkout string, log io.Writer) error {
	if _, err := os.Stat(folder); os.IsNotExist(err) {
		fmt.Fprintf(log, "setup: there is no %s to remove\n", folder)
	} else if !Made(folder) {
		return fmt.Errorf("setup: %s was not made by setup, so nothing in it is removed", folder)
	} else if err := empty(folder, log); err != nil {
		return err
	}
	if checkout == "" {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(checkout, "alnb", "tokenize", "lib")); err != nil {
		return fmt.Errorf("setup: remove the library in the checkout: %w", err)
	}
	return nil
}

// empty removes from alnb's folder what belongs to setup, then the folders that are empty after it.
func empty(folder string, log io.Writer) error {
	p, err := readPins()
	if err != nil {
		return err
	}
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	layout := Paths(folder)
	ours := []string{
		layout.Alnb, layout.Library, layout.Plugin, layout.Venv, filepath.Dir(layout.Kernel), layout.Hub, layout.Compiled, layout.Tokens,
		layout.stamps,
		layout.temp, filepath.Join(layout.Models, filepath.FromSlash(p.Weights.ID)), filepath.Join(folder, lockName),
	}
	for _, t := range p.Tools {
		ours = append(ours, filepath.Join(layout.Bin, t.Name))
	}
	size := folderSize(folder)
	for _, path := range ours {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("setup: remove %s: %w", path, err)
		}
		for dir := filepath.Dir(path); len(dir) >= len(folder); dir = filepath.Dir(dir) {
			if os.Remove(dir) != nil { // not empty yet
				break
			}
		}
	}
	fmt.Fprintf(log, "setup: removed alnb's files in %s, %s\n", folder, megabytes(size-folderSize(folder)))
	left, _ := os.ReadDir(folder)
	for _, entry := range left {
		fmt.Fprintf(log, "setup: left %s, which setup didn't make\n", filepath.Join(folder, entry.Name()))
	}
	return nil
}
