// Package home says where alnb keeps what it downloads and builds.
package home

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where things lie below Dir: package setup puts them there, others look for them.
const (
	Plugin   = "pjrt/pjrt_c_api_cpu_plugin.so" // runs XLA programs on the CPU
	Compiled = "compiled"                      // what XLA compiled: may be removed at any time
	Tokens   = "tokens"                        // texts as sub-words: may be removed at any time
	Models   = "models"                        // pretrained models, one folder a name
	Hub      = "hub"                           // downloads from the hub
)

// Dir is alnb's folder: $ALNB_HOME, which must be absolute, else ~/.cache/alnb. It need not exist.
func Dir() (string, error) {
	if dir := os.Getenv("ALNB_HOME"); dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("home: ALNB_HOME is %q, which depends on the current folder; set it to an absolute path", dir)
		}
		return filepath.Clean(dir), nil
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("home: there is no home folder to put alnb's folder in (%w); set ALNB_HOME to one", err)
	}
	return filepath.Join(user, ".cache", "alnb"), nil
}
