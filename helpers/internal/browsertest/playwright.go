package browsertest

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/home"
)

//go:embed labelingpage.py
var labelingPage []byte

// Playwright returns the Python that drives browsers; where there is none it skips the test, saying so.
func Playwright(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED in a browser; -short was given")
	}
	candidates := []string{os.Getenv("ALNB_PLAYWRIGHT_PYTHON")}
	if folder, err := home.Dir(); err == nil {
		candidates = append(candidates, filepath.Join(folder, "playwright", "bin", "python"))
	}
	for _, python := range append(candidates, "python3") {
		if python != "" && exec.CommandContext(t.Context(), python, "-c", "import playwright.sync_api").Run() == nil {
			return python
		}
	}
	t.Skip("NOT TESTED IN A BROWSER: no Python has the package playwright. To have it: " +
		`python3 -m venv "$ALNB_HOME/playwright" && ` +
		`"$ALNB_HOME/playwright/bin/pip" install -r helpers/annotate/testdata/requirements.txt`)
	return ""
}

// Drive runs a Python script that drives a browser, and can import the module labelingpage. It returns what the script prints;
// an error tells what it complains of.
func Drive(t *testing.T, script string, args ...string) ([]byte, error) {
	t.Helper()
	python, chromium, modules := Playwright(t), Chromium(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(modules, "labelingpage.py"), labelingPage, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, append([]string{"-B", script}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+modules, "ALNB_CHROMIUM="+chromium)
	var problems bytes.Buffer
	cmd.Stderr, cmd.WaitDelay = &problems, 10*time.Second
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, problems.String())
	}
	return out, err
}
