package setup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestKernelSpec(t *testing.T) {
	j, _ := testJob(t)
	j.Layout, j.checkout = Paths("/home/ann/.cache/alnb"), "/src/alnb"
	j.env = goEnv{GOROOT: "/usr/local/go", GOFLAGS: "-buildvcs=false"}
	spec := j.kernelSpec()
	if spec.Env["GOMLX_BACKEND"] != "go" {
		t.Errorf("without the plugin, the backend should be Go's: %q", spec.Env["GOMLX_BACKEND"])
	}
	got, err := json.MarshalIndent(spec, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "kernel.json"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Errorf("the kernel spec is\n%s\nwant\n%s", got, want)
	}
}

func TestKernelFollowsThePlugin(t *testing.T) {
	j, _ := testJob(t)
	j.checkout = "/src/alnb"
	run := func() string {
		t.Helper()
		if err := j.run(t.Context(), []part{j.kernelPart()}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(j.Kernel)
		if err != nil {
			t.Fatal(err)
		}
		var spec kernelSpec
		if err := json.Unmarshal(data, &spec); err != nil {
			t.Fatal(err)
		}
		return spec.Env["GOMLX_BACKEND"]
	}
	if got := run(); got != "go" {
		t.Errorf("backend %q without the plugin", got)
	}
	if err := j.write(j.Plugin, []byte("elf")); err != nil {
		t.Fatal(err)
	}
	if got := run(); got != "xla:"+j.Plugin {
		t.Errorf("backend %q with the plugin", got)
	}
}

func TestCellFlags(t *testing.T) {
	for _, c := range []struct{ user, want string }{
		{"", "-ldflags=-s"},
		{"-buildvcs=false", "-buildvcs=false -ldflags=-s"},
		{"-mod=mod --mod=vendor -tags=x", "-tags=x -ldflags=-s"},
		{"-ldflags=-w", "-ldflags=-w"},
	} {
		if got := cellFlags(c.user); got != c.want {
			t.Errorf("user's flags %q give %q, want %q", c.user, got, c.want)
		}
	}
}
