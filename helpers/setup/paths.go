package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb/home"
)

// Layout names the places in alnb's folder. All are absolute where the folder is.
type Layout struct {
	Home        string // the folder itself: $ALNB_HOME
	Bin         string // programs: alnb, gonb, goimports, gopls
	Alnb        string // the alnb program
	GoNB        string // the notebook kernel's program
	Library     string // libtokenizers.a, as built or downloaded; the checkout gets a copy
	Plugin      string // the PJRT plugin that runs XLA programs on the CPU
	Venv        string // Python's virtual environment
	VenvPython  string // its interpreter
	Jupyter     string // its jupyter command
	JupyterData string // a folder for JUPYTER_PATH; holds kernels/alnb
	Kernel      string // the kernel spec of "Go (alnb)"
	Models      string // pretrained models, one folder a hub id
	Hub         string // what package pretrained downloads
	Compiled    string // what XLA compiled
	Tokens      string // texts as sub-words
	stamps      string // what setup made, and from which pins
	temp        string // what setup is making; emptied by the next setup
}

// KernelName is what Jupyter calls our kernel: jupyter's --kernel, a notebook's metadata.
const KernelName = "alnb"

// Paths returns where things are in alnb's folder.
func Paths(folder string) Layout {
	in := func(elem ...string) string { return filepath.Join(append([]string{folder}, elem...)...) }
	return Layout{
		Home:        folder,
		Bin:         in("bin"),
		Alnb:        in("bin", "alnb"),
		GoNB:        in("bin", "gonb"),
		Library:     in("lib", libraryName),
		Plugin:      in(home.Plugin),
		Venv:        in("venv"),
		VenvPython:  in("venv", "bin", "python"),
		Jupyter:     in("venv", "bin", "jupyter"),
		JupyterData: in("share", "jupyter"),
		Kernel:      in("share", "jupyter", "kernels", KernelName, "kernel.json"),
		Models:      in(home.Models),
		Hub:         in(home.Hub),
		Compiled:    in(home.Compiled),
		Tokens:      in(home.Tokens),
		stamps:      in("stamps"),
		temp:        in("tmp"),
	}
}

// modulePath is alnb's module, as go.mod calls it.
func modulePath() string {
	return strings.TrimSuffix(reflect.TypeFor[Config]().PkgPath(), "/helpers/setup")
}

// Checkout returns the root of the alnb checkout that dir lies in. The error is fs.ErrNotExist if it lies in none.
func Checkout(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("setup: find the checkout: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && slices.Contains(strings.Split(string(mod), "\n"), "module "+modulePath()) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("setup: %s is not inside a checkout of %s: %w", start, modulePath(), os.ErrNotExist)
		}
	}
}

// checkPlaces refuses folders that something down the line would misread.
func checkPlaces(home, checkout string) error {
	if !filepath.IsAbs(home) {
		return fmt.Errorf("setup: alnb's folder must be an absolute path, not %q", home)
	}
	if strings.ContainsAny(home, ":,\n") {
		return fmt.Errorf("setup: alnb's folder is %q; a colon there breaks PATH, a comma GoMLX's options; set ALNB_HOME to "+
			"another folder", home)
	}
	if checkout == "" {
		return nil
	}
	if strings.ContainsAny(checkout, ", \n") {
		return fmt.Errorf("setup: the checkout is in %q; a space or comma there breaks cgo or GoNB, so move it", checkout)
	}
	rel, err := filepath.Rel(checkout, home)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fmt.Errorf("setup: alnb's folder %s lies inside the checkout, where Go would search it for packages; "+
			"set ALNB_HOME to a folder elsewhere", home)
	}
	return nil
}
