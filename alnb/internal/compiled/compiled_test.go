package compiled

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/compute/xla"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/alnb/alnb/alnb/home"
)

// TestOtherProcess runs TestDescent in processes of their own: the first compiles, the second loads and gets the same
// bits, and damage is repaired.
func TestOtherProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "programs")
	run := func() (counts, results string) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDescent$")
		cmd.Env = append(os.Environ(), "ALNB_TEST_COMPILED="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := strings.SplitN(string(out), "\n", 3)
		if strings.HasPrefix(lines[0], "NOT TESTED") {
			t.Skip(lines[0])
		}
		return lines[0], lines[1]
	}
	expect := func(want, counts string) {
		t.Helper()
		if counts != want {
			t.Errorf("it %s, not %s", counts, want)
		}
	}
	counts, first := run()
	expect("compiled 2, loaded 0", counts)
	counts, second := run()
	expect("compiled 0, loaded 2", counts)
	if second != first {
		t.Errorf("loaded programs gave %s, compiled ones %s", second, first)
	}

	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("the folder has %q, %v", files, err)
	}
	content, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(files[0], content, 0o600); err != nil {
		t.Fatal(err)
	}
	counts, third := run()
	expect("compiled 1, loaded 1", counts)
	counts, _ = run()
	expect("compiled 0, loaded 2", counts)
	if third != first {
		t.Errorf("after a file was damaged the results are %s, not %s", third, first)
	}
}

// TestDescent compiles two programs and prints what they give: 10 steps of gradient descent, weights in place.
func TestDescent(t *testing.T) {
	dir := os.Getenv("ALNB_TEST_COMPILED")
	if dir == "" {
		t.Skip("TestOtherProcess runs this")
	}
	folder, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, filepath.FromSlash(home.Plugin))
	if err := Open(path, dir); err != nil {
		fmt.Printf("NOT TESTED: %v; run make setup\n", err)
		return
	}
	backend, err := xla.New(path)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	weights := make([]float32, 64*64)
	for i := range weights {
		weights[i] = float32(i%17) / 17
	}
	if _, err := store.RootScope().CreateVariable("w", tensors.FromFlatDataAndDimensions(weights, 64, 64)); err != nil {
		t.Fatal(err)
	}
	step, err := model.NewExec(backend, store, func(scope *model.Scope, in []*Node) *Node {
		variable := scope.GetVariable("w")
		w := variable.NodeValue(in[0].Graph())                                                                                        // [64, 64]
		x := Div(IotaFull(in[0].Graph(), shapes.Make(dtypes.Float32, in[0].Shape().Dim(0), 64)), Const(in[0].Graph(), float32(4096))) // [rows, 64]
		loss := ReduceAllMean(Square(Sub(Tanh(MatMul(x, w)), ExpandAxes(in[0], -1))))                                                 // scalar
		variable.SetNodeValue(Sub(w, Gradient(loss, w)[0]))
		return loss
	})
	if err != nil {
		t.Fatal(err)
	}
	var losses []float32
	for i := range 10 {
		out, err := step.Exec(make([]float32, 8+8*(i%2)))
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, tensors.ToScalar[float32](out[0]))
	}
	compiled, loaded := Counts()
	fmt.Printf("compiled %d, loaded %d\n%x\n", compiled, loaded, losses)
}

func TestFolder(t *testing.T) {
	f := folder{dir: t.TempDir(), limit: 300}
	for _, key := range []string{"a", "b", "c"} {
		f.write(key, bytes.Repeat([]byte(key), 100)) // 132 with the checksum: two fit
	}
	if f.read("a") != nil && f.read("b") != nil || !bytes.Equal(f.read("c"), bytes.Repeat([]byte("c"), 100)) {
		t.Error("the last two are not what the folder has")
	}
	if f.read("d") != nil {
		t.Error("the folder has what was not written")
	}
	folder{dir: "/dev/null/x", limit: 300}.write("a", []byte("a")) // fails quietly
}

func TestNameless(t *testing.T) {
	one, two := nameless([]byte("module @Exec_1 {\n}")), nameless([]byte("module @Exec_22 {\n}"))
	if !bytes.Equal(one, two) || string(one) != "{\n}" {
		t.Errorf("%q and %q", one, two)
	}
}

// TestHeader holds the positions of functions in pjrt.h against go-xla's header.
func TestHeader(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Fatal(err)
	}
	original, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "pjrt", "pjrt_c_api.h"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("pjrt.h")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(original), "typedef struct PJRT_Api {")
	var functions []string
	for _, field := range regexp.MustCompile(`_PJRT_API_STRUCT_FIELD\((\w+)\)`).FindAllStringSubmatch(table, -1) {
		functions = append(functions, field[1])
	}
	positions := regexp.MustCompile(`(?m)^\t(PJRT_\w+) = (\d+),$`).FindAllStringSubmatch(string(ours), -1)
	if len(positions) != 6 {
		t.Fatalf("pjrt.h has %d positions", len(positions))
	}
	for _, position := range positions {
		if i := fmt.Sprint(slices.Index(functions, position[1])); i != position[2] {
			t.Errorf("%s is at %s, not at %s", position[1], i, position[2])
		}
	}
}
