// Package model holds trainable classifiers and taggers, and the distillation of smaller encoders. What goes wrong inside a graph comes out of this package as an error.
package model

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
	"github.com/gomlx/go-xla/compute/xla"  // registers "xla"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/alnb/internal/compiled"
)

// Backend is the compute backend of this process, opened at the first call; all models share it. In order:
//
//   - $ALNB_BACKEND, in GoMLX's form: "xla:cuda", "xla:/path/to/plugin.so", "go";
//   - XLA on the CPU, with the PJRT plugin that `make setup` puts into $ALNB_HOME/pjrt;
//   - GoMLX's Go backend, 20 times slower.
var Backend = sync.OnceValues(openBackend)

func openBackend() (compute.Backend, error) {
	xla.EnableAutoInstall(false) // downloads are make setup's business, where they are pinned
	config, _, err := chooseBackend()
	if err != nil {
		return nil, err
	}
	if err := keepCompiled(config); err != nil {
		return nil, fmt.Errorf("model: %w; run make setup", err)
	}
	var backend compute.Backend
	if panicked := exceptions.TryCatch[error](func() { backend, err = compute.NewWithConfig(config) }); panicked != nil {
		err = panicked // GoMLX panics on names it doesn't know
	}
	if err != nil {
		return nil, fmt.Errorf("model: open the compute backend %q: %w; set ALNB_BACKEND to another (xla:cuda, "+
			"xla:/path/to/plugin.so, go) or run make setup", config, err)
	}
	return backend, nil
}

// keepCompiled has XLA's programs kept for other processes where the backend is make setup's plugin. What others compile
// for, such as a GPU, is not known here.
func keepCompiled(config string) error {
	folder, err := home.Dir()
	if err != nil {
		return nil // nor is there a plugin of make setup's
	}
	plugin := filepath.Join(folder, filepath.FromSlash(home.Plugin))
	if config != "xla:"+plugin {
		return nil
	}
	return compiled.Open(plugin, filepath.Join(folder, home.Compiled))
}

// BackendOrigin is a sentence that names the backend and says why it was chosen.
func BackendOrigin() string {
	config, why, err := chooseBackend()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s (%s)", config, why)
}

func chooseBackend() (config, why string, err error) {
	if config := os.Getenv("ALNB_BACKEND"); config != "" {
		return config, "as ALNB_BACKEND says", nil
	}
	folder, err := home.Dir()
	if err != nil {
		return "", "", err
	}
	plugin := filepath.Join(folder, filepath.FromSlash(home.Plugin))
	if strings.Contains(plugin, ",") {
		return "", "", fmt.Errorf("model: the plugin's path %q has a comma, which GoMLX takes for options; "+
			"set ALNB_HOME to another folder", plugin)
	}
	if _, err := os.Stat(plugin); err == nil {
		return "xla:" + plugin, "XLA on this machine's CPU", nil
	}
	return "go", "GoMLX's Go backend, some 20 times slower than XLA, since there is no " + plugin +
		": run make setup", nil
}
