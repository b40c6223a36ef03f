package setup

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestCheckout(t *testing.T) {
	root, err := Checkout(".")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "helpers", "setup", "paths.go")); err != nil {
		t.Error(err)
	}
	if _, err := Checkout(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("outside of any checkout: %v", err)
	}
}

func TestPlacesThatWouldBreakThings(t *testing.T) {
	for _, c := range []struct {
		home, checkout string
		ok             bool
	}{
		{"/home/ann/.cache/alnb", "/home/ann/src/alnb", true},
		{"/home/ann/.cache/alnb", "", true},
		{"/src/alnb-home", "/src/alnb", true},
		{"/src/..alnb", "/src/alnb", true},
		{"/src/alnb/.home", "/src/alnb", false},
		{"/src/alnb", "/src/alnb", false},
		{"relative", "/src/alnb", false},
		{"/a:b", "/src/alnb", false},
		{"/a,b", "/src/alnb", false},
		{"/home", "/my src/alnb", false},
		{"/home", "/src/a,b", false},
	} {
		if err := checkPlaces(c.home, c.checkout); (err == nil) != c.ok {
			t.Errorf("home %q and checkout %q: %v", c.home, c.checkout, err)
		}
	}
}
