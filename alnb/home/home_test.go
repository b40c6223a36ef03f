package home

import "testing"

func TestDir(t *testing.T) {
	t.Setenv("HOME", "/home/ann")
	t.Setenv("ALNB_HOME", "")
	if got, err := Dir(); err != nil || got != "/home/ann/.cache/alnb" {
		t.Errorf("by default %q, %v", got, err)
	}
	t.Setenv("ALNB_HOME", "/big/alnb/")
	if got, err := Dir(); err != nil || got != "/big/alnb" {
		t.Errorf("as set %q, %v", got, err)
	}
	t.Setenv("ALNB_HOME", "big/alnb")
	if got, err := Dir(); err == nil {
		t.Errorf("a relative one gave %q", got)
	}
}
