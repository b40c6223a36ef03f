// Package browsertest looks at pages in a real browser, for tests.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// Chromium returns the path of a Chromium or Chrome; where there is none it skips the test, saying so.
func Chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("NOT CHECKED IN A BROWSER: there is no chromium on the PATH (Debian: apt-get install chromium)")
	return ""
}

// DOM loads the page in the file path without a network and returns its document as HTML, after its scripts have run.
// Where screenshot is not empty a picture of the page is written there as well.
func DOM(t *testing.T, path, screenshot string) string {
	t.Helper()
	chromium := Chromium(t)
	if screenshot != "" {
		run(t, chromium, path, "--screenshot="+screenshot)
	}
	return run(t, chromium, path, "--dump-dom")
}

func run(t *testing.T, chromium, path, action string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	profile, err := os.MkdirTemp("", "alnb-browser-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile) // not t.TempDir: Chromium's helpers may still write when it has ended
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars",
		"--window-size=900,1400", "--virtual-time-budget=4000", "--user-data-dir=" + profile, action, "file://" + path,
	}
	if os.Getuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...)
	}
	cmd := exec.CommandContext(ctx, chromium, args...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s of %s: %v", chromium, action, path, err)
	}
	return string(out)
}
