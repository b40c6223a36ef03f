package headless

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/home"
	"github.com/alnb/alnb/helpers/internal/browsertest"
	"github.com/alnb/alnb/helpers/setup"
)

// In a real JupyterLab: a notebook that is trusted shows charts drawn by ECharts, one that is not shows their pictures.
// Names that look like scripts run in neither.
func TestJupyterLab(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED in JupyterLab; -short was given")
	}
	chromium := browsertest.Chromium(t)
	out, _, err := execute(t, t.Context(), "trusted", experiment,
		"%%\nnb.LearningCurve(nb.OpenResults(\"runs/x\"))\nnb.TimingTable(nb.OpenResults(\"runs/x\"))")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(out, "trusted.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	// Trust is a signature of the content, so another content isn't trusted.
	other := bytes.Replace(raw, []byte("runs/x"), []byte("runs/y"), 1)
	if bytes.Equal(raw, other) {
		t.Fatal("the notebook doesn't mention its folder")
	}
	if err := os.WriteFile(filepath.Join(out, "untrusted.ipynb"), other, 0o644); err != nil {
		t.Fatal(err)
	}
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	layout := setup.Paths(folder)
	// A home of its own: signatures and settings lie there.
	environment := append(os.Environ(), "HOME="+t.TempDir(), "JUPYTER_PATH="+layout.JupyterData)
	trust := exec.Command(layout.Jupyter, "trust", "trusted.ipynb")
	trust.Dir, trust.Env = out, environment
	if said, err := trust.CombinedOutput(); err != nil {
		t.Fatalf("jupyter trust: %v: %s", err, said)
	}
	server := startLab(t, []string{layout.Jupyter, "lab"}, out, environment)

	profile, err := os.MkdirTemp("", "alnb-browser-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	look := exec.CommandContext(t.Context(), layout.VenvPython, "testdata/jupyterlab.py", chromium, profile, server, "trusted.ipynb", "untrusted.ipynb")
	var problems bytes.Buffer
	look.Stderr = &problems
	said, err := look.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	type page struct {
		Pictures, Drawn, Tables int
		Title                   string
	}
	var pages []page
	for line := range strings.Lines(string(said)) {
		var p page
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		pages = append(pages, p)
	}
	if len(pages) != 2 {
		t.Fatalf("%d pages: %s", len(pages), said)
	}
	if p := pages[0]; p.Drawn != 1 || p.Pictures != 0 || p.Tables != 1 {
		t.Errorf("trusted: %+v", p)
	}
	if p := pages[1]; p.Drawn != 0 || p.Pictures != 1 || p.Tables != 1 {
		t.Errorf("untrusted: %+v", p)
	}
	if strings.Contains(string(said), "RAN") {
		t.Errorf("a name ran as a script: %s", said)
	}
}

// startLab starts a JupyterLab by a command, for the folder, and returns its address. It ends with the test.
func startLab(t *testing.T, command []string, dir string, environment []string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	lab := exec.Command(command[0], append(slices.Clone(command[1:]), "--allow-root", "--no-browser", fmt.Sprintf("--port=%d", port),
		"--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password=")...)
	lab.Dir, lab.Env = dir, environment
	lab.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := lab.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(lab.Process.Pid, syscall.SIGTERM) // it stops the kernels the pages started
		time.AfterFunc(10*time.Second, func() { syscall.Kill(-lab.Process.Pid, syscall.SIGKILL) })
		lab.Wait()
	})
	ready := make(chan struct{})
	go func() {
		scanner := bufio.NewScanner(log)
		for announced := false; scanner.Scan(); {
			if !announced && regexp.MustCompile(`http://(127\.0\.0\.1|localhost):\d+/lab`).MatchString(scanner.Text()) {
				announced = true
				close(ready)
			}
		}
	}()
	select {
	case <-ready:
	case <-time.After(time.Minute):
		t.Fatal("JupyterLab didn't start within a minute")
	}
	return fmt.Sprintf("http://127.0.0.1:%d", port)
}
