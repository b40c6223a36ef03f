//go:build !linux

package store

// journalFor is the kind of journal that suits the file system of a folder. Here that can't be told: SQLite finds out.
func journalFor(string) string { return "wal" }
