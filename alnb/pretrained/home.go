package pretrained

import (
	"fmt"
	"os"
	"path/filepath"
)

// Home is the folder for everything alnb downloads or builds: $ALNB_HOME, else ~/.cache/alnb.
func Home() (string, error) {
	if dir := os.Getenv("ALNB_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("pretrained: no home folder (%w); set ALNB_HOME to the folder alnb may use", err)
	}
	return filepath.Join(user, ".cache", "alnb"), nil
}
