package annotate

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/corpus"
	"github.com/alnb/alnb/helpers/internal/browsertest"
)

// Behind jupyter-server-proxy, as on a JupyterHub: the page works there once the name that the browser uses is allowed.
func TestBehindJupyterServerProxy(t *testing.T) {
	python := browsertest.Playwright(t)
	if exec.CommandContext(t.Context(), python, "-c", "import jupyter_server_proxy").Run() != nil {
		t.Skip("NOT TESTED BEHIND JUPYTER'S PROXY: " + python + " has no jupyter-server-proxy; " +
			"install helpers/annotate/testdata/requirements.txt")
	}
	desk := newDesk(false, append(topics(40), "Économie", "Eco"), texts(6)...)
	s := newStage(t, desk, Options{Hosts: []string{"127.0.0.1"}})
	_, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.play("many", startJupyter(t, python)+"/lab-of-ada/proxy/"+port+"/"+token+"/")
	want := map[string]corpus.Judgment{}
	for i, class := range manyChosen {
		want[fmt.Sprintf("doc-%d", i)] = corpus.Judgment{Verdict: corpus.Labeled, Class: class}
	}
	checkSaid(t, desk, want)
}

// startJupyter starts a Jupyter server below /lab-of-ada and returns its address. It ends with the test.
func startJupyter(t *testing.T, python string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	dir := t.TempDir()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(python, "-m", "jupyter_server", "--allow-root", "--no-browser", fmt.Sprintf("--port=%d", port),
		"--ServerApp.port_retries=0", "--ServerApp.base_url=/lab-of-ada/", "--IdentityProvider.token=", "--ServerApp.password=")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), "HOME="+dir), log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Process.Signal(os.Interrupt) // asked twice, it doesn't ask back
		cmd.Wait()
	})
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(100 * time.Millisecond) {
		if answer, err := http.Get(address + "/lab-of-ada/api"); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return address
			}
		}
	}
	said, _ := os.ReadFile(log.Name())
	t.Fatalf("Jupyter didn't start within a minute: %s", said)
	return ""
}
