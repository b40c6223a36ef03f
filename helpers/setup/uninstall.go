package setup

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Uninstall removes alnb's folder with everything in it (programs, kernel, models, caches) and the library in the
// checkout. It refuses a folder that setup didn't make.
func Uninstall(home, checkout string, log io.Writer) error {
	if _, err := os.Stat(home); os.IsNotExist(err) {
		fmt.Fprintf(log, "setup: there is no %s to remove\n", home)
	} else if _, err := os.Stat(filepath.Join(home, "setup.lock")); err != nil {
		return fmt.Errorf("setup: %s was not made by setup, so it is not removed; remove it by hand if you mean it", home)
	} else {
		size := folderSize(home)
		if err := os.RemoveAll(home); err != nil {
			return fmt.Errorf("setup: remove alnb's folder: %w", err)
		}
		fmt.Fprintf(log, "setup: removed %s, %s\n", home, megabytes(size))
	}
	if checkout == "" {
		return nil
	}
	if err := os.RemoveAll(filepath.Join(checkout, "alnb", "tokenize", "lib")); err != nil {
		return fmt.Errorf("setup: remove the library in the checkout: %w", err)
	}
	return nil
}
