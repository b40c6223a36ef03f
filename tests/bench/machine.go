package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// heading says when, where and of what a sitting was.
func heading(peers ...*peer) []string {
	versions := map[string]string{"go": strings.TrimPrefix(runtime.Version(), "go")}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, m := range build.Deps {
			if name, ours := strings.CutPrefix(m.Path, "github.com/gomlx/"); ours {
				versions[name] = m.Version
			}
		}
	}
	for _, p := range peers {
		for name, version := range p.versions {
			if _, known := versions[name]; known {
				name += " of " + p.name
			}
			versions[name] = version
		}
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(versions)) {
		list = append(list, name+" "+versions[name])
	}
	return []string{
		fmt.Sprintf("%s, commit %s, %s.", time.Now().Format(time.DateOnly), commit(), machine()),
		fmt.Sprintf("Versions: %s.", strings.Join(list, ", ")),
		fmt.Sprintf("\n    go run ./tests/bench %s", strings.Join(os.Args[1:], " ")),
	}
}

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty=, with changes", "--exclude=*").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine is what lscpu says of the processor, as far as it matters here.
func machine() string {
	out, err := exec.Command("lscpu").Output()
	if err != nil {
		return fmt.Sprintf("%d processors of the kind %s", runtime.NumCPU(), runtime.GOARCH)
	}
	fields := make(map[string]string)
	lines := bufio.NewScanner(strings.NewReader(string(out)))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	var has []string
	flags := strings.Fields(fields["Flags"])
	for _, flag := range []string{"avx2", "avx512f", "avx512_bf16", "amx_bf16"} {
		if slices.Contains(flags, flag) {
			has = append(has, flag)
		}
	}
	return fmt.Sprintf("%d processors, %s (family %s, model %s; %s; caches L2 %s, L3 %s)", runtime.NumCPU(), fields["Model name"],
		fields["CPU family"], fields["Model"], strings.Join(has, ", "), fields["L2 cache"], fields["L3 cache"])
}
