package annotate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// answer answers a request of the page's scripts with JSON.
func (s *server) answer(w http.ResponseWriter, r *http.Request, name string) {
	method, do := http.MethodGet, (func(*http.Request) (any, error))(nil)
	switch name {
	case "about":
		do = s.about
	case "batch":
		do = s.batch
	case "suggestion":
		do = s.suggestion
	case "twins":
		do = s.twins
	case "status":
		do = s.status
	case "judge":
		method, do = http.MethodPost, s.judge
	case "classes":
		method, do = http.MethodPost, s.addClass
	case "rename":
		method, do = http.MethodPost, s.renameClass
	case "merge":
		method, do = http.MethodPost, s.mergeClass
	default:
		fail(w, &httpError{http.StatusNotFound, fmt.Sprintf("%.40q is nothing that the page's server answers", name)})
		return
	}
	if r.Method != method {
		w.Header().Set("Allow", method)
		fail(w, wrongMethod(r, method))
		return
	}
	if method == http.MethodPost {
		if err := checkChange(r); err != nil {
			fail(w, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	answer, err := do(r)
	if err != nil {
		fail(w, err)
		return
	}
	write(w, http.StatusOK, answer)
}

func write(w http.ResponseWriter, code int, answer any) {
	body, err := json.Marshal(answer)
	if err != nil {
		code, body = http.StatusInternalServerError, []byte(`{"error": "annotate: the answer can't be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the client has gone, if it fails
}

// fail answers with an error: what can be mended by asking again has a code of 500 or more.
func fail(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var known *httpError
	var refusal *Refusal
	switch {
	case errors.As(err, &known):
		code = known.code
	case errors.As(err, &refusal):
		code = http.StatusUnprocessableEntity
	}
	write(w, code, map[string]string{"error": err.Error()})
}

// read reads the body, one JSON value with no fields but those of value.
func read(r *http.Request, value any) error {
	raw, err := io.ReadAll(r.Body)
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return tooLarge()
	case err != nil:
		return &httpError{http.StatusRequestTimeout, "the body didn't arrive whole"}
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return &httpError{http.StatusBadRequest, fmt.Sprintf("the body is not the JSON that is taken here: %v", err)}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &httpError{http.StatusBadRequest, "there is more than one JSON value in the body"}
	}
	return nil
}
