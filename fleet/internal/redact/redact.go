// Package redact has errors tell less than their causes do.
package redact

// Error is an error with a sentence of its own, which leaves out what its cause tells of users, passwords and URLs' options. The cause can
// still be asked for with errors.Is and errors.As.
func Error(sentence string, cause error) error { return &failure{sentence, cause} }

type failure struct {
	sentence string
	cause    error
}

func (f *failure) Error() string { return f.sentence }
func (f *failure) Unwrap() error { return f.cause }
