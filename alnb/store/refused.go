package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"syscall"

	"github.com/mattn/go-sqlite3"
)

// Refused tells whether an error says that what was asked for makes no sense, such as a class that isn't there: then it is no
// use to ask again. Other errors are of the disk, the database or a context that ended.
func Refused(err error) bool {
	var database sqlite3.Error
	var path *fs.PathError
	var system syscall.Errno
	switch {
	case err == nil, errors.As(err, &database), errors.As(err, &path), errors.As(err, &system):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, fs.ErrClosed):
		return false
	case errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone):
		return false
	}
	return true
}
