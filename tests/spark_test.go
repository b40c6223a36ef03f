package tests

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alnb/alnb/alnb/home"
)

// Spark, a master and two workers, answers a table by alnb predict; an executor is killed meanwhile. Each ID is there once.
func TestSpark(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: Spark; -short was given")
	}
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, "spark", "lib", "python3*", "site-packages", "pyspark"))
	if _, err := exec.LookPath("java"); err != nil || len(found) == 0 {
		t.Skipf("NOT TESTED on Spark: there is no java, or no pyspark in %s (.ci/run installs both)", filepath.Join(folder, "spark"))
	}
	alnb, dir := program(t), t.TempDir()
	in := filepath.Join(dir, "documents")
	writeShards(t, in, 16, 60)
	tiny, err := filepath.Abs(filepath.Join("..", "alnb", "model", "testdata", "tiny-finetuned"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SPARK_HOME", found[0])
	t.Setenv("PYSPARK_PYTHON", filepath.Join(folder, "spark", "bin", "python"))
	t.Setenv("SPARK_LOCAL_IP", "127.0.0.1")
	t.Setenv("SPARK_WORKER_DIR", filepath.Join(dir, "spark-work"))
	log, err := os.Create(filepath.Join(dir, "spark.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(found[0], "bin", args[0]), args[1:]...)
		cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); cmd.Wait() })
		return cmd
	}
	fail := func(err error) {
		t.Helper()
		raw, _ := os.ReadFile(log.Name())
		t.Fatalf("%v\n%s", err, raw[max(0, len(raw)-8000):])
	}
	port, page := free(t), free(t)
	master := fmt.Sprintf("spark://127.0.0.1:%d", port)
	run("spark-class", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", fmt.Sprint(port), "--webui-port", fmt.Sprint(page))
	for range 2 {
		run("spark-class", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", fmt.Sprint(free(t)),
			"--cores", "1", "--memory", "1g", master)
	}
	out := filepath.Join(dir, "out")
	script, err := filepath.Abs(filepath.Join("..", "examples", "spark", "predict.py"))
	if err != nil {
		t.Fatal(err)
	}
	driver := run("spark-submit", "--master", master, "--executor-memory", "512m", "--conf", "spark.ui.enabled=false",
		"--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.alnb.program="+alnb, "--conf", "spark.sql.files.maxPartitionBytes=4096",
		"--conf", "spark.sql.files.openCostInBytes=4096", script, tiny, in, out)
	killed := false
	done := make(chan error, 1)
	go func() { done <- driver.Wait() }()
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-done:
			if err != nil {
				fail(err)
			}
		default:
			if time.Since(began) > 5*time.Minute {
				fail(fmt.Errorf("it takes more than five minutes"))
			}
			if pid := executorAtWork(); !killed && pid > 0 {
				syscall.Kill(pid, syscall.SIGKILL)
				killed = true
			}
			continue
		}
		break
	}
	if !killed {
		t.Error("no executor was met at work")
	}
	files, err := filepath.Glob(filepath.Join(out, "part-*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	all := idsIn(t, files...)
	if len(all) != 16*60 {
		t.Errorf("%d documents of %d are answered", len(all), 16*60)
	}
	t.Logf("%d documents, an executor killed", len(all))
}

// executorAtWork is the process of an executor that runs alnb; 0 where there is none.
func executorAtWork() int {
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		line, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err != nil || !strings.Contains(string(line), "predict") || !strings.Contains(string(line), "tiny-finetuned") ||
			strings.Contains(string(line), "spark") && strings.Contains(string(line), "java") {
			continue
		}
		for pid := parent(process); pid > 1; pid = parent(fmt.Sprint("/proc/", pid)) {
			if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil && strings.Contains(string(line), "CoarseGrainedExecutorBackend") {
				return pid
			}
		}
	}
	return 0
}

func parent(process string) (pid int) {
	stat, err := os.ReadFile(filepath.Join(process, "stat"))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var state string
	fmt.Sscan(rest, &state, &pid)
	return pid
}

// free is a port that nobody listens on.
func free(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
