package annotate

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

func (s *server) addClass(r *http.Request) (any, error) {
	var body struct {
		Name string `json:"name"`
	}
	return s.changeClasses(r, &body, func(ctx context.Context) error {
		name, err := className(body.Name)
		if err != nil {
			return err
		}
		return s.desk.AddClass(ctx, name)
	})
}

func (s *server) renameClass(r *http.Request) (any, error) {
	var body struct {
		From      string `json:"from"`
		To        string `json:"to"`
		Annotator string `json:"annotator"`
	}
	return s.changeClasses(r, &body, func(ctx context.Context) error {
		to, err := className(body.To)
		if err == nil {
			err = checkAnnotator(body.Annotator)
		}
		if err != nil {
			return err
		}
		return s.desk.RenameClass(ctx, body.From, to, body.Annotator)
	})
}

func (s *server) mergeClass(r *http.Request) (any, error) {
	var body struct {
		From      string `json:"from"`
		Into      string `json:"into"`
		Annotator string `json:"annotator"`
	}
	return s.changeClasses(r, &body, func(ctx context.Context) error {
		if err := checkAnnotator(body.Annotator); err != nil {
			return err
		}
		return s.desk.MergeClass(ctx, body.From, body.Into, body.Annotator)
	})
}

// changeClasses reads the body, does the change, also where the page has gone meanwhile, and answers with the classes.
func (s *server) changeClasses(r *http.Request, body any, change func(ctx context.Context) error) (any, error) {
	if err := read(r, body); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	if err := change(ctx); err != nil {
		return nil, err
	}
	return s.about(r)
}

func className(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName {
		return "", &httpError{http.StatusBadRequest, fmt.Sprintf("the name of a class has between 1 and %d bytes", maxName)}
	}
	return name, nil
}

func checkAnnotator(name string) error {
	if len(name) > maxName {
		return &httpError{http.StatusBadRequest, fmt.Sprintf("the annotator's name is longer than %d bytes", maxName)}
	}
	return nil
}
